import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { badArgument, requireCount, requireCounts } from '@reidgrad/core/graph';
import { initConvolutions, scaleChannels } from './resnet.js';

/** Convolution without bias, batch norm and, unless `relu` is false, ReLU. */
export class ConvLayer extends nn.Module<[Tensor], Tensor> {
  conv: nn.Conv2d;
  bn: nn.BatchNorm2d;
  readonly relu: boolean;

  constructor(
    inChannels: number,
    outChannels: number,
    kernel = 1,
    options: { stride?: number; padding?: number; relu?: boolean } = {},
  ) {
    super();
    requireCounts('ConvLayer', { inChannels, outChannels, kernel }, 1);
    const { stride, padding } = options;
    this.conv = new nn.Conv2d(inChannels, outChannels, kernel, { stride, padding, bias: false });
    this.bn = new nn.BatchNorm2d(outChannels);
    this.relu = options.relu ?? true;
  }

  override forward(x: Tensor): Tensor {
    const normed = this.bn.forward(this.conv.forward(x));
    return this.relu ? normed.relu() : normed;
  }
}

/** A light 3x3 convolution: 1x1, then 3x3 on every channel by itself, batch norm, ReLU. */
export class LightConv3x3 extends nn.Module<[Tensor], Tensor> {
  conv1: nn.Conv2d;
  conv2: nn.Conv2d;
  bn: nn.BatchNorm2d;

  constructor(inChannels: number, outChannels: number) {
    super();
    requireCounts('LightConv3x3', { inChannels, outChannels }, 1);
    this.conv1 = new nn.Conv2d(inChannels, outChannels, 1, { bias: false });
    this.conv2 = new nn.Conv2d(outChannels, outChannels, 3, { padding: 1, groups: outChannels, bias: false });
    this.bn = new nn.BatchNorm2d(outChannels);
  }

  override forward(x: Tensor): Tensor {
    return this.bn.forward(this.conv2.forward(this.conv1.forward(x))).relu();
  }
}

/** Scales every channel by a number on (0, 1) that depends on the averages of all channels. */
export class ChannelGate extends nn.Module<[Tensor], Tensor> {
  global_avgpool = new nn.AdaptiveAvgPool2d(1);
  fc1: nn.Conv2d;
  fc2: nn.Conv2d;

  /**
   * @param reduction channels per inner channel. Default 16.
   * @throws when no inner channel is left.
   */
  constructor(channels: number, reduction = 16) {
    super();
    requireCount('ChannelGate', 'channels', channels, reduction);
    const inner = Math.floor(channels / reduction);
    this.fc1 = new nn.Conv2d(channels, inner, 1);
    this.fc2 = new nn.Conv2d(inner, channels, 1);
  }

  override forward(x: Tensor): Tensor {
    const averages = this.global_avgpool.forward(x);
    return x.mul(this.fc2.forward(this.fc1.forward(averages).relu()).sigmoid());
  }
}

/** Streams of one to four light convolutions, gated by one shared gate, and a shortcut. */
export class OSBlock extends nn.Module<[Tensor], Tensor> {
  conv1: ConvLayer;
  conv2a: LightConv3x3;
  conv2b: nn.Sequential;
  conv2c: nn.Sequential;
  conv2d: nn.Sequential;
  gate: ChannelGate;
  conv3: ConvLayer;
  downsample: ConvLayer | null;

  constructor(inChannels: number, outChannels: number) {
    super();
    requireCount('OSBlock', 'inChannels', inChannels);
    requireCount('OSBlock', 'outChannels', outChannels, 64);
    const mid = Math.floor(outChannels / 4);
    const light = (): LightConv3x3 => new LightConv3x3(mid, mid);
    const stream = (length: number): nn.Sequential => new nn.Sequential(...Array.from({ length }, light));
    this.conv1 = new ConvLayer(inChannels, mid);
    this.conv2a = light();
    this.conv2b = stream(2);
    this.conv2c = stream(3);
    this.conv2d = stream(4);
    this.gate = new ChannelGate(mid);
    this.conv3 = new ConvLayer(mid, outChannels, 1, { relu: false });
    this.downsample = inChannels === outChannels ? null : new ConvLayer(inChannels, outChannels, 1, { relu: false });
  }

  override forward(x: Tensor): Tensor {
    const reduced = this.conv1.forward(x);
    const [a, b, c, d] = [this.conv2a, this.conv2b, this.conv2c, this.conv2d].map((stream) =>
      this.gate.forward(stream.forward(reduced)),
    );
    const shortcut = this.downsample === null ? x : this.downsample.forward(x);
    return this.conv3.forward(a.add(b).add(c).add(d)).add(shortcut).relu();
  }
}

/** Options of {@link OSNet}. */
export interface OSNetOptions {
  /** Factor of the channel counts 64, 256, 384, 512; at least 0.25, where the gates have one inner channel. Default 1. */
  readonly width?: number;
  /** Length of the features. Default 512. */
  readonly feature_dim?: number;
  /** What `forward` gives in training: scores, or scores and features. Default 'softmax'. */
  readonly loss?: 'softmax' | 'triplet';
}

