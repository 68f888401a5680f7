import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { badArgument, requireCounts } from '@reidgrad/core/graph';

/** A module from one tensor to one tensor. */
type Layer = nn.Module<[Tensor], Tensor>;

/** What makes a residual block: `inplanes` channels to `planes * expansion`. */
export interface BlockClass {
  /** How many times `planes` leave the block. */
  readonly expansion: number;
  new (inplanes: number, planes: number, stride?: number, downsample?: Layer | null): Layer;
}

/** Two 3x3 convolutions and a shortcut, for ResNet-18 and -34: [N, inplanes, H, W] to [N, planes, H / stride, W / stride]. */
export class BasicBlock extends nn.Module<[Tensor], Tensor> {
  static readonly expansion = 1;

  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  relu = new nn.ReLU(true);
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  downsample: Layer | null;

  constructor(inplanes: number, planes: number, stride = 1, downsample: Layer | null = null) {
    super();
    requireCounts('BasicBlock', { inplanes, planes }, 1);
    this.conv1 = new nn.Conv2d(inplanes, planes, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(planes);
    this.conv2 = new nn.Conv2d(planes, planes, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(planes);
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    const first = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    const shortcut = this.downsample === null ? x : this.downsample.forward(x);
    return this.relu.forward(this.bn2.forward(this.conv2.forward(first)).add(shortcut));
  }
}

/**
 * Convolutions 1x1, 3x3 (with the stride) and 1x1 and a shortcut, for ResNet-50:
 * [N, inplanes, H, W] to [N, 4 planes, H / stride, W / stride].
 */
export class Bottleneck extends nn.Module<[Tensor], Tensor> {
  static readonly expansion = 4;

  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  conv3: nn.Conv2d;
  bn3: nn.BatchNorm2d;
  relu = new nn.ReLU(true);
  downsample: Layer | null;

  constructor(inplanes: number, planes: number, stride = 1, downsample: Layer | null = null) {
    super();
    requireCounts('Bottleneck', { inplanes, planes }, 1);
    const out = planes * Bottleneck.expansion;
    this.conv1 = new nn.Conv2d(inplanes, planes, 1, { bias: false });
    this.bn1 = new nn.BatchNorm2d(planes);
    this.conv2 = new nn.Conv2d(planes, planes, 3, { stride, padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(planes);
    this.conv3 = new nn.Conv2d(planes, out, 1, { bias: false });
    this.bn3 = new nn.BatchNorm2d(out);
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    const first = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    const second = this.relu.forward(this.bn2.forward(this.conv2.forward(first)));
    const shortcut = this.downsample === null ? x : this.downsample.forward(x);
    return this.relu.forward(this.bn3.forward(this.conv3.forward(second)).add(shortcut));
  }
}

/** How many blocks the four stages have. */
export type StageSizes = readonly [number, number, number, number];

/** Options of {@link ResNet}. */
export interface ResNetOptions {
  /** Stride of the last stage; person re-identification takes 1. Default 2. */
  readonly last_stride?: 1 | 2;
  /** Factor of all channel counts, for reduced copies. Default 1. */
  readonly width?: number;
  /** Whether a ReLU follows bn1. Default true; ReID-Survey and reid-strong-baseline forgot it. */
  readonly stem_relu?: boolean;
  /** Adds average pooling and the classifier `fc`, as torchvision has them. Default: none, forward gives feature maps. */
  readonly num_classes?: number;
}

/** `channels` times `width`, at least 1. Throws unless `width` is positive. */
export function scaleChannels(name: string, channels: number, width: number): number {
  if (typeof width !== 'number' || !(width > 0 && width < Infinity)) {
    throw badArgument(name, 'width', width, 'a positive number');
  }
  return Math.max(1, Math.round(channels * width));
}

/** Draws the weights of convolutions as He et al. (normal, fan_out, relu) and sets batch norms to weight 1 and bias 0. */
export function initConvolutions(model: nn.Module): void {
  for (const module of model.modules()) {
    if (module instanceof nn.Conv2d) {
      nn.init.kaiming_normal_(module.weight, { mode: 'fan_out', nonlinearity: 'relu' });
    } else if (module instanceof nn.BatchNorm2d) {
      if (module.weight !== null) nn.init.ones_(module.weight);
      if (module.bias !== null) nn.init.zeros_(module.bias);
    }
  }
}

/**
 * A residual network with torchvision's parameter names (He et al., "Deep Residual Learning for Image Recognition",
 * 2016). Pictures [N, 3, H, W] to feature maps [N, feature_dim, H / 32, W / 32] (H / 16 with `last_stride` 1), or with
 * `num_classes` to [N, num_classes].
 *
 * Layers start as PyTorch's; `random_init` draws the weights as torchvision does, and `resnet18`, `resnet34` and
 * `resnet50` call it.
 * @throws when `width` is not positive.
 */
export class ResNet extends nn.Module<[Tensor], Tensor> {
  /** Channels of the feature maps. */
  readonly feature_dim: number;
  readonly stem_relu: boolean;
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  relu = new nn.ReLU(true);
  maxpool = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
  layer1: nn.Sequential;
  layer2: nn.Sequential;
  layer3: nn.Sequential;
  layer4: nn.Sequential;
  avgpool = new nn.AdaptiveAvgPool2d(1);
  fc: nn.Linear | null = null;

  constructor(block: BlockClass, layers: StageSizes, options: ResNetOptions = {}) {
    super();
    const { last_stride = 2, width = 1, stem_relu = true, num_classes } = options;
    const planes = [64, 128, 256, 512].map((channels) => scaleChannels('ResNet', channels, width));
    let inplanes = planes[0];
    const stage = (i: number, stride: number): nn.Sequential => {
      const out = planes[i] * block.expansion;
      const downsample =
        stride === 1 && inplanes === out
          ? null
          : new nn.Sequential(new nn.Conv2d(inplanes, out, 1, { stride, bias: false }), new nn.BatchNorm2d(out));
      const blocks = [new block(inplanes, planes[i], stride, downsample)];
      for (let n = 1; n < layers[i]; n++) blocks.push(new block(out, planes[i]));
      inplanes = out;
      return new nn.Sequential(...blocks);
    };
    this.feature_dim = planes[3] * block.expansion;
    this.stem_relu = stem_relu;
    this.conv1 = new nn.Conv2d(3, inplanes, 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = new nn.BatchNorm2d(inplanes);
    this.layer1 = stage(0, 1);
    this.layer2 = stage(1, 2);
    this.layer3 = stage(2, 2);
    this.layer4 = stage(3, last_stride);
    if (num_classes !== undefined) this.fc = new nn.Linear(this.feature_dim, num_classes);
  }

  /** Draws the weights anew, as torchvision and the cross-modality baseline do. Returns the network. */
  random_init(): this {
    initConvolutions(this);
    return this;
  }

  /** The first convolution to the pooling after it: [N, 3, H, W] to [N, C, H / 4, W / 4]. */
  stem(x: Tensor): Tensor {
    const normed = this.bn1.forward(this.conv1.forward(x));
    return this.maxpool.forward(this.stem_relu ? this.relu.forward(normed) : normed);
  }

  /** What follows the stem, up to the feature maps. */
  stages(x: Tensor): Tensor {
    return [this.layer1, this.layer2, this.layer3, this.layer4].reduce((out, stage) => stage.forward(out), x);
  }

  override forward(x: Tensor): Tensor {
    const maps = this.stages(this.stem(x));
    return this.fc === null ? maps : this.fc.forward(this.avgpool.forward(maps).flatten(1));
  }
}

/** ResNet-18: two basic blocks per stage. See {@link ResNet}. */
export function resnet18(options: ResNetOptions = {}): ResNet {
  return new ResNet(BasicBlock, [2, 2, 2, 2], options).random_init();
}

/** ResNet-34: 3, 4, 6 and 3 basic blocks. See {@link ResNet}. */
export function resnet34(options: ResNetOptions = {}): ResNet {
  return new ResNet(BasicBlock, [3, 4, 6, 3], options).random_init();
}

/**
 * ResNet-50: 3, 4, 6 and 3 bottleneck blocks. See {@link ResNet}.
 * @example
 * const net = resnet50({ last_stride: 1 });
 * net.forward(torch.zeros(1, 3, 256, 128)); // [1, 2048, 16, 8]
 */
export function resnet50(options: ResNetOptions = {}): ResNet {
  return new ResNet(Bottleneck, [3, 4, 6, 3], options).random_init();
}
