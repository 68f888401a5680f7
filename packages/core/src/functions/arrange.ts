/** Rearranging: grids, triangles, diagonals, rolled and repeated tensors. */
import { dispatch } from '../dispatch.js';
import { isInteger, numelOf } from '../dtype.js';
import type { Shape } from '../dtype.js';
import { api, badArgument, requireTensor, show } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { normaliseDim } from './dims.js';
import type { DimArgument } from './dims.js';
import { elementsOf, refuseTrace } from './host.js';
import { wrap } from './create.js';
import { asTensor, eq, ge, le, sub, where } from './pointwise.js';
import { sum } from './reduce.js';
import { requireFit, requireRanks } from './require.js';
import {
  cat,
  expand,
  padConstant,
  permute,
  reshape,
  sliceDim,
  split,
  squeeze,
  transpose,
  unsqueeze,
  view,
} from './shape.js';

/** column − row for the last two of `rows` x `columns`. */
function offsets(rows: number, columns: number): Tensor {
  const count = (n: number): Tensor => dispatch('arange', [], { n, dtype: 'int64' });
  return sub(unsqueeze(count(columns), 0), unsqueeze(count(rows), 1));
}

function triangle(name: string, x: Tensor, keep: (offset: Tensor) => Tensor): Tensor {
  if (x.ndim < 2) throw badArgument(name, 'input', x, 'at least 2 dims');
  return where(keep(offsets(x.size(-2), x.size(-1))), x, asTensor(0, x.dtype));
}

/** The number of a diagonal, alone or under its name. */
export type DiagonalArgument = number | { diagonal: number };

const diagonalOf = (diagonal: DiagonalArgument): number =>
  typeof diagonal === 'object' ? diagonal?.diagonal : diagonal;

/** A copy with zeros above diagonal `diagonal` of the last two dims. */
export const tril = api('tril input diagonal/', (x: Tensor, diagonal: DiagonalArgument = 0): Tensor =>
  triangle('tril', x, (offset) => le(offset, diagonalOf(diagonal))),
);

/** A copy with zeros below diagonal `diagonal` of the last two dims. */
export const triu = api('triu input diagonal/', (x: Tensor, diagonal: DiagonalArgument = 0): Tensor =>
  triangle('triu', x, (offset) => ge(offset, diagonalOf(diagonal))),
);

/** The sum of a matrix's diagonal. Throws for other ranks. */
export const trace = api('trace input', (x: Tensor): Tensor => {
  requireRanks('trace', { input: x }, 2);
  return sum(where(eq(offsets(x.size(0), x.size(1)), 0), x, asTensor(0, x.dtype)));
});

/**
 * The diagonals of dims `dim1` and `dim2`, as a last dim: a view that can be written. `offset` counts above the main
 * diagonal, negative ones below.
 * @throws for fewer than 2 dims and for equal dims.
 */
