/** From distances [M, N] one positive and one negative distance per row. Each keeps what its origin does in empty rows. */
import { where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { largest, maskedMaximum, maskedMinimum, smallest } from './extremes.js';
import type { Ties } from './extremes.js';
import type { Pairs } from './mask.js';
import { softmax_weights, stableSoftmaxWeights } from './weights.js';

/** Per row the distance to its positive and to its negative, [M] each. */
export type Mined = [positive: Tensor, negative: Tensor];

/** Chooses them. */
export type Miner = (distances: Tensor, pairs: Pairs, ties: Ties) => Mined;

/**
 * The extreme entries of each row's selection, `dist[i][mask[i]].max()`: −Infinity without positives, Infinity without
 * negatives.
 */
export const hardestSelected: Miner = (distances, { positive, negative }, ties) => [
  largest(where(positive, distances, -Infinity), ties),
  smallest(where(negative, distances, Infinity), ties),
];

/** fast-reid's dense form: max(D · pos) and min(D · neg + pos · 1e9); 0 without positives, 1e9 without negatives. */
export const hardestFilled: Miner = (distances, { positive, negative }, ties) => {
  const [is_pos, is_neg] = [positive.to(distances.dtype), negative.to(distances.dtype)];
  return [largest(distances.mul(is_pos), ties), smallest(distances.mul(is_neg).add(is_pos.mul(1e9)), ties)];
};

/** omoindrot's: max(D · pos) and min(D + rowmax · (1 − neg)); 0 without positives, the row's largest without negatives. */
export const hardestBelowRowMax: Miner = (distances, { positive, negative }, ties) => {
  const rowMax = largest(distances, ties, 1, true);
  const notNegative = negative.logical_not().to(distances.dtype);
  return [
    largest(positive.to(distances.dtype).mul(distances), ties),
    smallest(distances.add(rowMax.mul(notNegative)), ties),
  ];
};

/** TensorFlow Addons': the row's smallest distance without positives, its largest without negatives. */
export const hardestShifted: Miner = (distances, { positive, negative }, ties) => [
  maskedMaximum(distances, positive.to(distances.dtype), ties, 1).squeeze(1),
  maskedMinimum(distances, negative.to(distances.dtype), ties, 1).squeeze(1),
];

/**
 * Softmax-weighted means: weights e^(alpha·D) over positives (the far ones count), e^(−alpha·D) over negatives (the near
 * ones count); 0 for an empty selection. `stable` weighs as `stableSoftmaxWeights`.
 */
export function weightedMeans(alpha: number, stable: boolean): Miner {
  const weightsOf = stable ? stableSoftmaxWeights : softmax_weights;
  const scaled = (x: Tensor): Tensor => (alpha === 1 ? x : x.mul(alpha));
  return (distances, { positive, negative }) => {
    const is_pos = positive.to(distances.dtype);
    const is_neg = negative.to(distances.dtype);
    const dist_ap = distances.mul(is_pos);
    const dist_an = distances.mul(is_neg);
    const weights_ap = weightsOf(scaled(dist_ap), is_pos);
    const weights_an = weightsOf(scaled(dist_an.neg()), is_neg);
    return [dist_ap.mul(weights_ap).sum(1), dist_an.mul(weights_an).sum(1)];
  };
}
