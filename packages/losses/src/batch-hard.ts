import type { Tensor } from '@reidgrad/core';
import { pairwise } from './distances.js';
import type { DistanceOptions } from './distances.js';
import { settingsOf } from './family/options.js';
import type { RowOptions } from './family/options.js';
import { Batch } from './family/parts/batch.js';
import { pairsOfOthers } from './family/parts/mask.js';
import { hardestBelowRowMax } from './family/parts/miner.js';
import { meanOverRows } from './family/parts/reducer.js';
import { requireBatch, requireNumber } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = {
  fn: 'batch_hard_triplet_loss',
  embeddings: 'embeddings',
  labels: 'labels',
  call: 'batch_hard_triplet_loss(labels, embeddings, margin)',
};

/** Options of `batch_hard_triplet_loss`. */
export interface BatchHardOptions extends DistanceOptions, RowOptions {}

/**
 * Mean over rows of max(hp_i − hn_i + margin, 0): hp_i is the largest distance to another row of the label (0 if there
 * is none), hn_i the smallest to a row of another label (the row's largest distance of all if there is none, so that
 * a batch of one label costs exactly the margin where each row has its furthest row as positive).
 *
 * Equal distances share the gradient evenly, the masked zeros included, as `reduce_max` does; the hinge is active where
 * it is exactly zero.
 * Origin: seeds 000 and 004, omoindrot/tensorflow-triplet-loss.
 * @param labels [N], int64, int32 or uint8.
 * @param embeddings [N, D], floating.
 * @param margin a number.
 * @param options `squared` distances (default false); `clamp` as in `pairwise_distances` (default true); `ties`,
 * `empty_rows` and `rows_per_tile` as in `RowOptions`.
 * @returns the loss, 0-d.
 * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
 * @example const loss = batch_hard_triplet_loss(labels, embeddings, 0.2);
 */
export function batch_hard_triplet_loss(
  labels: Tensor,
  embeddings: Tensor,
  margin: number,
  options: BatchHardOptions = {},
): Tensor {
  requireNumber(names.fn, 'margin', margin);
  requireBatch(names, embeddings, labels);
  const { ties, empty_rows, rows_per_tile } = settingsOf(names.fn, 'even', options);
  return meanOverRows(new Batch(names.fn, labels, rows_per_tile), embeddings, {
    names,
    emptyRows: empty_rows,
    distance: pairwise(options),
    mine: (distances, pairs) => hardestBelowRowMax(distances, pairsOfOthers(pairs), ties),
    form: (positive, negative) => positive.sub(negative).add(margin).clamp({ min: 0 }),
  }).loss;
}
