/** Resizing of images and sequences, and the exchange of channels for positions. */
import type { DType } from '../../dtype.js';
import { CallError, api, badArgument, requireCount, show } from '../../errors.js';
import { tensor } from '../../functions/create.js';
import { index_select } from '../../functions/indexing.js';
import { matmul } from '../../functions/linalg.js';
import { permute, reshape, transpose } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { adaptive_avg_pool1d } from './avg-pool.js';
import { adaptive_avg_pool2d } from './pool.js';

/** How new positions take their values. */
export type InterpolateMode = 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'bicubic' | 'area';

/** Options of `interpolate`; either `size` or `scale_factor`. */
export interface InterpolateOptions {
  /** One size for all spatial dims, or one for each. */
  size?: number | readonly number[] | null;
  /** One factor for all spatial dims, or one for each; sizes are rounded down. */
  scale_factor?: number | readonly number[] | null;
  /** Default 'nearest'. */
  mode?: InterpolateMode;
  /** Corners of the image meet corners of the result, instead of edges. Default false. */
  align_corners?: boolean | null;
  /** Compute with the factor that the rounded size amounts to. Default false. */
  recompute_scale_factor?: boolean | null;
}

interface Axis {
  from: number;
  to: number;
  /** Input positions per output position, where the caller gave a factor. */
  step: number | null;
}

/** PyTorch computes nearest positions in float32, which decides where they round. */
function nearestIndex({ from, to, step }: Axis, exact: boolean): number[] {
  const { fround } = Math;
  const scale = fround(step ?? fround(fround(from) / fround(to)));
  return Array.from({ length: to }, (_, i) => {
    const position = exact ? fround(fround(i + 0.5) * scale) : fround(i * scale);
    return Math.min(Math.floor(position), from - 1);
  });
}

const CUBIC = -0.75;

