/** Largest and smallest entries with a rule for who gets the gradient when several are equal. */
import type { Tensor } from '@reidgrad/core';

/** `'even'` shares the gradient among equal entries (full `max()`, `amax`, TensorFlow); `'first'` is `max(dim)`. */
export type Ties = 'even' | 'first';

/** Largest entry along `dim`. */
export function largest(x: Tensor, ties: Ties, dim = 1, keepdim = false): Tensor {
  return ties === 'first' ? x.max(dim, keepdim).values : x.amax(dim, keepdim);
}

/** Smallest entry along `dim`. */
export function smallest(x: Tensor, ties: Ties, dim = 1, keepdim = false): Tensor {
  return ties === 'first' ? x.min(dim, keepdim).values : x.amin(dim, keepdim);
}

/** Largest entry along `dim` among those with mask 1; the smallest of `data` where the mask is empty. Keeps the dim. */
export function maskedMaximum(data: Tensor, mask: Tensor, ties: Ties, dim: number): Tensor {
  const lowest = smallest(data, ties, dim, true);
  return largest(data.sub(lowest).mul(mask), ties, dim, true).add(lowest);
}

/** Smallest entry along `dim` among those with mask 1; the largest of `data` where the mask is empty. Keeps the dim. */
export function maskedMinimum(data: Tensor, mask: Tensor, ties: Ties, dim: number): Tensor {
  const highest = largest(data, ties, dim, true);
  return smallest(data.sub(highest).mul(mask), ties, dim, true).add(highest);
}
