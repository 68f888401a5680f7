/** Distance matrices that the row losses share: the origin's and, for `stable`, one that is sound at equal rows. */
import { finfo, matmul, norm, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { normalize, pdist_torch, squaredNorms } from '../../distances.js';

/** Squared distances below this many units of rounding of ‖a‖² + ‖b‖² are rounding and nothing else. */
const ROUNDING_UNITS = 16;

/**
 * √max(‖a‖² + ‖b‖² − 2 a·b, 1e-12) between all rows, [N, D] to [N, N]. With `stable`, squared distances within rounding
 * of zero (the diagonal, equal rows) are 1e-12 without gradient, where the plain formula takes the root of a rounding error
 * and has a slope of up to 5e5.
 */
export function euclidean(x: Tensor, stable: boolean): Tensor {
  if (!stable) return pdist_torch(x, x);
  const norms = squaredNorms(x);
  const sums = norms.add(norms.t());
  const squared = sums.sub(matmul(x, x.t()).mul(2));
  const noise = sums.detach().mul(ROUNDING_UNITS * finfo(x.dtype).eps);
  return where(squared.le(noise.clamp({ min: 1e-12 })), 1e-12, squared).sqrt();
}

/**
 * 2 − 2 cos(a, b) between all rows, not rooted: fast-reid's `cosine_dist`. A row shorter than 1e-12 has the gradient
 * factor 1e12, with `stable` the factor 1.
 */
export function cosine(x: Tensor, stable: boolean): Tensor {
  const length = norm(x, 2, 1, true);
  const unit = x.div(stable ? where(length.lt(1e-12), 1, length) : length.clamp({ min: 1e-12 }));
  return matmul(unit, unit.t()).mul(-2).add(2);
}

/** Rows divided by ‖x‖ + 1e-12. A zero row has the gradient factor 1e12, with `stable` the factor 1. */
export function unitRows(x: Tensor, stable: boolean): Tensor {
  if (!stable) return normalize(x, -1);
  const length = norm(x, 2, -1, true);
  return x.div(where(length.eq(0), 1, length.add(1e-12)));
}
