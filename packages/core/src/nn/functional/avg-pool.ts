/** Averages over windows, and pooling along one dim. */
import { dispatch } from '../../dispatch.js';
import { api, badArgument } from '../../errors.js';
import { cat, sliceDim, squeeze, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { checkWindow } from './conv.js';
import { outputPair, pairOf } from './pairs.js';
import type { OutputSize, PairArgument } from './pairs.js';
import { adaptive_avg_pool2d, binOf, max_pool2d, onBatch } from './pool.js';

/** Options of `avg_pool2d`. */
export interface AvgPoolOptions {
  /** Default: the kernel size. */
  stride?: PairArgument | null;
  /** Zeros on each side, at most half of the kernel. Default 0. */
  padding?: PairArgument;
  /** Keep windows that reach over the end. Default false. */
  ceil_mode?: boolean;
  /** Whether the zeros of `padding` count in the average. Default true. */
  count_include_pad?: boolean;
}

/**
 * The average of each window. [N, C, H, W] or [C, H, W].
 * @throws for a padding above half of the kernel, and an input smaller than the kernel.
 * @example avg_pool2d(x, 3, { stride: 1, padding: 1, count_include_pad: false });
 */
export const avg_pool2d = api(
  'avg_pool2d input kernel_size: options= stride padding ceil_mode count_include_pad',
  (x: Tensor, kernel_size: PairArgument, options: AvgPoolOptions = {}): Tensor => {
    const name = 'avg_pool2d';
    const attrs = {
      kernel: pairOf(name, 'kernel_size', kernel_size, 1),
      stride: pairOf(name, 'stride', options.stride ?? kernel_size, 1),
      padding: pairOf(name, 'padding', options.padding ?? 0, 0),
      ceilMode: options.ceil_mode ?? false,
      countIncludePad: options.count_include_pad ?? true,
    };
    return onBatch(name, x, (batch) => dispatch('avg_pool2d', [batch], attrs));
  },
);

/** The largest of each bin, so that the output has `output_size` whatever the input's; null keeps a dim's size. */
export const adaptive_max_pool2d = api('adaptive_max_pool2d input', (x: Tensor, output_size: OutputSize): Tensor => {
  const name = 'adaptive_max_pool2d';
  return onBatch(name, x, (batch) => {
    const [, , h, w] = batch.shape;
    const [height, width] = outputPair(name, output_size, batch);
    if (h % height === 0 && w % width === 0) return max_pool2d(batch, [h / height, w / width]);
    // Bins of different sizes: each is a pool of its own, whose gradient goes to the first of ties.
    const rows = Array.from({ length: height }, (_, i) => {
      const [top, bottom] = binOf(i, h, height);
      const band = sliceDim(batch, 2, top, bottom);
      const cells = Array.from({ length: width }, (_unused, j) => {
        const [left, right] = binOf(j, w, width);
        return max_pool2d(sliceDim(band, 3, left, right), [bottom - top, right - left]);
      });
      return cat(cells, 3);
    });
    return cat(rows, 2);
  });
});

/** Options of pooling along one dim; see those of the two-dimensional pools. */
export interface Pool1dOptions {
  stride?: number | null;
  padding?: number;
  ceil_mode?: boolean;
}

/** An option for the last of two dims. */
const last = (value: number | null | undefined, first: number): PairArgument | undefined =>
  value === undefined || value === null ? undefined : [first, value];

/** Runs a two-dimensional pool on sequences [N, C, L] or [C, L] as images of height 1. */
function alongLast(x: Tensor, pool: (image: Tensor) => Tensor): Tensor {
  if (x.ndim !== 2 && x.ndim !== 3) throw badArgument('pool1d', 'input', x, '[N, C, L] or [C, L]');
  return squeeze(pool(unsqueeze(x, -2)), -2);
}

/** `max_pool2d` along one dim: [N, C, L] or [C, L]. */
export const max_pool1d = api(
  'max_pool1d input kernel_size: options= stride padding dilation ceil_mode',
  (x: Tensor, kernel_size: number, options: Pool1dOptions & { dilation?: number } = {}): Tensor => {
    const { ceil_mode, stride, padding, dilation = 1 } = options;
    if (!ceil_mode) checkWindow('max_pool1d', x, [kernel_size], [padding ?? 0], [dilation]);
    const full = { stride: last(stride, 1), padding: last(padding, 0), dilation: last(dilation, 1), ceil_mode };
    return alongLast(x, (image) => max_pool2d(image, [1, kernel_size], full));
  },
);

/** `avg_pool2d` along one dim: [N, C, L] or [C, L]. */
export const avg_pool1d = api(
  'avg_pool1d input kernel_size: options= stride padding ceil_mode count_include_pad',
  (x: Tensor, kernel_size: number, options: Pool1dOptions & { count_include_pad?: boolean } = {}): Tensor => {
    const { ceil_mode, count_include_pad, stride, padding } = options;
    if (!ceil_mode) checkWindow('avg_pool1d', x, [kernel_size], [padding ?? 0], [1]);
    const full = { stride: last(stride, 1), padding: last(padding, 0), ceil_mode, count_include_pad };
    return alongLast(x, (image) => avg_pool2d(image, [1, kernel_size], full));
  },
);

/** `adaptive_avg_pool2d` along one dim: [N, C, L] to [N, C, output_size]. */
export const adaptive_avg_pool1d = api('adaptive_avg_pool1d input', (x: Tensor, output_size: number): Tensor =>
  alongLast(x, (image) => adaptive_avg_pool2d(image, [1, output_size])),
);

/** `adaptive_max_pool2d` along one dim: [N, C, L] to [N, C, output_size]. */
export const adaptive_max_pool1d = api('adaptive_max_pool1d input', (x: Tensor, output_size: number): Tensor =>
  alongLast(x, (image) => adaptive_max_pool2d(image, [1, output_size])),
);
