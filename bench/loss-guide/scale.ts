/** What the weighted loss makes of features that are not normalised: arithmetic, no training. */
import { manual_seed, no_grad, randn, arange } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { normalize, pdist_torch, softmax_weights, stableSoftmaxWeights, TripletLoss_WRT } from '@reidgrad/losses';
import { SEEDS } from './grid.js';
import type { ScaleResult, ScaleRow } from './results.js';

export const SCALES = [1, 5, 10, 20, 50];
const [P, K, FEATURES] = [16, 4, 2048];
/** Of a row around the centre of its identity, which has standard deviation 1. */
const NOISE = 0.5;

const rounded = (value: Tensor): number => Number(value.item().toPrecision(6));

/** Rows of the length `scale`; those of an identity are about 0.63 · scale apart, others about 1.41 · scale. */
function features(seed: number, scale: number): { rows: Tensor; labels: Tensor } {
  manual_seed(seed);
  const centres = randn(P, 1, FEATURES).expand(P, K, FEATURES);
  const rows = centres.add(randn(P, K, FEATURES).mul(NOISE)).reshape(P * K, FEATURES);
  return { rows: normalize(rows).mul(scale), labels: arange(P * K).floor_divide(K) };
}

function rowOf(seed: number, scale: number): ScaleRow {
  const { rows, labels } = features(seed, scale);
  const distances = pdist_torch(rows, rows);
  const same = labels.unsqueeze(1).eq(labels.unsqueeze(0));
  const others = same.logical_not();
  const masked = distances.mul(others.to('float32'));
  const resultOf = (stable: boolean): ScaleResult => {
    const [loss, correct] = new TripletLoss_WRT({ stable }).forward(rows, labels);
    const weights = (stable ? stableSoftmaxWeights : softmax_weights)(masked.neg(), others);
    return {
      loss: rounded(loss),
      correct: correct.item(),
      weightSum: rounded(weights.sum(1).mean()),
      closestNegative: rounded(masked.mul(weights).sum(1).mean()),
    };
  };
  return {
    seed,
    scale,
    negative: rounded(distances.masked_fill(same, Infinity).amin(1).mean()),
    variants: { origin: resultOf(false), stable: resultOf(true) },
  };
}

/** All scales and seeds. */
export function scaleRows(): ScaleRow[] {
  return no_grad(() => SCALES.flatMap((scale) => SEEDS.map((seed) => rowOf(seed, scale))));
}
