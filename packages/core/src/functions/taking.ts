/** Taking from and writing to positions, on top of `index` and `gather`. */
import { describe, numelOf } from '../dtype.js';
import { broadcastShapes } from '../ops/infer.js';
import type { Tensor } from '../tensor.js';
import { normaliseDim } from './dims.js';
import { gather, index, setIndex, slice } from './indexing.js';
import type { Subscript } from './indexing.js';
import { expand, reshape } from './shape.js';

/** The elements of the flattened `x` at `positions` (integers, negative from the end), in the shape of `positions`. */
export function take(x: Tensor, positions: Tensor): Tensor {
  return index(reshape(x, [-1]), positions);
}

/**
 * As `gather`, with `indices` and `x` broadcast outside of `dim`: what `argsort` gives sorts by
 * `take_along_dim(x, argsort(x, 1), 1)`. Without `dim` of the flattened tensor.
 */
export function take_along_dim(x: Tensor, indices: Tensor, dim?: number): Tensor {
  if (dim === undefined) return gather(reshape(x, [-1]), 0, reshape(indices, [-1]));
  if (x.ndim !== indices.ndim) {
    throw new Error(
      `take_along_dim: indices ${describe(indices.dtype, indices.shape)}, expected the rank of ${describe(x.dtype, x.shape)}`,
    );
  }
  const at = normaliseDim('take_along_dim', dim, x);
  const without = (shape: readonly number[]): number[] => shape.map((size, i) => (i === at ? 1 : size));
  const common = broadcastShapes('take_along_dim', [without(x.shape), without(indices.shape)]);
  const along = (y: Tensor): Tensor =>
    expand(
      y,
      common.map((size, i) => (i === at ? y.shape[at] : size)),
    );
  return gather(along(x), at, along(indices));
}

function along(name: string, x: Tensor, dim: number, indices: Tensor): Subscript[] {
  const at = normaliseDim(name, dim, x);
  return x.shape.map((_, i) => (i === at ? indices : slice()));
}

/** @internal Writes `value` over the slices of `x` at `indices` along `dim`. */
export function fillAt(name: string, x: Tensor, dim: number, indices: Tensor, value: Tensor | number): Tensor {
  return setIndex(x, along(name, x, dim, reshape(indices, [-1])), value);
}

/** A copy of `x` with `value` (a number or 0-d) in the slices at `indices` (1-d integers) along `dim`. */
export function index_fill(x: Tensor, dim: number, indices: Tensor, value: Tensor | number): Tensor {
  return fillAt('index_fill', x.clone(), dim, indices, value);
}

/** @internal Writes the slices of `source` over those of `x` at `indices` along `dim`. */
export function copyAt(x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
  const at = normaliseDim('index_copy', dim, x);
  const wanted = x.shape.map((size, i) => (i === at ? numelOf(indices.shape) : size));
  if (source.shape.join() !== wanted.join()) {
    throw new Error(`index_copy: source has shape [${source.shape.join(', ')}], expected [${wanted.join(', ')}]`);
  }
  return fillAt('index_copy', x, dim, indices, source);
}

/** A copy of `x` with the slices of `source` at `indices` (1-d integers) along `dim`. Throws for another shape. */
export function index_copy(x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
  return copyAt(x.clone(), dim, indices, source);
}

/** How many elements there are. */
export function numel(x: Tensor): number {
  return x.numel();
}

/** Whether the dtype is a floating one. */
export function is_floating_point(x: Tensor): boolean {
  return x.is_floating_point();
}

/** A differentiable copy. */
export function clone(x: Tensor): Tensor {
  return x.clone();
}
