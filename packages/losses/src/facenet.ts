import { check } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { requireAlike, requireMatrix, requireNumber } from './validate.js';

/** Options of `triplet_loss`. */
export interface TripletLossOptions {
  /** The margin between squared distances. Default 0.2. */
  alpha?: number;
  /** `'mean'` (default) is the article's code, `'sum'` its formula. */
  reduction?: 'mean' | 'sum';
}

/**
 * FaceNet's hinge over given triplets: max(‖a − p‖² − ‖a − n‖² + alpha, 0), averaged or summed over the rows.
 * The hinge is active where it is exactly zero.
 * Origin: seed 001. Its formula sums and its code averages; `reduction` chooses.
 * @param anchor [T, D], floating.
 * @param positive [T, D].
 * @param negative [T, D].
 * @param options an object, or `alpha` as a number in the origin's fourth place.
 * @returns the loss, 0-d.
 * @throws for other ranks, for shapes or dtypes that differ, and for features that are not finite.
 * @example
 * const [anchor, positive, negative] = unstack_triplets(embeddings);
 * const loss = triplet_loss(anchor, positive, negative, { alpha: 0.2 });
 */
export function triplet_loss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletLossOptions | number = {},
): Tensor {
  const { alpha = 0.2, reduction = 'mean' } = typeof options === 'number' ? { alpha: options } : options;
  requireNumber('triplet_loss', 'alpha', alpha);
  if (reduction !== 'mean' && reduction !== 'sum') {
    throw badArgument('triplet_loss', 'reduction', reduction, "'mean' or 'sum'");
  }
  requireMatrix('triplet_loss', 'anchor', anchor);
  requireMatrix('triplet_loss', 'positive', positive);
  requireMatrix('triplet_loss', 'negative', negative);
  requireAlike('triplet_loss', ['anchor', 'positive'], anchor, positive, [0, 1]);
  requireAlike('triplet_loss', ['anchor', 'negative'], anchor, negative, [0, 1]);
  const toPositive = anchor.sub(positive);
  const toNegative = anchor.sub(negative);
  const positiveSquared = toPositive.mul(toPositive).sum(1);
  const negativeSquared = toNegative.mul(toNegative).sum(1);
  check(
    positiveSquared.add(negativeSquared).lt(Infinity),
    ([row]) =>
      `triplet_loss: anchor, positive, negative: row ${row} has a feature that is NaN, infinite or too large to be squared, expected finite ones`,
  );
  const terms = positiveSquared.sub(negativeSquared).add(alpha).clamp({ min: 0 });
  return reduction === 'mean' ? terms.mean() : terms.sum();
}

/**
 * Splits interleaved rows (anchor, positive, negative, anchor, …) into three matrices.
 * Origin: seed 001, `tf.unstack(tf.reshape(embeddings, (-1, 3, D)), axis=1)`.
 * @param embeddings [3 T, D], floating.
 * @returns [anchor, positive, negative], each [T, D].
 * @throws for other ranks and dtypes, and unless the number of rows is a multiple of 3.
 * @example const [anchor, positive, negative] = unstack_triplets(embeddings);
 */
export function unstack_triplets(embeddings: Tensor): [Tensor, Tensor, Tensor] {
  requireMatrix('unstack_triplets', 'embeddings', embeddings);
  const [rows, features] = embeddings.shape;
  if (rows % 3 !== 0) {
    throw badArgument('unstack_triplets', 'embeddings', embeddings, 'rows in threes (anchor, positive, negative)');
  }
  const triplets = embeddings.reshape(-1, 3, features);
  return [triplets.select(1, 0), triplets.select(1, 1), triplets.select(1, 2)];
}
