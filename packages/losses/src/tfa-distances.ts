/** The distance matrices of TensorFlow Addons' metric-learning losses. */
import { matmul } from '@reidgrad/core';
import { badArgument, show } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { rootExceptAt, squaredNorms } from './distances.js';
import { distinctRows } from './masks.js';

/** `'L2'`, `'squared-L2'`, `'angular'` (1 − cosine), or a function from embeddings [N, D] to a matrix [N, N]. */
export type DistanceMetric = 'L2' | 'squared-L2' | 'angular' | ((embeddings: Tensor) => Tensor);

/** √max(‖a‖² + ‖b‖² − 2 a·b, 0) or its square; 0 with gradient 0 at equal rows and on the diagonal. */
function pairwiseDistance(embeddings: Tensor, squared: boolean): Tensor {
  const norms = squaredNorms(embeddings);
  const products = matmul(embeddings, embeddings.t());
  const distances = norms.add(norms.t()).sub(products.mul(2)).clamp({ min: 0 });
  const zero = distances.le(0);
  const rooted = squared ? distances : rootExceptAt(zero.to(distances.dtype), distances);
  // Rounding leaves more than 0 on the diagonal where norms and products are summed in different orders.
  return rooted.mul(zero.logical_not().logical_and(distinctRows(embeddings)).to(distances.dtype));
}

/** max(1 − cos(a, b), 0), of rows scaled as `tf.math.l2_normalize` does. */
function angularDistance(embeddings: Tensor): Tensor {
  const unit = embeddings.mul(squaredNorms(embeddings).clamp({ min: 1e-12 }).rsqrt());
  return matmul(unit, unit.t()).mul(-1).add(1).clamp({ min: 0 });
}

const metrics = {
  L2: (embeddings: Tensor): Tensor => pairwiseDistance(embeddings, false),
  'squared-L2': (embeddings: Tensor): Tensor => pairwiseDistance(embeddings, true),
  angular: angularDistance,
};

/** The function behind a metric's name. Throws for other names. */
export function metricOf(fn: string, metric: DistanceMetric): (embeddings: Tensor) => Tensor {
  if (typeof metric === 'function') return metric;
  if (Object.hasOwn(metrics, metric)) return metrics[metric];
  throw badArgument(fn, 'distance_metric', metric, "'L2', 'squared-L2', 'angular' or a function");
}

/** Throws unless a caller's metric gave a matrix with one row and one column per embedding. */
export function requireDistances(fn: string, distances: Tensor, embeddings: Tensor): void {
  const n = embeddings.size(0);
  if (distances.ndim === 2 && distances.size(0) === n && distances.size(1) === n) return;
  throw badArgument(
    fn,
    'distance_metric',
    distances,
    `a function that gives [${n}, ${n}] for embeddings ${show(embeddings)}`,
  );
}
