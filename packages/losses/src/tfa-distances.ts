/** The distance matrices of TensorFlow Addons' metric-learning losses. */
import { badArgument, show } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { rootExceptAt, rowProducts, squaredNorms } from './distances.js';
import type { RowDistance } from './family/parts/distance.js';

/** `'L2'`, `'squared-L2'`, `'angular'` (1 − cosine), or a function from embeddings [N, D] to a matrix [N, N]. */
export type DistanceMetric = 'L2' | 'squared-L2' | 'angular' | ((embeddings: Tensor) => Tensor);

/** √max(‖a‖² + ‖b‖² − 2 a·b, 0) or its square; 0 with gradient 0 at equal rows and on the diagonal. */
function pairwiseDistance(squared: boolean): RowDistance {
  return {
    prepare: (x) => [x, squaredNorms(x)],
    between([x, norms], [all, allNorms], distinct) {
      const distances = norms.add(allNorms.t()).sub(rowProducts(x, all).mul(2)).clamp({ min: 0 });
      const zero = distances.le(0);
      const rooted = squared ? distances : rootExceptAt(zero.to(distances.dtype), distances);
      // Rounding leaves more than 0 on the diagonal where norms and products are summed in different orders.
      return rooted.mul(zero.logical_not().logical_and(distinct()).to(distances.dtype));
    },
  };
}

/** max(1 − cos(a, b), 0), of rows scaled as `tf.math.l2_normalize` does. */
const angularDistance: RowDistance = {
  prepare: (x) => [x.mul(squaredNorms(x).clamp({ min: 1e-12 }).rsqrt())],
  between: ([unit], [all]) => rowProducts(unit, all).mul(-1).add(1).clamp({ min: 0 }),
};

const metrics = {
  L2: pairwiseDistance(false),
  'squared-L2': pairwiseDistance(true),
  angular: angularDistance,
};

/** The distance behind a metric's name, or a caller's own, which gives the matrix of all rows. Throws for other names. */
export function metricOf(fn: string, metric: DistanceMetric): RowDistance {
  if (typeof metric === 'function') {
    return {
      prepare: (x) => [x],
      between(_rows, [x]) {
        const distances = metric(x);
        requireDistances(fn, distances, x);
        return distances;
      },
    };
  }
  if (Object.hasOwn(metrics, metric)) return metrics[metric];
  throw badArgument(fn, 'distance_metric', metric, "'L2', 'squared-L2', 'angular' or a function");
}

/** Throws unless a caller's metric gave a matrix with one row and one column per embedding. */
function requireDistances(fn: string, distances: Tensor, embeddings: Tensor): void {
  const n = embeddings.size(0);
  if (distances.ndim === 2 && distances.size(0) === n && distances.size(1) === n) return;
  throw badArgument(
    fn,
    'distance_metric',
    distances,
    `a function that gives [${n}, ${n}] for embeddings ${show(embeddings)}`,
  );
}
