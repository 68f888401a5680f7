/** Convolution. */
import { dispatch } from '../../dispatch.js';
import { api, badArgument, show } from '../../errors.js';
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

/** What is added per output channel. */
export interface BiasOption {
  /** [out] or null, the default. */
  bias?: Tensor | null;
}

/**
 * @internal Throws unless the operands of a convolution over `dims` positions fit each other.
 * @param shapes of the input, for the error.
 */
export function checkConvolution(
  fn: string,
  dims: number,
  shapes: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  groups: number,
): void {
  if (weight.ndim !== dims + 2)
    throw badArgument(fn, 'weight', weight, `${dims + 2} dims, [out, in / groups, ...kernel]`);
  if (x.ndim !== dims + 1 && x.ndim !== dims + 2) throw badArgument(fn, 'input', x, shapes);
  const out = weight.size(0);
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
    throw badArgument(fn, 'groups', groups, `a divisor of the ${out} output channels of weight ${show(weight)}`);
  }
  const channels = weight.size(1) * groups;
  if (x.size(-dims - 1) !== channels) {
    const at = x.ndim - dims - 1;
    throw badArgument(
      fn,
      'input',
      x,
      `${channels} channels at dim ${at}, for weight ${show(weight)} and groups ${groups}`,
    );
  }
  requireChannels(fn, 'bias', bias, out);
}

/** @internal Throws unless `value`, where given, holds one number per channel. */
export function requireChannels(
  fn: string,
  argument: string,
  value: Tensor | null | undefined,
  channels: number,
): void {
  if (value && (value.ndim !== 1 || value.size(0) !== channels)) {
    throw badArgument(fn, argument, value, `a tensor [${channels}], one number per channel`);
  }
}

/** @internal Throws where a window is larger than the positions that it moves over, `padding` included. */
export function checkWindow(
  fn: string,
  x: Tensor,
  kernel: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
): void {
  const reach = kernel.map((size, axis) => dilation[axis] * (size - 1) + 1 - 2 * padding[axis]);
  if (reach.some((size, axis) => x.size(axis - kernel.length) < size)) {
    throw badArgument(
      fn,
      'input',
      x,
      `at least ${reach.join(' x ')} positions, for kernel ${show(kernel)} and padding ${show(padding)}`,
    );
  }
}

/**
 * Convolution (cross-correlation) of images.
 * @param x [N, C, H, W], or [C, H, W] for one image.
 * @param weight [O, C / groups, kh, kw].
 * @param bias [O] or null.
 * @returns [N, O, H', W'] with H' = floor((H + 2 padding − dilation (kh − 1) − 1) / stride) + 1.
 * @throws for other ranks, and channels that do not fit.
 * @example conv2d(x, weight, bias, 2, 1) or conv2d(x, weight, { stride: 2, padding: 1 })
 */
export const conv2d = api(
  'conv2d input weight options= bias stride padding dilation groups',
  (x: Tensor, weight: Tensor, options: ConvOptions & BiasOption = {}): Tensor => {
    const { groups = 1, bias = null } = options;
    checkConvolution('conv2d', 2, '[N, C, H, W] or [C, H, W]', x, weight, bias, groups);
    const stride = pairOf('conv2d', 'stride', options.stride ?? 1, 1);
    const dilation = pairOf('conv2d', 'dilation', options.dilation ?? 1, 1);
    let input = x.ndim === 3 ? unsqueeze(x, 0) : x;
    let padding: readonly [number, number] = [0, 0];
    if (options.padding === 'same') {
      if (stride[0] !== 1 || stride[1] !== 1)
        throw badArgument('conv2d', 'padding', 'same', `a number for stride ${show(stride)}: 'same' is for stride 1`);
      const total = ([0, 1] as const).map((axis) => dilation[axis] * (weight.size(2 + axis) - 1));
      padding = [Math.floor(total[0] / 2), Math.floor(total[1] / 2)];
      // An odd total pads one more at the end.
      const more = total.map((size, axis) => size - 2 * padding[axis]);
      if (more.some((size) => size > 0)) input = padConstant(input, [0, 0, 0, 0], [0, 0, ...more], 0);
    } else if (options.padding !== undefined && options.padding !== 'valid') {
      padding = pairOf('conv2d', 'padding', options.padding, 0);
    }
    checkWindow('conv2d', input, weight.shape.slice(2), padding, dilation);
    const product = dispatch('conv2d', [input, weight], { stride, padding, dilation, groups });
    const result = bias === null ? product : add(product, reshape(bias, [1, -1, 1, 1]));
    return x.ndim === 3 ? squeeze(result, 0) : result;
  },
);
