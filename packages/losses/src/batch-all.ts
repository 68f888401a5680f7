import type { Tensor } from '@reidgrad/core';
import { pairwise_distances } from './distances.js';
import type { DistanceOptions } from './distances.js';
import { get_anchor_negative_triplet_mask, get_anchor_positive_triplet_mask } from './masks.js';
import { hingeSums } from './subcubic/hinge-sums.js';
import { requireBatch, requireNumber } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = {
  fn: 'batch_all_triplet_loss',
  embeddings: 'embeddings',
  labels: 'labels',
  call: 'batch_all_triplet_loss(labels, embeddings, margin)',
};

/**
 * Mean of max(d(a, p) − d(a, n) + margin, 0) over all valid triplets of the batch whose term is above 1e-16, and the
 * share of valid triplets that are. O(N² log N) time and O(N²) memory, with the counts of the definition.
 *
 * * A batch without a valid triplet (one label, or no label twice) gives loss 0 and fraction 0, not NaN.
 * * The hinge is active where it is exactly zero.
 * * With `clamp: false` (seed 000) a distance that rounding made NaN makes the loss NaN.
 *
 * Origin: seeds 000 and 004, omoindrot/tensorflow-triplet-loss.
 * @param labels [N], int64, int32 or uint8.
 * @param embeddings [N, D], floating.
 * @param margin a number.
 * @param options `squared` distances (default false); `clamp` as in `pairwise_distances` (default true).
 * @returns [loss, fraction], both 0-d.
 * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
 * @example const [loss, fraction] = batch_all_triplet_loss(labels, embeddings, 0.2, { squared: true });
 */
export function batch_all_triplet_loss(
  labels: Tensor,
  embeddings: Tensor,
  margin: number,
  options: DistanceOptions = {},
): [Tensor, Tensor] {
  requireNumber(names.fn, 'margin', margin);
  requireBatch(names, embeddings, labels);
  const distances = pairwise_distances(embeddings, options);
  const positives = get_anchor_positive_triplet_mask(labels);
  const negatives = get_anchor_negative_triplet_mask(labels);
  const [sum, positive] = hingeSums(distances, positives, negatives, margin, 1e-16);
  const valid = positives.to(sum.dtype).sum(1).mul(negatives.to(sum.dtype).sum(1)).sum();
  return [sum.div(positive.add(1e-16)), positive.div(valid.add(1e-16))];
}
