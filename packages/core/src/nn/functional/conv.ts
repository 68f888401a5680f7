/** Convolution. */
import { dispatch } from '../../dispatch.js';
import { describe } from '../../dtype.js';
import { add } from '../../functions/pointwise.js';
import { padConstant, reshape, squeeze, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { pairOf } from './pairs.js';
import type { PairArgument } from './pairs.js';

/** Options of `conv2d`. */
export interface ConvOptions {
  /** Default 1. */
  stride?: PairArgument;
  /** Zeros on each side; 'valid' is 0, 'same' keeps the size (stride 1 only). Default 0. */
  padding?: PairArgument | 'same' | 'valid';
  /** Default 1. */
  dilation?: PairArgument;
  /** Input and output channels are connected within this many groups. Default 1. */
  groups?: number;
}

const text = (x: Tensor): string => describe(x.dtype, x.shape);

function checkOperands(x: Tensor, weight: Tensor, bias: Tensor | null, groups: number): void {
  if (weight.ndim !== 4)
    throw new Error(`conv2d: weight: got ${text(weight)}, expected [out, in / groups, height, width]`);
  if (x.ndim !== 3 && x.ndim !== 4)
    throw new Error(`conv2d: input: got ${text(x)}, expected [N, C, H, W] or [C, H, W]`);
  const channels = x.size(-3);
  if (channels !== weight.size(1) * groups) {
    throw new Error(
      `conv2d: input: got ${text(x)}, expected ${weight.size(1) * groups} channels for weight ${text(weight)} in ${groups} groups`,
    );
  }
  if (weight.size(0) % groups !== 0) {
    throw new Error(`conv2d: groups: got ${groups}, expected a divisor of the ${weight.size(0)} output channels`);
  }
  if (bias !== null && (bias.ndim !== 1 || bias.size(0) !== weight.size(0))) {
    throw new Error(`conv2d: bias: got ${text(bias)}, expected one per output channel, [${weight.size(0)}]`);
  }
}

/**
 * Convolution (cross-correlation) of images.
 * @param x [N, C, H, W], or [C, H, W] for one image.
 * @param weight [O, C / groups, kh, kw].
 * @param bias [O] or null.
 * @returns [N, O, H', W'] with H' = floor((H + 2 padding − dilation (kh − 1) − 1) / stride) + 1.
 * @throws for other ranks, and channels that do not fit.
 * @example conv2d(x, weight, null, { stride: 2, padding: 1 });
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  const { groups = 1 } = options;
  if (!Number.isInteger(groups) || groups < 1)
    throw new Error(`conv2d: groups: got ${groups}, expected an integer of at least 1`);
  checkOperands(x, weight, bias, groups);
  const stride = pairOf('conv2d', 'stride', options.stride ?? 1, 1);
  const dilation = pairOf('conv2d', 'dilation', options.dilation ?? 1, 1);
  let input = x.ndim === 3 ? unsqueeze(x, 0) : x;
  let padding: readonly [number, number] = [0, 0];
  if (options.padding === 'same') {
    if (stride[0] !== 1 || stride[1] !== 1)
      throw new Error("conv2d: padding: got 'same' with a stride, expected stride 1");
    const total = ([0, 1] as const).map((axis) => dilation[axis] * (weight.size(2 + axis) - 1));
    padding = [Math.floor(total[0] / 2), Math.floor(total[1] / 2)];
    // An odd total pads one more at the end.
    const more = total.map((size, axis) => size - 2 * padding[axis]);
    if (more.some((size) => size > 0)) input = padConstant(input, [0, 0, 0, 0], [0, 0, ...more], 0);
  } else if (options.padding !== undefined && options.padding !== 'valid') {
    padding = pairOf('conv2d', 'padding', options.padding, 0);
  }
  const product = dispatch('conv2d', [input, weight], { stride, padding, dilation, groups });
  const result = bias === null ? product : add(product, reshape(bias, [1, -1, 1, 1]));
  return x.ndim === 3 ? squeeze(result, 0) : result;
}
