/** Arithmetic over the part of a matrix that a mask or weights choose, without selecting: it traces for any batch size. */
import { arange, no_grad, where } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';

/** Below every exponent that occurs, and finite in float32, so that differences of it are. */
const LOWEST = -1e30;

/** a − b of tensors or numbers, at least one of them a tensor. */
export function difference(a: Tensor | number, b: Tensor | number): Tensor {
  if (typeof a !== 'number') return a.sub(b);
  if (typeof b !== 'number') return b.neg().add(a);
  throw badArgument('margin', 'y', b, `a tensor, since x is a number too, ${a}`);
}

/** √x with value and gradient 0 where x is 0 (or less). */
export function rootOrZero(x: Tensor): Tensor {
  const zero = x.le(0);
  return where(zero, 0, where(zero, 1, x).sqrt());
}

/** Where index [N] points, as bool [N, columns]. */
export function oneHot(index: Tensor, columns: number): Tensor {
  return index.unsqueeze(1).eq(arange(columns).unsqueeze(0));
}

/** True at the first true element of each row of a bool matrix, where there is one. */
export function firstOfRow(mask: Tensor): Tensor {
  return mask.logical_and(mask.to('int64').cumsum(1).eq(1));
}

/** Σ w eˣ along a dim as (largest, factor): factor · e^largest; factor is 0 where all weights are. Both keep the dim. */
export function scaledSum(x: Tensor, weights: Tensor, dim = 1): { largest: Tensor; factor: Tensor } {
  const kept = weights.gt(0);
  const largest = no_grad(() => where(kept, x, LOWEST).amax(dim, true));
  return { largest, factor: where(kept, x, largest).sub(largest).exp().mul(weights).sum(dim, true) };
}

/** log of a sum that is 0 where nothing counts: 0 there. */
export function logOrZero(factor: Tensor, largest: Tensor): Tensor {
  const empty = factor.le(0);
  return where(
    empty,
    0,
    where(empty, 1, factor)
      .log()
      .add(where(empty, 0, largest)),
  );
}

/**
 * log Σ w eˣ along `dim`, which is kept; 0 where all weights are 0.
 * @param weights of x's shape; 0 leaves an element out.
 * @param add_one log(1 + Σ w eˣ) instead.
 */
export function weightedLogSumExp(x: Tensor, weights: Tensor, dim = 1, add_one = false): Tensor {
  const { largest, factor } = scaledSum(x, weights, dim);
  if (!add_one) return logOrZero(factor, largest);
  const top = largest.clamp({ min: 0 });
  const sum = factor.mul(largest.sub(top).exp()).add(top.neg().exp());
  return where(factor.le(0), 0, sum.log().add(top));
}

/** 1 or 0 of `x`'s dtype where the mask holds or not. */
export function asWeights(mask: Tensor, x: Tensor): Tensor {
  return mask.to(x.dtype);
}

/** x / y, and 0 (with gradient 0) where y is 0. */
export function divideOrZero(x: Tensor, y: Tensor): Tensor {
  const zero = y.eq(0);
  return where(zero, 0, x.div(where(zero, 1, y)));
}
