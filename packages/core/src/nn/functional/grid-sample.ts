/** Sampling of images at given places, and the places of an affine map. */
import { api, badArgument, requireChoice, show } from '../../errors.js';
import { tensor } from '../../functions/create.js';
import { gather } from '../../functions/indexing.js';
import { matmul } from '../../functions/linalg.js';
import * as P from '../../functions/pointwise.js';
import { expand, reshape, selectIndex, stack, transpose, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';

/** Options of `grid_sample`. */
export interface GridSampleOptions {
  /** Default 'bilinear'. */
  mode?: 'bilinear' | 'nearest';
  /** What lies outside: zeros (default) or the nearest edge. */
  padding_mode?: 'zeros' | 'border';
  /** −1 and 1 are the centres of the corner pixels, instead of their outer edges. Default false. */
  align_corners?: boolean;
}

/** Pixel positions of coordinates on [−1, 1]. */
function positions(coordinates: Tensor, size: number, align: boolean): Tensor {
  if (align) return P.mul(P.div(P.add(coordinates, 1), 2), size - 1);
  return P.div(P.sub(P.mul(P.add(coordinates, 1), size), 1), 2);
}

/** The values of x [N, C, H, W] at whole pixels (float tensors [N, H', W']), 0 outside. */
function pixels(x: Tensor, row: Tensor, column: Tensor): Tensor {
  const [n, channels, h, w] = x.shape;
  const [, height, width] = row.shape;
  const inside = P.logical_and(
    P.logical_and(P.ge(row, 0), P.le(row, h - 1)),
    P.logical_and(P.ge(column, 0), P.le(column, w - 1)),
  );
  // Not by clamp: NaN coordinates must become indices too.
  const safe = (at: Tensor): Tensor => P.cast(P.where(inside, at, 0), 'int64');
  const flat = P.add(P.mul(safe(row), w), safe(column));
  const index = expand(reshape(flat, [n, 1, height * width]), [n, channels, height * width]);
  const found = reshape(gather(reshape(x, [n, channels, h * w]), 2, index), [n, channels, height, width]);
  return P.mul(found, P.cast(unsqueeze(inside, 1), x.dtype));
}

/**
 * The values of x at the places of `grid`, as `F.grid_sample`, with gradients for both.
 * @param x [N, C, H, W].
 * @param grid [N, H', W', 2]: x (across) and y (down) on [−1, 1].
 * @returns [N, C, H', W'].
 * @throws for other ranks, batch sizes that differ, and other modes.
 */
export const grid_sample = api(
  'grid_sample input grid options= mode padding_mode align_corners',
  (x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor => {
    const { mode = 'bilinear', padding_mode = 'zeros', align_corners = false } = options;
    if (x.ndim !== 4) throw badArgument('grid_sample', 'input', x, '[N, C, H, W]');
    if (grid.ndim !== 4 || grid.size(3) !== 2 || grid.size(0) !== x.size(0)) {
      throw badArgument('grid_sample', 'grid', grid, `[${x.size(0)}, height, width, 2] for input ${show(x)}`);
    }
    requireChoice('grid_sample', 'mode', mode, 'bilinear nearest');
    requireChoice('grid_sample', 'padding_mode', padding_mode, 'zeros border');
    const [column, row] = ([0, 1] as const).map((axis) => {
      const size = x.size(3 - axis);
      const place = positions(selectIndex(grid, 3, axis), size, align_corners);
      return padding_mode === 'border' ? P.clamp(place, 0, size - 1) : place;
    });
    if (mode === 'nearest') return pixels(x, P.round(row), P.round(column));
    const top = P.floor(row).detach();
    const left = P.floor(column).detach();
    const down = P.sub(row, top);
    const right = P.sub(column, left);
    const corner = (dy: 0 | 1, dx: 0 | 1): Tensor => {
      const weight = P.mul(dy === 1 ? down : P.sub(1, down), dx === 1 ? right : P.sub(1, right));
      return P.mul(pixels(x, P.add(top, dy), P.add(left, dx)), unsqueeze(weight, 1));
    };
    return P.add(P.add(corner(0, 0), corner(0, 1)), P.add(corner(1, 0), corner(1, 1)));
  },
);

/** Coordinates of the `size` pixels of one dim. */
function ticks(size: number, align: boolean): number[] {
  if (size === 1) return [0];
  const reach = align ? 1 : (size - 1) / size;
  return Array.from({ length: size }, (_, i) => ((2 * i) / (size - 1) - 1) * reach);
}

/**
 * The grid of `grid_sample` for affine maps.
 * @param theta [N, 2, 3].
 * @param size [N, C, H, W] of the result of `grid_sample`.
 * @returns [N, H, W, 2].
 * @throws for other shapes.
 */
export const affine_grid = api(
  'affine_grid theta size+ options= align_corners',
  (theta: Tensor, size: readonly number[], options: { align_corners?: boolean } = {}): Tensor => {
    if (
      theta.ndim !== 3 ||
      theta.size(1) !== 2 ||
      theta.size(2) !== 3 ||
      size.length !== 4 ||
      size[0] !== theta.size(0)
    ) {
      throw badArgument('affine_grid', 'theta', theta, `[N, 2, 3] for the N of size [N, C, H, W], ${show(size)}`);
    }
    const [n, , h, w] = size;
    const { align_corners = false } = options;
    const factory = { dtype: theta.dtype };
    const across = expand(tensor(ticks(w, align_corners), factory), [h, w]);
    const below = expand(unsqueeze(tensor(ticks(h, align_corners), factory), 1), [h, w]);
    const base = stack([across, below, P.add(P.mul(across, 0), 1)], 2);
    return reshape(matmul(reshape(base, [1, h * w, 3]), transpose(theta, 1, 2)), [n, h, w, 2]);
  },
);