/**
 * OSNet (Zhou et al., "Omni-Scale Feature Learning for Person Re-Identification", 2019): small and fast. Pictures
 * [N, 3, H, W] to features [N, 512].
 *
 * Parameter names, their order and the start are those of torchreid's `osnet_x1_0` and its narrower forms.
 * @throws when `width` leaves a gate without inner channels.
 * @example
 * const model = osnet_x0_25(751, { loss: 'triplet' });
 * const [scores, features] = model.scores(images);
 */
export class OSNet extends nn.Module {
  readonly feature_dim: number;
  readonly loss: 'softmax' | 'triplet';
  conv1: ConvLayer;
  maxpool = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
  conv2: nn.Sequential;
  conv3: nn.Sequential;
  conv4: nn.Sequential;
  conv5: ConvLayer;
  global_avgpool = new nn.AdaptiveAvgPool2d(1);
  fc: nn.Sequential;
  classifier: nn.Linear;

  constructor(
    readonly num_classes: number,
    options: OSNetOptions = {},
  ) {
    super();
    requireCount('OSNet', 'num_classes', num_classes);
    const { width = 1, feature_dim = 512, loss = 'softmax' } = options;
    const [first, ...stages] = [64, 256, 384, 512].map((channels) => scaleChannels('OSNet', channels, width));
    const [second, third, last] = stages;
    if (second < 64) throw badArgument('OSNet', 'width', width, 'a number of at least 0.25');
    // After the first two stages the picture is halved.
    const halve = (channels: number): nn.Sequential =>
      new nn.Sequential(new ConvLayer(channels, channels), new nn.AvgPool2d(2, { stride: 2 }));
    const blocks = (into: number, out: number): [OSBlock, OSBlock] => [new OSBlock(into, out), new OSBlock(out, out)];
    this.feature_dim = feature_dim;
    this.loss = loss;
    this.conv1 = new ConvLayer(3, first, 7, { stride: 2, padding: 3 });
    this.conv2 = new nn.Sequential(...blocks(first, second), halve(second));
    this.conv3 = new nn.Sequential(...blocks(second, third), halve(third));
    this.conv4 = new nn.Sequential(...blocks(third, last));
    this.conv5 = new ConvLayer(last, last);
    this.fc = new nn.Sequential(new nn.Linear(last, feature_dim), new nn.BatchNorm1d(feature_dim), new nn.ReLU(true));
    this.classifier = new nn.Linear(feature_dim, num_classes);
    this.random_init();
  }

  /** Draws the weights anew, as torchreid does: convolutions after He, linear layers normal with 0.01, biases 0. */
  random_init(): this {
    for (const module of this.modules()) {
      if (module instanceof nn.Linear) nn.init.normal_(module.weight, 0, 0.01);
      else if (module instanceof nn.Conv2d || module instanceof nn.BatchNorm2d) initConvolutions(module);
      if ((module instanceof nn.Linear || module instanceof nn.Conv2d) && module.bias !== null) {
        nn.init.zeros_(module.bias);
      }
    }
    return this;
  }

  /** Pictures [N, 3, H, W] to [N, 512 * width, H / 16, W / 16]. */
  featuremaps(x: Tensor): Tensor {
    const stem = this.maxpool.forward(this.conv1.forward(x));
    return this.conv5.forward(this.conv4.forward(this.conv3.forward(this.conv2.forward(stem))));
  }

  /** Pictures [N, 3, H, W] to features [N, feature_dim]. */
  features(x: Tensor): Tensor {
    return this.fc.forward(this.global_avgpool.forward(this.featuremaps(x)).flatten(1));
  }

  /** What training needs: the classifier's scores [N, num_classes] and the features [N, feature_dim]. */
  scores(x: Tensor): [scores: Tensor, features: Tensor] {
    const features = this.features(x);
    return [this.classifier.forward(features), features];
  }

  /** As in the origin: features in evaluation mode; in training mode scores, with `loss: 'triplet'` features too. */
  override forward(x: Tensor): Tensor | [scores: Tensor, features: Tensor] {
    if (!this.training) return this.features(x);
    const [scores, features] = this.scores(x);
    return this.loss === 'triplet' ? [scores, features] : scores;
  }
}

/** OSNet with a quarter of the channels: 0.2 million weights without the classifier. See {@link OSNet}. */
export function osnet_x0_25(num_classes: number, options: Omit<OSNetOptions, 'width'> = {}): OSNet {
  return new OSNet(num_classes, { ...options, width: 0.25 });
}

/** OSNet at full width. See {@link OSNet}. */
export function osnet_x1_0(num_classes: number, options: Omit<OSNetOptions, 'width'> = {}): OSNet {
  return new OSNet(num_classes, options);
}
