/** Which pairs and triplets of a batch count. All are built from the labels by comparison, so they trace for any batch size. */
import { eye } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireLabels } from './validate.js';

/**
 * Pairs with the same label, bool [N, N]; a row is its own pair.
 * @param labels [N].
 */
export function sameLabels(labels: Tensor): Tensor {
  return labels.unsqueeze(0).eq(labels.unsqueeze(1));
}

/** True off the diagonal, bool [N, N], for any tensor of N rows. */
export function distinctRows(batch: Tensor): Tensor {
  const n = batch.size(0);
  return eye(n, n, { dtype: 'bool' }).logical_not();
}

/**
 * True at [a, p] where a and p are different rows with the same label.
 * Origin: seeds 000 and 004, omoindrot/tensorflow-triplet-loss `_get_anchor_positive_triplet_mask`.
 * @param labels [N], int64, int32 or uint8.
 * @returns bool [N, N].
 * @throws for labels that are not integers or not 1-d.
 * @example get_anchor_positive_triplet_mask(new LongTensor([1, 0, 1])); // true at [0, 2] and [2, 0]
 */
export function get_anchor_positive_triplet_mask(labels: Tensor): Tensor {
  requireLabels('get_anchor_positive_triplet_mask', 'labels', labels);
  return distinctRows(labels).logical_and(sameLabels(labels));
}

/**
 * True at [a, n] where a and n have different labels.
 * Origin: seeds 000 and 004 (whose listing forgets to return it), `_get_anchor_negative_triplet_mask`.
 * @param labels [N], int64, int32 or uint8.
 * @returns bool [N, N].
 * @throws for labels that are not integers or not 1-d.
 * @example get_anchor_negative_triplet_mask(new LongTensor([1, 0, 1])); // true at [0, 1], [1, 0], [1, 2], [2, 1]
 */
export function get_anchor_negative_triplet_mask(labels: Tensor): Tensor {
  requireLabels('get_anchor_negative_triplet_mask', 'labels', labels);
  return sameLabels(labels).logical_not();
}

/**
 * True at [i, j, k] where the rows are distinct, i and j have the same label and k has another.
 * Origin: seeds 000 and 004, `_get_triplet_mask`. Needs N³ elements.
 * @param labels [N], int64, int32 or uint8.
 * @returns bool [N, N, N].
 * @throws for labels that are not integers or not 1-d.
 * @example get_triplet_mask(new LongTensor([1, 0, 1])); // true at [0, 2, 1] and [2, 0, 1]
 */
export function get_triplet_mask(labels: Tensor): Tensor {
  requireLabels('get_triplet_mask', 'labels', labels);
  // k differs from i and j already, because its label does.
  const positive = distinctRows(labels).logical_and(sameLabels(labels));
  return positive.unsqueeze(2).logical_and(sameLabels(labels).logical_not().unsqueeze(1));
}
