import { cat, nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { badArgument, requireCount } from '@reidgrad/core/graph';
import { bnneck, weights_init_classifier } from './bnneck.js';
import { gm_pool } from './gem.js';
import { nonLocalStages, stageWithNonLocal } from './non-local.js';
import type { Non_local } from './non-local.js';
import { resnet50 } from './resnet.js';
import type { ResNet } from './resnet.js';

/** How many blocks at the end of each stage have a non-local block behind them. */
const NON_LAYERS = [0, 2, 3, 0];

/** Divides rows by their length (2-norm). A row of zeros gives NaN, as in the origin. */
export class Normalize extends nn.Module<[Tensor], Tensor> {
  override forward(x: Tensor): Tensor {
    return x.div(x.pow(2).sum(1, true).sqrt());
  }
}

/** The stem of visible pictures: [N, 3, H, W] to [N, 64, H / 4, W / 4]. It holds a whole ResNet, as checkpoints do. */
export class visible_module extends nn.Module<[Tensor], Tensor> {
  visible: ResNet;

  constructor(width = 1) {
    super();
    this.visible = resnet50({ last_stride: 1, width });
  }

  override forward(x: Tensor): Tensor {
    return this.visible.stem(x);
  }
}

/** The stem of infrared pictures; see {@link visible_module}. */
export class thermal_module extends nn.Module<[Tensor], Tensor> {
  thermal: ResNet;

  constructor(width = 1) {
    super();
    this.thermal = resnet50({ last_stride: 1, width });
  }

  override forward(x: Tensor): Tensor {
    return this.thermal.stem(x);
  }
}

/** The stages that both modalities share: [N, 64, H / 4, W / 4] to [N, 2048, H / 16, W / 16]. */
export class base_resnet extends nn.Module<[Tensor], Tensor> {
  base: ResNet;

  constructor(width = 1) {
    super();
    this.base = resnet50({ last_stride: 1, width });
  }

  override forward(x: Tensor): Tensor {
    return this.base.stages(x);
  }
}

/** Options of {@link embed_net}. */
export interface EmbedNetOptions {
  /** Non-local blocks after the last blocks of layer2 and layer3. Default 'on'. */
  readonly no_local?: 'on' | 'off';
  /** Generalized mean pooling (`gm_pool`). Default 'on'; else the average. */
  readonly gm_pool?: 'on' | 'off';
  /** Factor of all channel counts, for reduced copies. Default 1. */
  readonly width?: number;
}

/** Which pictures `embed_net` gets: 0 visible and infrared, 1 visible only, 2 infrared only. */
export type Modal = 0 | 1 | 2;

/**
 * The two-stream network of the Cross-Modal-Re-ID-baseline for visible and infrared pictures: a stem for each, shared
 * ResNet-50 stages (last stride 1) with non-local blocks, generalized mean pooling, BNNeck.
 *
 * Parameter names, their order and the start are the origin's. Each stem is a whole ResNet-50 of which only the first
 * layers are used; the others never get a gradient, yet stand in every checkpoint (283 MB).
 * @example
 * const net = new embed_net(395);
 * const [features, scores] = net.forward(visible, infrared); // rows: visible first, then infrared
 * const [pooled, embeddings] = net.eval().forward(infrared, infrared, 2); // rows of length 1
 */
export class embed_net extends nn.Module {
  readonly gm_pool: 'on' | 'off';
  thermal_module: thermal_module;
  visible_module: visible_module;
  base_resnet: base_resnet;
  NL_1: nn.ModuleList<Non_local> | null = null;
  NL_2: nn.ModuleList<Non_local> | null = null;
  NL_3: nn.ModuleList<Non_local> | null = null;
  NL_4: nn.ModuleList<Non_local> | null = null;
  l2norm: Normalize;
  bottleneck: nn.BatchNorm1d;
  classifier: nn.Linear;
  avgpool: nn.AdaptiveAvgPool2d;

  constructor(
    readonly class_num: number,
    options: EmbedNetOptions = {},
  ) {
    super();
    requireCount('embed_net', 'class_num', class_num);
    const { no_local = 'on', width = 1 } = options;
    this.gm_pool = options.gm_pool ?? 'on';
    this.thermal_module = new thermal_module(width);
    this.visible_module = new visible_module(width);
    this.base_resnet = new base_resnet(width);
    const dim = this.base_resnet.base.feature_dim;
    if (no_local === 'on') {
      const channels = [8, 4, 2, 1].map((part) => dim / part);
      [this.NL_1, this.NL_2, this.NL_3, this.NL_4] = nonLocalStages(channels, NON_LAYERS, 'cross-modal');
    }
    this.l2norm = new Normalize();
    this.bottleneck = bnneck(dim);
    this.classifier = new nn.Linear(dim, class_num, { bias: false });
    if (this.bottleneck.weight !== null) nn.init.normal_(this.bottleneck.weight, 1, 0.01);
    weights_init_classifier(this.classifier);
    this.avgpool = new nn.AdaptiveAvgPool2d(1);
  }

  private stem(x1: Tensor, x2: Tensor, modal: Modal): Tensor {
    switch (modal) {
      case 0:
        return cat([this.visible_module.forward(x1), this.thermal_module.forward(x2)], 0);
      case 1:
        return this.visible_module.forward(x1);
      case 2:
        return this.thermal_module.forward(x2);
      default:
        throw badArgument('embed_net', 'modal', modal, '0 (both), 1 (visible) or 2 (thermal)');
    }
  }

  private stages(x: Tensor): Tensor {
    const { base } = this.base_resnet;
    const stages = [
      [base.layer1, this.NL_1],
      [base.layer2, this.NL_2],
      [base.layer3, this.NL_3],
      [base.layer4, this.NL_4],
    ] as const;
    return stages.reduce(
      (out, [stage, nonLocal]) => (nonLocal === null ? stage.forward(out) : stageWithNonLocal(stage, nonLocal, out)),
      x,
    );
  }

  /**
   * @param x1 visible pictures [N1, 3, H, W]; not read with `modal` 2.
   * @param x2 infrared pictures [N2, 3, H, W]; not read with `modal` 1.
   * @param modal default 0.
   * @returns in training mode [features [N, 2048], scores [N, class_num]]; in evaluation mode the features before and
   * after the bottleneck, rows of length 1. N is N1 + N2, N1 or N2.
   * @throws for another `modal`.
   */
  override forward(x1: Tensor, x2: Tensor, modal: Modal = 0): [pooled: Tensor, second: Tensor] {
    const maps = this.stages(this.stem(x1, x2, modal));
    const pooled = this.gm_pool === 'on' ? gm_pool(maps) : this.avgpool.forward(maps).flatten(1);
    const feat = this.bottleneck.forward(pooled);
    if (this.training) return [pooled, this.classifier.forward(feat)];
    return [this.l2norm.forward(pooled), this.l2norm.forward(feat)];
  }
}
