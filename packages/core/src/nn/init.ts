/** Initialisers, as `torch.nn.init`: they write the tensor in place, outside of the tape, and return it. */
import { no_grad } from '../autograd/mode.js';
import { api, badArgument, requireChoice } from '../errors.js';
import { erf } from '../kernels/erf.js';
import type { Tensor } from '../tensor.js';

const written = (tensor: Tensor, write: () => Tensor): Tensor => {
  no_grad(write);
  return tensor;
};

/** Fills with `value`. */
export const constant_ = api('constant_ tensor options= val', (tensor: Tensor, options: { val: number }): Tensor =>
  written(tensor, () => tensor.fill_(options.val)),
);

/** Fills with 0. */
export const zeros_ = api('zeros_ tensor', (tensor: Tensor): Tensor => constant_(tensor, 0));

/** Fills with 1. */
export const ones_ = api('ones_ tensor', (tensor: Tensor): Tensor => constant_(tensor, 1));

/** Fills with normal numbers: `normal_(w, 0, 0.01)`, `normal_(w, { std: 0.01 })`. */
export const normal_ = api(
  'normal_ tensor options= mean std',
  (tensor: Tensor, { mean = 0, std = 1 }: { mean?: number; std?: number } = {}): Tensor =>
    written(tensor, () => tensor.normal_(mean, std)),
);

/** Fills with uniform numbers on [a, b). */
export const uniform_ = api(
  'uniform_ tensor options= a b',
  (tensor: Tensor, { a = 0, b = 1 }: { a?: number; b?: number } = {}): Tensor =>
    written(tensor, () => tensor.uniform_(a, b)),
);

/** Options of `trunc_normal_`. */
export interface TruncNormalOptions {
  /** Default 0. */
  mean?: number;
  /** Default 1. */
  std?: number;
  /** Default −2. */
  a?: number;
  /** Default 2. */
  b?: number;
}

/** Fills with normal numbers of which none lies outside of [a, b]. */
export const trunc_normal_ = api(
  'trunc_normal_ tensor options= mean std a b',
  (tensor: Tensor, { mean = 0, std = 1, a = -2, b = 2 }: TruncNormalOptions = {}): Tensor =>
    written(tensor, () => {
      for (const [name, value] of Object.entries({ mean, std, a, b })) {
        if (typeof value !== 'number' || Number.isNaN(value))
          throw badArgument('trunc_normal_', name, value, 'a number');
      }
      // 2Φ − 1 at the bounds; erfinv turns uniform numbers between them into normal ones.
      const [low, high] = [a, b].map((bound) => erf((bound - mean) / std / Math.SQRT2));
      const drawn = tensor.uniform_(low, high).erfinv_();
      return drawn
        .mul_(std * Math.SQRT2)
        .add_(mean)
        .clamp_(a, b);
    }),
);

/** What follows the layer that is initialised. */
export type Nonlinearity =
  'linear' | 'conv1d' | 'conv2d' | 'conv3d' | 'sigmoid' | 'tanh' | 'relu' | 'leaky_relu' | 'selu';

/** The factor that keeps the variance through a nonlinearity; `param` is the slope of `leaky_relu` (default 0.01). */
export function calculate_gain(nonlinearity: Nonlinearity, param = 0.01): number {
  switch (nonlinearity) {
    case 'linear':
    case 'conv1d':
    case 'conv2d':
    case 'conv3d':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.sqrt(2);
    case 'leaky_relu':
      return Math.sqrt(2 / (1 + param ** 2));
    case 'selu':
      return 3 / 4;
    default:
      throw badArgument(
        'calculate_gain',
        'nonlinearity',
        nonlinearity,
        'linear, conv1d, conv2d, conv3d, sigmoid, tanh, relu, leaky_relu or selu',
      );
  }
}

function fans(name: string, tensor: Tensor): { fan_in: number; fan_out: number } {
  if (tensor.ndim < 2) {
    throw badArgument(name, 'tensor', tensor, 'at least 2 dims');
  }
  const [out, into, ...kernel] = tensor.shape;
  const field = kernel.reduce((n, size) => n * size, 1);
  return { fan_in: into * field, fan_out: out * field };
}

/** Options of `kaiming_normal_` and `kaiming_uniform_`. */
export interface KaimingOptions {
  /** Slope of the leaky relu that follows. Default 0. */
  a?: number;
  /** Keep the variance of the forward (default) or of the backward pass. */
  mode?: 'fan_in' | 'fan_out';
  /** Default 'leaky_relu'. */
  nonlinearity?: Nonlinearity;
}

function kaimingStd(name: string, tensor: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = 'fan_in', nonlinearity = 'leaky_relu' } = options;
  const fan = fans(name, tensor)[mode];
  requireChoice(name, 'mode', mode, 'fan_in fan_out');
  return calculate_gain(nonlinearity, a) / Math.sqrt(fan);
}

/** Normal with the standard deviation gain / √fan. Throws for fewer than 2 dims. */
export const kaiming_normal_ = api(
  'kaiming_normal_ tensor options= a mode nonlinearity',
  (tensor: Tensor, options: KaimingOptions = {}): Tensor =>
    normal_(tensor, 0, kaimingStd('kaiming_normal_', tensor, options)),
);

/** Uniform with the standard deviation gain / √fan. Throws for fewer than 2 dims. */
export const kaiming_uniform_ = api(
  'kaiming_uniform_ tensor options= a mode nonlinearity',
  (tensor: Tensor, options: KaimingOptions = {}): Tensor => {
    const bound = Math.sqrt(3) * kaimingStd('kaiming_uniform_', tensor, options);
    return uniform_(tensor, -bound, bound);
  },
);

function xavierStd(name: string, tensor: Tensor, gain: number): number {
  const { fan_in, fan_out } = fans(name, tensor);
  return gain * Math.sqrt(2 / (fan_in + fan_out));
}

/** Normal with the standard deviation gain · √(2 / (fan_in + fan_out)). Throws for fewer than 2 dims. */
export const xavier_normal_ = api(
  'xavier_normal_ tensor options= gain',
  (tensor: Tensor, { gain = 1 }: { gain?: number } = {}): Tensor =>
    normal_(tensor, 0, xavierStd('xavier_normal_', tensor, gain)),
);

/** Uniform with the standard deviation gain · √(2 / (fan_in + fan_out)). Throws for fewer than 2 dims. */
export const xavier_uniform_ = api(
  'xavier_uniform_ tensor options= gain',
  (tensor: Tensor, { gain = 1 }: { gain?: number } = {}): Tensor => {
    const bound = Math.sqrt(3) * xavierStd('xavier_uniform_', tensor, gain);
    return uniform_(tensor, -bound, bound);
  },
);

/** Names of old PyTorch versions. */
export { constant_ as constant, kaiming_normal_ as kaiming_normal, normal_ as normal, xavier_normal_ as xavier_normal };
