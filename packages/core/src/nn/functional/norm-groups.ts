/** Normalisation within one sample: of instances, groups, layers, and neighbouring channels. */
import { no_grad } from '../../autograd/mode.js';
import { dispatch, dispatchAll } from '../../dispatch.js';
import { numelOf } from '../../dtype.js';
import { api, badArgument, requireCount, show } from '../../errors.js';
import { ones, zeros } from '../../functions/create.js';
import { add, div, mul, pow, square } from '../../functions/pointwise.js';
import { mean } from '../../functions/reduce.js';
import { padConstant, reshape } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { requireChannels } from './conv.js';
import { batch_norm, follow } from './norm.js';
import type { BatchNormOptions } from './norm.js';

/** (x − mean) / √(variance + eps) of each row of `rows` x `columns`, with the rows' statistics. */
function standardise(x: Tensor, rows: number, columns: number, eps: number): [Tensor, Tensor, Tensor] {
  // Rows as the channels of one sample: batch norm's op has a gradient in one pass.
  const flat = reshape(x, [1, rows, columns]);
  const factory = { dtype: x.dtype };
  const [out, average, variance] = dispatchAll(
    'batch_norm_train',
    [flat, ones([rows], factory), zeros([rows], factory)],
    { eps },
  );
  return [reshape(out, x.shape), average, variance];
}

/** weight and bias per channel at dim 1. */
function affine(x: Tensor, weight: Tensor | null | undefined, bias: Tensor | null | undefined): Tensor {
  const shape = [1, -1, ...x.shape.slice(2).map(() => 1)];
  const scaled = weight ? mul(x, reshape(weight, shape)) : x;
  return bias ? add(scaled, reshape(bias, shape)) : scaled;
}

/** Options of `instance_norm`. */
export interface InstanceNormOptions extends Omit<BatchNormOptions, 'training'> {
  running_mean?: Tensor | null;
  running_var?: Tensor | null;
  /** Normalise by each instance, instead of by the running statistics. Default true. */
  use_input_stats?: boolean;
}

/**
 * Normalises every channel of every sample over its positions, as `F.instance_norm`; running statistics, where given,
 * follow the mean over the batch.
 * @param x [N, C, ...] with at least one dim of positions.
 * @throws with a single position per channel.
 */
export const instance_norm = api(
  'instance_norm input options= running_mean running_var weight bias use_input_stats momentum eps',
  (x: Tensor, options: InstanceNormOptions = {}): Tensor => {
    const { running_mean = null, running_var = null, use_input_stats = true, momentum = 0.1, eps = 1e-5 } = options;
    const { weight, bias } = options;
    if (x.ndim < 3) throw badArgument('instance_norm', 'input', x, '[N, C, ...] with positions');
    if (!use_input_stats) return batch_norm(x, running_mean, running_var, { weight, bias, momentum, eps });
    const [n, channels, ...positions] = x.shape;
    const count = numelOf(positions);
    if (count <= 1) {
      throw badArgument('instance_norm', 'input', x, 'more than one position per channel');
    }
    requireChannels('instance_norm', 'weight', weight, channels);
    requireChannels('instance_norm', 'bias', bias, channels);
    const [out, average, variance] = standardise(x, n * channels, count, eps);
    no_grad(() => {
      const overBatch = (statistic: Tensor): Tensor => mean(reshape(statistic, [n, channels]), 0);
      if (running_mean !== null) follow(running_mean, overBatch(average), momentum);
      if (running_var !== null) follow(running_var, div(mul(overBatch(variance), count), count - 1), momentum);
    });
    return affine(out, weight, bias);
  },
);

/** Factors and offsets of a norm. */
export interface NormOptions {
  weight?: Tensor | null;
  bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/**
 * Normalises each of `num_groups` groups of channels of a sample together.
 * @param x [N, C, ...].
 * @throws when the groups do not divide the channels, or hold one number each.
 */
export const group_norm = api(
  'group_norm input num_groups: options= weight bias eps',
  (x: Tensor, num_groups: number, options: NormOptions = {}): Tensor => {
    const { weight, bias, eps = 1e-5 } = options;
    if (x.ndim < 2) throw badArgument('group_norm', 'input', x, '[N, C, ...]');
    const [n, channels, ...positions] = x.shape;
    if (!Number.isInteger(num_groups) || num_groups < 1 || channels % num_groups !== 0) {
      throw badArgument(
        'group_norm',
        'num_groups',
        num_groups,
        `a divisor of the ${channels} channels of input ${show(x)}`,
      );
    }
    requireChannels('group_norm', 'weight', weight, channels);
    requireChannels('group_norm', 'bias', bias, channels);
    const count = (channels / num_groups) * numelOf(positions);
    // PyTorch asks it of all samples together.
    if (n * count === 1) throw badArgument('group_norm', 'input', x, 'more than one value per group');
    const [out] = standardise(x, n * num_groups, count, eps);
    return affine(out, weight, bias);
  },
);

/**
 * Normalises over the last dims, those of `normalized_shape`; weight and bias have that shape.
 * @throws when the input does not end in `normalized_shape`.
 */
export const layer_norm = api(
  'layer_norm input normalized_shape+ options= weight bias eps',
  (x: Tensor, normalized_shape: readonly number[], options: NormOptions = {}): Tensor => {
    const { weight, bias, eps = 1e-5 } = options;
    const leading = x.ndim - normalized_shape.length;
    const wanted = normalized_shape.join(', ');
    if (normalized_shape.length === 0 || leading < 0 || x.shape.slice(leading).join(', ') !== wanted) {
      throw badArgument('layer_norm', 'input', x, `last dims [${wanted}], those of normalized_shape`);
    }
    for (const [option, value] of [['weight', weight] as const, ['bias', bias] as const]) {
      if (value && value.shape.join(', ') !== wanted) {
        throw badArgument('layer_norm', option, value, `[${wanted}]`);
      }
    }
    const [out] = standardise(x, numelOf(x.shape.slice(0, leading)), numelOf(normalized_shape), eps);
    const scaled = weight ? mul(out, weight) : out;
    return bias ? add(scaled, bias) : scaled;
  },
);

/** Options of `local_response_norm`. */
export interface LocalResponseOptions {
  /** Default 1e-4. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** Default 1. */
  k?: number;
}

/**
 * x / (k + alpha · mean of x² over `size` neighbouring channels)^beta, with zeros beyond the first and last channel.
 * @param x [N, C, ...] with at least one dim of positions.
 */
export const local_response_norm = api(
  'local_response_norm input size: options= alpha beta k',
  (x: Tensor, size: number, options: LocalResponseOptions = {}): Tensor => {
    const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
    if (x.ndim < 3) throw badArgument('local_response_norm', 'input', x, '[N, C, ...] with positions');
    requireCount('local_response_norm', 'size', size);
    const channels = x.size(1);
    const squares = reshape(square(x), [-1, 1, channels, numelOf(x.shape.slice(2))]);
    const before = Math.floor(size / 2);
    const padded = padConstant(squares, [0, 0, before, 0], [0, 0, size - 1 - before, 0], 0);
    const plain = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 } as const;
    const sums = dispatch('conv2d', [padded, ones([1, 1, size, 1], { dtype: x.dtype })], plain);
    const scale = pow(add(mul(div(sums, size), alpha), k), beta);
    return div(x, reshape(scale, x.shape));
  },
);
