/** Distances between rows that the losses share: the origin's and, for `stable`, one that is sound at equal rows. */
import { finfo, norm, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { euclideanOf, normalize, rowProducts, squaredNorms } from '../../distances.js';

/** A distance of embeddings, for some rows of a batch at a time. */
export interface RowDistance {
  /**
   * What is computed once for the whole batch: features [N, D], and where needed a column [N, 1] more.
   * @param inTiles whether `between` will get some rows at a time, or all.
   */
  prepare(x: Tensor, inTiles: boolean): Tensor[];
  /**
   * The distances [t, N].
   * @param rows t rows of what was prepared.
   * @param all all of it.
   * @param distinct bool [t, N]: false where a row meets itself.
   */
  between(rows: readonly Tensor[], all: readonly Tensor[], distinct: () => Tensor): Tensor;
}

/** Squared distances below this many units of rounding of ‖a‖² + ‖b‖² are rounding and nothing else. */
const ROUNDING_UNITS = 16;

/**
 * √max(‖a‖² + ‖b‖² − 2 a·b, 1e-12). With `stable`, squared distances within rounding of zero (the diagonal, equal rows)
 * are 1e-12 without gradient, where the plain formula takes the root of a rounding error and has a slope of up to 5e5.
 */
export function euclidean(stable: boolean): RowDistance {
  return {
    prepare: (x) => [x, squaredNorms(x)],
    between([x, norms], [all, allNorms]) {
      if (!stable) return euclideanOf(x, norms, all, allNorms);
      const sums = norms.add(allNorms.t());
      const squared = sums.sub(rowProducts(x, all).mul(2));
      const noise = sums.detach().mul(ROUNDING_UNITS * finfo(x.dtype).eps);
      return where(squared.le(noise.clamp({ min: 1e-12 })), 1e-12, squared).sqrt();
    },
  };
}

/**
 * 2 − 2 cos(a, b), not rooted: fast-reid's `cosine_dist`. A row shorter than 1e-12 has the gradient factor 1e12, with
 * `stable` the factor 1.
 */
export function cosine(stable: boolean): RowDistance {
  return {
    prepare(x) {
      const length = norm(x, 2, 1, true);
      return [x.div(stable ? where(length.lt(1e-12), 1, length) : length.clamp({ min: 1e-12 }))];
    },
    between: ([unit], [all]) => rowProducts(unit, all).mul(-2).add(2),
  };
}

/** Rows divided by ‖x‖ + 1e-12. A zero row has the gradient factor 1e12, with `stable` the factor 1. */
export function unitRows(x: Tensor, stable: boolean): Tensor {
  if (!stable) return normalize(x, -1);
  const length = norm(x, 2, -1, true);
  return x.div(where(length.eq(0), 1, length.add(1e-12)));
}
