import { describe } from '../dtype.js';
import type { Tensor } from '../tensor.js';

/** A non-negative dim. A 0-d tensor accepts 0 and −1, as in PyTorch. */
export function normaliseDim(name: string, dim: number, x: Tensor): number {
  const rank = Math.max(x.ndim, 1);
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) {
    throw new Error(
      `${name}: dim ${dim} is out of range for ${describe(x.dtype, x.shape)}, expected ${-rank} to ${rank - 1}`,
    );
  }
  return dim < 0 ? dim + rank : dim;
}

/** Sorted non-negative dims; all of them for `undefined`, `null` or an empty list. Empty for a 0-d tensor. */
export function normaliseDims(name: string, dim: number | readonly number[] | null | undefined, x: Tensor): number[] {
  const list = dim === null || dim === undefined ? [] : typeof dim === 'number' ? [dim] : dim;
  if (list.length === 0) return x.shape.map((_, i) => i);
  const dims = list.map((d) => normaliseDim(name, d, x)).sort((a, b) => a - b);
  if (new Set(dims).size !== dims.length) {
    throw new Error(`${name}: dims [${list.join(', ')}] name a dim twice`);
  }
  return x.ndim === 0 ? [] : dims;
}

/** Sizes as `view(2, 3)` or `view([2, 3])`. */
export function sizesOf(args: readonly (number | readonly number[])[]): readonly number[] {
  const [first] = args;
  return args.length === 1 && typeof first === 'object' ? first : (args as readonly number[]);
}
