/** Convolution along one dim, and transposed convolution. */
import { dispatch } from '../../dispatch.js';
import { api, badArgument, show } from '../../errors.js';
import { add } from '../../functions/pointwise.js';
import { reshape, squeeze, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { conv2d } from './conv.js';
import { checkConvolution, checkWindow, requireChannels } from './conv.js';
import { pairOf } from './pairs.js';
import type { BiasOption } from './conv.js';
import type { PairArgument } from './pairs.js';

/** Options of `conv1d`. */
export interface Conv1dOptions {
  /** Default 1. */
  stride?: number;
  /** Zeros on each side; 'valid' is 0, 'same' keeps the length (stride 1 only). Default 0. */
  padding?: number | 'same' | 'valid';
  /** Default 1. */
  dilation?: number;
  /** Default 1. */
  groups?: number;
}

/**
 * Convolution of sequences, by `conv2d` on images of height 1.
 * @param x [N, C, L], or [C, L] for one sequence.
 * @param weight [O, C / groups, k].
 * @param bias [O] or null.
 * @throws for other ranks, and channels that do not fit.
 */
export const conv1d = api(
  'conv1d input weight options= bias stride padding dilation groups',
  (x: Tensor, weight: Tensor, options: Conv1dOptions & BiasOption = {}): Tensor => {
    const { bias = null, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    checkConvolution('conv1d', 1, '[N, C, L] or [C, L]', x, weight, bias, groups);
    if (typeof padding === 'number') checkWindow('conv1d', x, weight.shape.slice(2), [padding], [dilation]);
    const image = conv2d(unsqueeze(x, -2), unsqueeze(weight, 2), bias, {
      stride: [1, stride],
      padding: typeof padding === 'number' ? [0, padding] : padding,
      dilation: [1, dilation],
      groups,
    });
    return squeeze(image, -2);
  },
);

/** Options of `conv_transpose2d`. */
export interface ConvTransposeOptions {
  /** Default 1. */
  stride?: PairArgument;
  /** Rows and columns taken off each side of the result. Default 0. */
  padding?: PairArgument;
  /** Rows and columns added at the end of the result, fewer than the stride or the dilation. Default 0. */
  output_padding?: PairArgument;
  /** Default 1. */
  dilation?: PairArgument;
  /** Default 1. */
  groups?: number;
}

/**
 * Transposed convolution: the gradient of `conv2d` with respect to its input, as a layer.
 * @param x [N, C, H, W], or [C, H, W] for one image.
 * @param weight [C, O / groups, kh, kw].
 * @param bias [O] or null.
 * @returns [N, O, H', W'] with H' = (H − 1) stride − 2 padding + dilation (kh − 1) + output_padding + 1.
 * @throws for other ranks, channels that do not fit, and an output_padding as large as stride and dilation.
 */
export const conv_transpose2d = api(
  'conv_transpose2d input weight options= bias stride padding output_padding groups dilation',
  (x: Tensor, weight: Tensor, options: ConvTransposeOptions & BiasOption = {}): Tensor => {
    const name = 'conv_transpose2d';
    const { bias = null, groups = 1 } = options;
    if (weight.ndim !== 4) throw badArgument(name, 'weight', weight, '[in, out / groups, height, width]');
    if (x.ndim !== 3 && x.ndim !== 4) throw badArgument(name, 'input', x, '[N, C, H, W] or [C, H, W]');
    if (!Number.isInteger(groups) || groups < 1 || weight.size(0) % groups !== 0) {
      throw badArgument(name, 'groups', groups, `a divisor of the ${weight.size(0)} input channels`);
    }
    if (x.size(-3) !== weight.size(0)) {
      throw badArgument(
        name,
        'input',
        x,
        `${weight.size(0)} channels at dim ${x.ndim - 3}, for weight ${show(weight)}`,
      );
    }
    const channels = weight.size(1) * groups;
    requireChannels(name, 'bias', bias, channels);
    const stride = pairOf(name, 'stride', options.stride ?? 1, 1);
    const padding = pairOf(name, 'padding', options.padding ?? 0, 0);
    const dilation = pairOf(name, 'dilation', options.dilation ?? 1, 1);
    const extra = pairOf(name, 'output_padding', options.output_padding ?? 0, 0);
    const sizeOf = (axis: 0 | 1): number => {
      if (extra[axis] >= Math.max(stride[axis], dilation[axis])) {
        throw badArgument(
          name,
          'output_padding',
          extra[axis],
          `less than the stride ${stride[axis]} or the dilation ${dilation[axis]}`,
        );
      }
      const reach = dilation[axis] * (weight.size(2 + axis) - 1);
      return (x.size(axis - 2) - 1) * stride[axis] - 2 * padding[axis] + reach + extra[axis] + 1;
    };
    const attrs = { stride, padding, dilation, groups, inputSize: [sizeOf(0), sizeOf(1)] as const };
    const spread = dispatch('conv2d_dx', [x.ndim === 3 ? unsqueeze(x, 0) : x, weight], attrs);
    const result = bias === null ? spread : add(spread, reshape(bias, [1, -1, 1, 1]));
    return x.ndim === 3 ? squeeze(result, 0) : result;
  },
);