export const diagonal = api('diagonal input offset:', (x: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor => {
  if (x.ndim < 2) throw badArgument('diagonal', 'input', x, 'at least 2 dims');
  const [a, b] = [normaliseDim('diagonal', dim1, x, 'dim1'), normaliseDim('diagonal', dim2, x, 'dim2')];
  if (a === b) throw badArgument('diagonal', 'dim2', dim2, `another dim than dim1, ${dim1}`);
  const others = x.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
  const moved = permute(x, [...others, a, b]);
  const [rows, columns] = [x.shape[a], x.shape[b]];
  const length = Math.max(Math.min(rows - Math.max(-offset, 0), columns - Math.max(offset, 0)), 0);
  const start = length === 0 ? 0 : Math.max(offset, 0) + Math.max(-offset, 0) * columns;
  // Always a view: `reshape` would copy a transposed tensor, and writes would be lost.
  const flat = view(moved, [...others.map((i) => x.shape[i]), rows * columns]);
  const step = columns + 1;
  return sliceDim(flat, others.length, start, length === 0 ? 0 : start + (length - 1) * step + 1, step);
});

/**
 * Diagonal `diagonal` of a matrix (a copy), or a matrix with the vector `x` on it.
 * @throws for other ranks.
 */
export const diag = api('diag input diagonal:', (x: Tensor, above = 0): Tensor => {
  if (!Number.isInteger(above)) throw badArgument('diag', 'diagonal', above, 'an integer');
  if (x.ndim === 1) return diag_embed(x, above);
  if (x.ndim !== 2) throw badArgument('diag', 'input', x, 'a vector or a matrix');
  const n = x.size(0);
  if (above !== 0 || n !== x.size(1)) return diagonal(x, above).clone();
  // A slice would need numbers from the size, which may be a dynamic axis.
  const places = unsqueeze(dispatch('arange', [], { n, dtype: 'int64' }), 1);
  return squeeze(dispatch('gather', [x, places], { dim: 1 }), 1);
});

/** Matrices, in dims `dim1` and `dim2` of the result, that hold the last dim of `x` on their diagonal `offset`. */
export const diag_embed = api('diag_embed input offset:', (x: Tensor, offset = 0, dim1 = -2, dim2 = -1): Tensor => {
  const places = [normaliseDim('diag_embed', dim1, x, 'dim1', 1), normaliseDim('diag_embed', dim2, x, 'dim2', 1)];
  const beyond = Math.abs(offset);
  const none = x.shape.map(() => 0);
  const more = none.map((_, i) => (i === x.ndim - 1 ? beyond : 0));
  const padded = beyond === 0 ? x : padConstant(x, none, more, 0);
  const n = padded.size(-1);
  // Above the diagonal rows number the elements, below it columns do.
  const matrices = where(
    eq(offsets(n, n), offset),
    unsqueeze(padded, offset >= 0 ? padded.ndim : padded.ndim - 1),
    asTensor(0, x.dtype),
  );
  return movedim(matrices, [-2, -1], places);
});

/** A view with dims `source` moved to `destination`, the others in their order. */
export const movedim = api(
  'movedim input',
  (x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor => {
    const list = (dims: number | readonly number[], argument: string): number[] =>
      (Array.isArray(dims) ? (dims as readonly number[]) : [dims as number]).map((dim) =>
        normaliseDim('movedim', dim, x, argument),
      );
    const [from, to] = [list(source, 'source'), list(destination, 'destination')];
    if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
      throw badArgument('movedim', 'destination', destination, `as many distinct dims as in source, ${show(source)}`);
    }
    const rest = x.shape.map((_, i) => i).filter((i) => !from.includes(i));
    const order = x.shape.map((_, i) => {
      const moved = to.indexOf(i);
      return moved >= 0 ? from[moved] : (rest.shift() ?? i);
    });
    return permute(x, order);
  },
);

/** As `movedim`. */
export const moveaxis: typeof movedim = /* @__PURE__ */ api('moveaxis input', movedim);
/** As `transpose`. */
export const swapaxes: typeof transpose = /* @__PURE__ */ api('swapaxes input', transpose);
/** As `transpose`. */
export const swapdims: typeof transpose = /* @__PURE__ */ api('swapdims input', transpose);

/** A copy with elements moved on by `shifts` along `dims` (of the flattened tensor without dims), around the end. */
export const roll = api(
  'roll input',
  (x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor => {
    const by = [shifts].flat();
    if (!by.every(Number.isInteger)) throw badArgument('roll', 'shifts', shifts, 'an integer or a list of integers');
    if (dims === undefined) {
      if (by.length !== 1) throw badArgument('roll', 'shifts', by, 'one number, since dims is left out');
      return reshape(roll(reshape(x, [-1]), by, 0), x.shape);
    }
    const along = [dims].flat();
    if (by.length !== along.length)
      throw badArgument('roll', 'shifts', by, `one number for each of dims, ${show(along)}`);
    let result = x.clone();
    along.forEach((dim, i) => {
      const at = normaliseDim('roll', dim, x, 'dims');
      const size = x.shape[at];
      const shift = size === 0 ? 0 : ((by[i] % size) + size) % size;
      if (shift !== 0)
        result = cat([sliceDim(result, at, size - shift, size), sliceDim(result, at, 0, size - shift)], at);
    });
    return result;
  },
);

/**
 * Coordinates of a grid: for vectors of n1, n2, … elements, views of shape [n1, n2, …]; with `indexing: 'xy'` the first
 * two dims are exchanged. The default is 'ij', as in PyTorch.
 */
export const meshgrid = api(
  'meshgrid tensors*',
  (tensors: readonly Tensor[], options: { indexing?: 'ij' | 'xy' } = {}): Tensor[] => {
    const shape = tensors.map((x, i) => {
      if (x.ndim > 1) throw badArgument('meshgrid', `tensors[${i}]`, x, 'a vector');
      return x.numel();
    });
    const grids = tensors.map((x, i) =>
      expand(
        reshape(
          x,
          shape.map((_, d) => (d === i ? -1 : 1)),
        ),
        shape,
      ),
    );
    if (options.indexing !== 'xy' || tensors.length < 2) return grids;
    // The first tensor then runs along the columns.
    return grids.map((grid) => transpose(grid, 0, 1));
  },
);

/**
 * Each element along `dim` `repeats` times in a row; `repeats` is a number or one number per element (read eagerly: not
 * in a trace). Without `dim` of the flattened tensor.
 */
export const repeat_interleave = api(
  'repeat_interleave input repeats#',
  (x: Tensor, repeats: number | Tensor, dim?: DimArgument): Tensor => {
    if (dim === undefined) return repeat_interleave(reshape(x, [-1]), repeats, 0);
    const at = normaliseDim('repeat_interleave', dim, x);
    const size = x.shape[at];
    if (typeof repeats === 'number') {
      if (!Number.isInteger(repeats) || repeats < 0) {
        throw badArgument('repeat_interleave', 'repeats', repeats, 'a non-negative integer');
      }
      const shape = x.shape.flatMap((n, i) => (i === at ? [n, repeats] : [n]));
      const wide = dispatch(
        'expand',
        [dispatch('reshape', [x], { shape: x.shape.flatMap((n, i) => (i === at ? [n, 1] : [n])) })],
        { shape },
      );
      return dispatch('reshape', [wide], { shape: x.shape.map((n, i) => (i === at ? n * repeats : n)) });
    }
    refuseTrace('repeat_interleave', 'its length depends on the data; use a number of repeats');
    const counts = elementsOf('repeat_interleave', repeats);
    if (!isInteger(repeats.dtype) || repeats.ndim > 1 || (counts.length !== 1 && counts.length !== size)) {
      throw badArgument('repeat_interleave', 'repeats', repeats, `${size} integers, one per slice of dim ${at}`);
    }
    const negative = Array.from(counts).find((count) => count < 0);
    if (negative !== undefined) throw badArgument('repeat_interleave', 'repeats', negative, 'non-negative integers');
    const indices = Array.from({ length: size }, (_, i) =>
      new Array<number>(counts[counts.length === 1 ? 0 : i]).fill(i),
    );
    const flat = Float64Array.from(indices.flat());
    return dispatch('index_select', [x, wrap('int64', [flat.length], flat)], { dim: at });
  },
);

/** A view broadcast to `shape`. */
export const broadcast_to: typeof expand = /* @__PURE__ */ api('broadcast_to input size+', expand);

/** Views of one common shape. Throws where the shapes do not broadcast. */
export function broadcast_tensors(...tensors: Tensor[]): Tensor[] {
  for (const [i, x] of tensors.entries()) requireTensor('broadcast_tensors', `tensors[${i}]`, x);
  const shape = requireFit('broadcast_tensors', Object.fromEntries(tensors.map((x, i) => [`tensors[${i}]`, x])));
  return tensors.map((x) => expand(x, shape));
}

/** A view with dim `dim` split into `sizes`, of which one may be −1. */
export const unflatten = api('unflatten input dim: sizes+', (x: Tensor, dim: number, sizes: Shape): Tensor => {
  const at = normaliseDim('unflatten', dim, x);
  const known = sizes.reduce((n, size) => (size === -1 ? n : n * size), 1);
  const parts = sizes.map((size) => (size === -1 ? x.shape[at] / known : size));
  if (numelOf(parts) !== (x.shape[at] ?? 1) || !parts.every((size) => Number.isInteger(size) && size >= 0)) {
    throw badArgument('unflatten', 'sizes', sizes, `a product of ${x.shape[at]}, the size of dim ${dim} of ${show(x)}`);
  }
  return reshape(x, [...x.shape.slice(0, at), ...parts, ...x.shape.slice(at + 1)]);
});

/**
 * `n` views of nearly equal size along `dim` (the first ones one longer), or parts that end before each of the given
 * indices.
 */
export const tensor_split = api(
  'tensor_split input indices_or_sections~',
  (x: Tensor, parts: number | readonly number[], dim = 0): Tensor[] => {
    const at = normaliseDim('tensor_split', dim, x);
    const size = x.shape[at] ?? 0;
    if (typeof parts === 'number') {
      if (!Number.isInteger(parts) || parts < 1) {
        throw badArgument('tensor_split', 'indices_or_sections', parts, 'a positive integer, or a list of indices');
      }
      const sizes = Array.from({ length: parts }, (_, i) => Math.floor(size / parts) + (i < size % parts ? 1 : 0));
      return split(x, sizes, at);
    }
    const ends = [...parts, size].map((end) => Math.min(Math.max(end < 0 ? end + size : end, 0), size));
    return ends.map((end, i) => sliceDim(x, at, i === 0 ? 0 : ends[i - 1], Math.max(end, i === 0 ? 0 : ends[i - 1])));
  },
);
