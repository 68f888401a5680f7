import type { Tensor } from '@reidgrad/core';
import { pairwise } from './distances.js';
import type { DistanceOptions } from './distances.js';
import { rowsPerTile } from './family/options.js';
import type { TileOptions } from './family/options.js';
import { Batch } from './family/parts/batch.js';
import { pairsOfOthers } from './family/parts/mask.js';
import { hingeSums } from './subcubic/hinge-sums.js';
import { requireBatch, requireNumber } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = {
  fn: 'batch_all_triplet_loss',
  embeddings: 'embeddings',
  labels: 'labels',
  call: 'batch_all_triplet_loss(labels, embeddings, margin)',
};

/** Options of `batch_all_triplet_loss`. */
export interface BatchAllOptions extends DistanceOptions, TileOptions {}

/**
 * Mean of max(d(a, p) − d(a, n) + margin, 0) over all valid triplets of the batch whose term is above 1e-16, and the
 * share of valid triplets that are. O(N² log N) time and O(N²) memory (of one tile with `rows_per_tile`), with the counts
 * of the definition.
 *
 * * A batch without a valid triplet (one label, or no label twice) gives loss 0 and fraction 0, not NaN.
 * * The hinge is active where it is exactly zero.
 * * With `clamp: false` (seed 000) a distance that rounding made NaN makes the loss NaN.
 *
 * Origin: seeds 000 and 004, omoindrot/tensorflow-triplet-loss.
 * @param labels [N], int64, int32 or uint8.
 * @param embeddings [N, D], floating.
 * @param margin a number.
 * @param options `squared` distances (default false); `clamp` as in `pairwise_distances` (default true);
 * `rows_per_tile` as in `TileOptions` (default null).
 * @returns [loss, fraction], both 0-d.
 * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
 * @example const [loss, fraction] = batch_all_triplet_loss(labels, embeddings, 0.2, { squared: true });
 */
export function batch_all_triplet_loss(
  labels: Tensor,
  embeddings: Tensor,
  margin: number,
  options: BatchAllOptions = {},
): [Tensor, Tensor] {
  requireNumber(names.fn, 'margin', margin);
  requireBatch(names, embeddings, labels);
  const batch = new Batch(names.fn, labels, rowsPerTile(names.fn, options));
  const { total, also } = batch.sumOver(embeddings, pairwise(options), (distances, pairs) => {
    const { positive, negative } = pairsOfOthers(pairs);
    const [terms, counts] = hingeSums(distances, positive, negative, margin, 1e-16);
    const triplets = positive.to(terms.dtype).sum(1).mul(negative.to(terms.dtype).sum(1));
    return { terms, also: [counts, triplets] };
  });
  const [active, valid] = also.map((counts) => counts.detach().sum());
  return [total.div(active.add(1e-16)), active.div(valid.add(1e-16))];
}
