import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireCount } from '@reidgrad/core/graph';
import { bnneck, weights_init_classifier } from './bnneck.js';
import { GeneralizedMeanPoolingP } from './gem.js';
import { nonLocalStages, stageWithNonLocal } from './non-local.js';
import type { Non_local } from './non-local.js';
import { Bottleneck, ResNet } from './resnet.js';
import type { ResNetOptions, StageSizes } from './resnet.js';

const RESNET50: StageSizes = [3, 4, 6, 3];
/** How many blocks at the end of each stage of AGW's backbone have a non-local block behind them. */
const NON_LAYERS: StageSizes = [0, 2, 3, 0];

/** A bottleneck ResNet with non-local blocks `NL_1` to `NL_4`. Origin: ReID-Survey, `ResNetNL`. */
export class ResNetNL extends ResNet {
  NL_1: nn.ModuleList<Non_local>;
  NL_2: nn.ModuleList<Non_local>;
  NL_3: nn.ModuleList<Non_local>;
  NL_4: nn.ModuleList<Non_local>;

  /** @param non_layers how many blocks at the end of each stage get a non-local block. Default [0, 2, 3, 0]. */
  constructor(layers: StageSizes = RESNET50, options: ResNetOptions = {}, non_layers: StageSizes = NON_LAYERS) {
    super(Bottleneck, layers, options);
    const channels = [8, 4, 2, 1].map((part) => this.feature_dim / part);
    [this.NL_1, this.NL_2, this.NL_3, this.NL_4] = nonLocalStages(channels, non_layers, 'agw');
  }

  override stages(x: Tensor): Tensor {
    const { NL_1, NL_2, NL_3, NL_4 } = this;
    const afterTwo = stageWithNonLocal(this.layer2, NL_2, stageWithNonLocal(this.layer1, NL_1, x));
    return stageWithNonLocal(this.layer4, NL_4, stageWithNonLocal(this.layer3, NL_3, afterTwo));
  }
}

/** Options of {@link AGWBaseline}. */
export interface AGWOptions {
  /** Default 1. */
  readonly last_stride?: 1 | 2;
  /** With non-local blocks (default) or without. */
  readonly model_name?: 'resnet50' | 'resnet50_nl';
  /** Generalized mean pooling with a trained power (default), or the average. */
  readonly gem_pool?: 'on' | 'off';
  /** Factor of all channel counts, for reduced copies. Default 1. */
  readonly width?: number;
}

/**
 * The AGW baseline: ResNet-50 with non-local blocks, generalized mean pooling and a BNNeck (Ye et al., "Deep Learning
 * for Person Re-identification: A Survey and Outlook", 2021). With `model_name: 'resnet50'` and `gem_pool: 'off'` it is
 * the Bag-of-Tricks baseline.
 *
 * Parameter names, their order and the stem without ReLU are those of ReID-Survey's `Baseline`. So is the start: layers
 * keep PyTorch's default weights, since the origin loads ImageNet weights into `base`. To train without them call
 * `model.base.random_init()`.
 * @example
 * const model = new AGWBaseline(751);
 * const [scores, features] = model.scores(images); // [N, 751] for cross-entropy, [N, 2048] for triplet losses
 * const embeddings = model.eval().embed(images); // [N, 2048] for the search
 */
export class AGWBaseline extends nn.Module {
  base: ResNet;
  global_pool: GeneralizedMeanPoolingP | nn.AdaptiveAvgPool2d;
  bottleneck: nn.BatchNorm1d;
  classifier: nn.Linear;

  constructor(
    readonly num_classes: number,
    options: AGWOptions = {},
  ) {
    super();
    requireCount('AGWBaseline', 'num_classes', num_classes);
    const { last_stride = 1, model_name = 'resnet50_nl', gem_pool = 'on', width } = options;
    const backbone = { last_stride, width, stem_relu: false };
    this.base =
      model_name === 'resnet50_nl' ? new ResNetNL(RESNET50, backbone) : new ResNet(Bottleneck, RESNET50, backbone);
    this.global_pool = gem_pool === 'on' ? new GeneralizedMeanPoolingP() : new nn.AdaptiveAvgPool2d(1);
    this.bottleneck = bnneck(this.base.feature_dim);
    this.classifier = new nn.Linear(this.base.feature_dim, num_classes, { bias: false });
    weights_init_classifier(this.classifier);
  }

  /** Pictures [N, 3, H, W] to features [N, 2048] before the bottleneck. */
  features(x: Tensor): Tensor {
    return this.global_pool.forward(this.base.forward(x)).flatten(1);
  }

  /** Pictures [N, 3, H, W] to features [N, 2048] after the bottleneck, for the search. */
  embed(x: Tensor): Tensor {
    return this.bottleneck.forward(this.features(x));
  }

  /** What training needs: the classifier's scores [N, num_classes] and the features before the bottleneck. */
  scores(x: Tensor): [cls_score: Tensor, global_feat: Tensor] {
    const features = this.features(x);
    return [this.classifier.forward(this.bottleneck.forward(features)), features];
  }

  /** As in the origin: `scores(x)` in training mode, `embed(x)` in evaluation mode. */
  override forward(x: Tensor): Tensor | [cls_score: Tensor, global_feat: Tensor] {
    return this.training ? this.scores(x) : this.embed(x);
  }
}
