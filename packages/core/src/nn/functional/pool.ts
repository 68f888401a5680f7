/** Pooling. */
import { dispatch } from '../../dispatch.js';
import { api, badArgument } from '../../errors.js';
import { tensor } from '../../functions/create.js';
import { matmul } from '../../functions/linalg.js';
import { mean } from '../../functions/reduce.js';
import { reshape, squeeze, unsqueeze } from '../../functions/shape.js';
import type { DType } from '../../dtype.js';
import type { Tensor } from '../../tensor.js';
import { outputPair, pairOf } from './pairs.js';
import type { OutputSize, PairArgument } from './pairs.js';

/** Options of `max_pool2d`. */
export interface MaxPoolOptions {
  /** Default: the kernel size. */
  stride?: PairArgument | null;
  /** Minus infinities on each side, at most half of the kernel. Default 0. */
  padding?: PairArgument;
  /** Default 1. */
  dilation?: PairArgument;
  /** Keep windows that reach over the end. Default false. */
  ceil_mode?: boolean;
}

/** @internal Runs `pool` on [N, C, H, W]; [C, H, W] is taken for one image. */
export function onBatch(name: string, x: Tensor, pool: (batch: Tensor) => Tensor): Tensor {
  if (x.ndim === 4) return pool(x);
  if (x.ndim === 3) return squeeze(pool(unsqueeze(x, 0)), 0);
  throw badArgument(name, 'input', x, '[N, C, H, W] or [C, H, W]');
}

/** The largest element of each window; the gradient goes to the first of ties. [N, C, H, W] or [C, H, W]. */
export const max_pool2d = api(
  'max_pool2d input kernel_size: options= stride padding dilation ceil_mode',
  (x: Tensor, kernel_size: PairArgument, options: MaxPoolOptions = {}): Tensor => {
    const name = 'max_pool2d';
    const attrs = {
      kernel: pairOf(name, 'kernel_size', kernel_size, 1),
      stride: pairOf(name, 'stride', options.stride ?? kernel_size, 1),
      padding: pairOf(name, 'padding', options.padding ?? 0, 0),
      dilation: pairOf(name, 'dilation', options.dilation ?? 1, 1),
      ceilMode: options.ceil_mode ?? false,
    };
    return onBatch(name, x, (batch) => dispatch('max_pool2d', [batch], attrs));
  },
);

/** @internal Where bin i of `bins` starts and ends among `size` elements, as PyTorch cuts them; bins may overlap. */
export function binOf(i: number, size: number, bins: number): [start: number, end: number] {
  return [Math.floor((i * size) / bins), Math.ceil(((i + 1) * size) / bins)];
}

/** A matrix [bins, size] whose rows average the elements of their bin. */
function averaging(size: number, bins: number, dtype: DType): Tensor {
  const rows = Array.from({ length: bins }, (_, i) => {
    const [start, end] = binOf(i, size, bins);
    return Array.from({ length: size }, (_unused, at) => (at >= start && at < end ? 1 / (end - start) : 0));
  });
  return tensor(rows, { dtype });
}

/**
 * Averages over bins, so that the output has `output_size` whatever the input's. [N, C, H, W] or [C, H, W].
 * @param output_size one size or [height, width]; null keeps a dim's size.
 */
export const adaptive_avg_pool2d = api('adaptive_avg_pool2d input', (x: Tensor, output_size: OutputSize): Tensor => {
  return onBatch('adaptive_avg_pool2d', x, (batch) => {
    const [, c, h, w] = batch.shape;
    const [height, width] = outputPair('adaptive_avg_pool2d', output_size, batch);
    if (height === 1 && width === 1) return mean(batch, [2, 3], true);
    if (h % height === 0 && w % width === 0) {
      return mean(reshape(batch, [-1, c, height, h / height, width, w / width]), [3, 5]);
    }
    const acrossWidth = matmul(batch, averaging(w, width, batch.dtype).t());
    return matmul(averaging(h, height, batch.dtype), acrossWidth);
  });
});