/** Weights of the four neighbours of a position `t` past the second. */
function cubicWeights(t: number): number[] {
  const near = (x: number): number => ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  const far = (x: number): number => ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** The matrix [to, from] that interpolates along one dim. */
function weights({ from, to, step }: Axis, cubic: boolean, align: boolean, dtype: DType): Tensor {
  const scale = align ? (to > 1 ? (from - 1) / (to - 1) : 0) : (step ?? from / to);
  const rows = Array.from({ length: to }, (_, i) => {
    const exact = align ? i * scale : (i + 0.5) * scale - 0.5;
    const position = cubic ? exact : Math.max(exact, 0);
    const start = Math.min(Math.floor(position), cubic ? Infinity : from - 1);
    const past = position - start;
    const row = new Array<number>(from).fill(0);
    const [first, factors] = cubic ? [start - 1, cubicWeights(past)] : [start, [1 - past, past]];
    factors.forEach((factor, k) => {
      row[Math.min(Math.max(first + k, 0), from - 1)] += factor;
    });
    return row;
  });
  return tensor(rows, { dtype });
}

function perAxis(option: string, value: number | readonly number[], count: number): readonly number[] {
  const list = typeof value === 'number' ? Array.from({ length: count }, () => value) : value;
  if (list.length === count && list.every((number) => number > 0)) return list;
  throw badArgument('interpolate', option, value, `a positive number or ${count} of them`);
}

function axesOf(sizes: readonly number[], options: InterpolateOptions): Axis[] {
  const { size = null, scale_factor = null } = options;
  if ((size === null) === (scale_factor === null)) {
    throw new CallError(
      'interpolate',
      `got size ${show(size)} and scale_factor ${show(scale_factor)}, expected one of them`,
    );
  }
  if (size !== null) return perAxis('size', size, sizes.length).map((to, i) => ({ from: sizes[i], to, step: null }));
  const factors = perAxis('scale_factor', scale_factor ?? [], sizes.length);
  return factors.map((factor, i) => {
    const to = Math.floor(sizes[i] * factor);
    return { from: sizes[i], to, step: options.recompute_scale_factor ? null : 1 / factor };
  });
}

const ranks: Readonly<Record<InterpolateMode, readonly number[]>> = {
  nearest: [3, 4],
  'nearest-exact': [3, 4],
  area: [3, 4],
  linear: [3],
  bilinear: [4],
  bicubic: [4],
};

/**
 * Resizes the spatial dims of [N, C, H, W] or [N, C, L], as `F.interpolate` (without antialiasing).
 * @throws for both or none of size and scale_factor, a mode that does not fit the rank, and `align_corners` with a mode
 * that has no corners.
 * @example interpolate(x, { scale_factor: 2, mode: 'bilinear', align_corners: true });
 */
export const interpolate = api(
  'interpolate input options= size scale_factor mode align_corners recompute_scale_factor',
  (x: Tensor, options: InterpolateOptions = {}): Tensor => {
    const { mode = 'nearest', align_corners = null } = options;
    const fitting = ranks[mode];
    if (fitting === undefined) {
      throw badArgument('interpolate', 'mode', mode, Object.keys(ranks).join(', '));
    }
    if (!fitting.includes(x.ndim)) {
      throw badArgument('interpolate', 'input', x, `${fitting.join(' or ')} dims for mode '${mode}'`);
    }
    const smooth = mode === 'linear' || mode === 'bilinear' || mode === 'bicubic';
    if (align_corners !== null && !smooth) {
      throw badArgument(
        'interpolate',
        'align_corners',
        align_corners,
        `null for mode '${mode}': linear, bilinear and bicubic have corners`,
      );
    }
    const axes = axesOf(x.shape.slice(2), options);
    if (mode === 'area') {
      const [first, second] = axes;
      return x.ndim === 3 ? adaptive_avg_pool1d(x, first.to) : adaptive_avg_pool2d(x, [first.to, second.to]);
    }
    if (!smooth) {
      return axes.reduce((out, axis, i) => {
        const index = tensor(nearestIndex(axis, mode === 'nearest-exact'), { dtype: 'int64' });
        return index_select(out, 2 + i, index);
      }, x);
    }
    const matrices = axes.map((axis) => weights(axis, mode === 'bicubic', align_corners ?? false, x.dtype));
    const across = matmul(x, transpose(matrices[matrices.length - 1], 0, 1));
    return x.ndim === 3 ? across : matmul(matrices[0], across);
  },
);

/** PyTorch's old name of `interpolate`. */
export const upsample: typeof interpolate = /* @__PURE__ */ api('upsample input', interpolate);

/** Spreads groups of r² channels over r x r positions: [N, C r², H, W] to [N, C, H r, W r]. */
export const pixel_shuffle = api('pixel_shuffle input', (x: Tensor, upscale_factor: number): Tensor => {
  const r = upscale_factor;
  requireCount('pixel_shuffle', 'upscale_factor', r);
  if (x.ndim < 3 || x.size(-3) % (r * r) !== 0) {
    throw badArgument('pixel_shuffle', 'input', x, `[..., C, H, W] with channels divisible by the square of ${r}`);
  }
  const [channels, h, w] = x.shape.slice(-3);
  const c = channels / (r * r);
  const cells = permute(reshape(x, [-1, c, r, r, h, w]), [0, 1, 4, 2, 5, 3]);
  return reshape(cells, [...x.shape.slice(0, -3), c, h * r, w * r]);
});

/** The inverse of `pixel_shuffle`: [N, C, H r, W r] to [N, C r², H, W]. */
export const pixel_unshuffle = api('pixel_unshuffle input', (x: Tensor, downscale_factor: number): Tensor => {
  const r = downscale_factor;
  requireCount('pixel_unshuffle', 'downscale_factor', r);
  if (x.ndim < 3 || x.size(-1) % r !== 0 || x.size(-2) % r !== 0) {
    throw badArgument('pixel_unshuffle', 'input', x, `[..., C, H, W] with height and width divisible by ${r}`);
  }
  const [c, height, width] = x.shape.slice(-3);
  const cells = permute(reshape(x, [-1, c, height / r, r, width / r, r]), [0, 1, 3, 5, 2, 4]);
  return reshape(cells, [...x.shape.slice(0, -3), c * r * r, height / r, width / r]);
});
