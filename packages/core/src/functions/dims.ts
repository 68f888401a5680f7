import { badArgument, show } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** A dim, alone or under its name. */
export type DimArgument = number | { dim: number };

/** The number of a {@link DimArgument}. */
export function dimOf(dim: DimArgument): number {
  return typeof dim === 'object' ? dim?.dim : dim;
}

/**
 * A non-negative dim. A 0-d tensor accepts 0 and −1, as in PyTorch.
 * @param argument its name, for the error.
 * @param more how many dims are to be added to those of `x`.
 */
export function normaliseDim(name: string, dim: DimArgument, x: Tensor, argument = 'dim', more = 0): number {
  const rank = Math.max(x.ndim + more, 1);
  const at = dimOf(dim);
  if (!Number.isInteger(at) || at < -rank || at >= rank) {
    throw badArgument(name, argument, at, `an integer from ${-rank} to ${rank - 1} for ${show(x)}`);
  }
  return at < 0 ? at + rank : at;
}

/** Sorted non-negative dims; all of them for `undefined`, `null` or an empty list. Empty for a 0-d tensor. */
export function normaliseDims(
  name: string,
  dim: number | readonly number[] | null | undefined,
  x: Tensor,
  argument = 'dim',
): number[] {
  const list =
    dim === null || dim === undefined ? [] : Array.isArray(dim) ? (dim as readonly number[]) : [dim as number];
  if (list.length === 0) return x.shape.map((_, i) => i);
  const dims = list.map((d) => normaliseDim(name, d, x, argument)).sort((a, b) => a - b);
  if (new Set(dims).size !== dims.length) {
    throw badArgument(name, argument, list, `every dim at most once for ${show(x)}`);
  }
  return x.ndim === 0 ? [] : dims;
}

/** Sizes as `view(2, 3)` or `view([2, 3])`. */
export function sizesOf(args: readonly (number | readonly number[])[]): readonly number[] {
  const [first] = args;
  return args.length === 1 && typeof first === 'object' ? first : (args as readonly number[]);
}
