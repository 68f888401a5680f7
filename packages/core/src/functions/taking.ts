/** Taking from and writing to positions, on top of `index` and `gather`. */
import { numelOf } from '../dtype.js';
import { api, badArgument, dims, show } from '../errors.js';
import { broadcastShapes } from '../ops/infer.js';
import type { Tensor } from '../tensor.js';
import { normaliseDim } from './dims.js';
import type { DimArgument } from './dims.js';
import { gatherAs, indexAs, setIndex, slice } from './indexing.js';
import type { Subscript } from './indexing.js';
import { expand, reshape } from './shape.js';

/** The elements of the flattened `x` at `positions` (integers, negative from the end), in the shape of `positions`. */
export const take = api('take input index', (x: Tensor, positions: Tensor): Tensor =>
  indexAs({ fn: 'take', argument: 'index' }, reshape(x, [-1]), [positions]),
);

/**
 * As `gather`, with `indices` and `x` broadcast outside of `dim`: what `argsort` gives sorts by
 * `take_along_dim(x, argsort(x, 1), 1)`. Without `dim` of the flattened tensor.
 */
export const take_along_dim = api(
  'take_along_dim input indices',
  (x: Tensor, indices: Tensor, dim?: DimArgument): Tensor => {
    const speaker = { fn: 'take_along_dim', argument: 'indices' };
    if (dim === undefined) return gatherAs(speaker, reshape(x, [-1]), 0, reshape(indices, [-1]));
    if (x.ndim !== indices.ndim) {
      throw badArgument('take_along_dim', 'indices', indices, `${dims(x.ndim)}, as many as input ${show(x)}`);
    }
    const at = normaliseDim('take_along_dim', dim, x);
    const without = (shape: readonly number[]): number[] => shape.map((size, i) => (i === at ? 1 : size));
    const common = broadcastShapes(
      'take_along_dim',
      [x, indices].map(({ dtype, shape }) => ({ dtype, shape: without(shape) })),
      ['the other dims of input', 'those of indices'],
    );
    const along = (y: Tensor): Tensor =>
      expand(
        y,
        common.map((size, i) => (i === at ? y.shape[at] : size)),
      );
    return gatherAs(speaker, along(x), at, along(indices));
  },
);

function along(name: string, x: Tensor, dim: number, indices: Tensor): Subscript[] {
  const at = normaliseDim(name, dim, x);
  return x.shape.map((_, i) => (i === at ? indices : slice()));
}

/** @internal Writes `value` over the slices of `x` at `indices` along `dim`. */
export function fillAt(name: string, x: Tensor, dim: number, indices: Tensor, value: Tensor | number): Tensor {
  return setIndex(x, along(name, x, dim, reshape(indices, [-1])), value, false, { fn: name, argument: 'index' });
}

/** A copy of `x` with `value` (a number or 0-d) in the slices at `indices` (1-d integers) along `dim`. */
export const index_fill = api(
  'index_fill input dim: index value#',
  (x: Tensor, dim: number, indices: Tensor, value: Tensor | number): Tensor =>
    fillAt('index_fill', x.clone(), dim, indices, value),
);

/** @internal Writes the slices of `source` over those of `x` at `indices` along `dim`. */
export function copyAt(x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
  const at = normaliseDim('index_copy', dim, x);
  const wanted = x.shape.map((size, i) => (i === at ? numelOf(indices.shape) : size));
  if (source.shape.join() !== wanted.join()) {
    throw badArgument(
      'index_copy',
      'source',
      source,
      `shape [${wanted.join(', ')}] for index ${show(indices)} at dim ${dim}`,
    );
  }
  return fillAt('index_copy', x, dim, indices, source);
}

/** A copy of `x` with the slices of `source` at `indices` (1-d integers) along `dim`. Throws for another shape. */
export const index_copy = api(
  'index_copy input dim: index source',
  (x: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor => copyAt(x.clone(), dim, indices, source),
);

/** How many elements there are. */
export const numel = api('numel input', (x: Tensor): number => x.numel());

/** Whether the dtype is a floating one. */
export const is_floating_point = api('is_floating_point input', (x: Tensor): boolean => x.is_floating_point());

/** A differentiable copy. */
export const clone = api('clone input', (x: Tensor): Tensor => x.clone());
