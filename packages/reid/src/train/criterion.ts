import type { Tensor } from '@reidgrad/core';
import { nn, no_grad } from '@reidgrad/core';
import {
  AGWTripletLoss,
  batch_all_triplet_loss,
  batch_hard_triplet_loss,
  CircleLoss,
  MultiSimilarityLoss,
  MultiSimilarityMiner,
  normalize,
  OriTripletLoss,
  SupConLoss,
  TripletHardLoss,
  TripletLoss_WRT,
  TripletSemiHardLoss,
} from '@reidgrad/losses';
import type { TrainConfig } from '../config/index.js';
import type { EmbeddingNetOutput } from '../models/index.js';
import { RECIPE } from './recipe.js';

/** A loss and how many rows of the batch it counts as correct; both 0-d. */
export interface LossTerms {
  readonly loss: Tensor;
  readonly correct: Tensor;
}

/** A loss on features [N, D] and labels [N]. */
export type MetricTerm = (features: Tensor, labels: Tensor) => LossTerms;

/** Rows whose closest negative is not closer than their furthest positive, as `OriTripletLoss` counts them. */
function correctRows(features: Tensor, labels: Tensor): Tensor {
  // The batch size is an argument of the origin that nothing uses.
  return no_grad(() => new OriTripletLoss(0).forward(features, labels)[1]);
}

const counted =
  (lossOf: (features: Tensor, labels: Tensor) => Tensor): MetricTerm =>
  (features, labels) => ({ loss: lossOf(features, labels), correct: correctRows(features, labels) });

/** For losses that count correct rows themselves. */
const counting =
  (loss: { forward(features: Tensor, labels: Tensor): [Tensor, Tensor] }): MetricTerm =>
  (features, labels) => {
    const [value, correct] = loss.forward(features, labels);
    return { loss: value, correct };
  };

const TERMS: Readonly<Record<TrainConfig['loss'], (margin: number) => MetricTerm | null>> = {
  wrt: () => counting(new TripletLoss_WRT()),
  ori: (margin) => counting(new OriTripletLoss(0, margin)),
  'soft-margin': () => {
    const soft = new AGWTripletLoss(null, { unequal_counts: 'per-row' });
    return counted((features, labels) => soft.forward(features, labels)[0]);
  },
  'batch-hard': (margin) => counted((features, labels) => batch_hard_triplet_loss(labels, features, margin)),
  'batch-all': (margin) => counted((features, labels) => batch_all_triplet_loss(labels, features, margin)[0]),
  hard: (margin) => {
    const hard = new TripletHardLoss({ margin });
    return counted((features, labels) => hard.call(labels, features));
  },
  'semi-hard': (margin) => {
    const semiHard = new TripletSemiHardLoss({ margin });
    return counted((features, labels) => semiHard.call(labels, features));
  },
  circle: () => {
    // What Sun et al. advise for person re-identification, and fast-reid's defaults.
    const circle = new CircleLoss({ m: 0.25, gamma: 128 });
    return counted((features, labels) => circle.forward(features, labels));
  },
  'multi-similarity': () => {
    const [loss, miner] = [new MultiSimilarityLoss(), new MultiSimilarityMiner()];
    return counted((features, labels) => loss.forward(features, labels, miner.forward(features, labels)));
  },
  'sup-con': () => {
    const loss = new SupConLoss();
    return counted((features, labels) => loss.forward(features, labels));
  },
  none: () => null,
};

/**
 * The loss of a name, on features of the length `normalize` where that is not 0; null for `none`. Losses that do not count correct rows themselves get the
 * count of `OriTripletLoss`: rows whose closest negative is not closer than their furthest positive.
 */
export function metricTerm(config: Pick<TrainConfig, 'loss' | 'margin' | 'normalize'>): MetricTerm | null {
  const { loss, margin, normalize: length } = config;
  const term = TERMS[loss](margin);
  if (term === null || length === 0) return term;
  return (features, labels) => term(normalize(features).mul(length), labels);
}

/** What a network is trained with: its loss, and a count of correct rows. */
export type Criterion = (output: EmbeddingNetOutput, labels: Tensor) => LossTerms;

/** Cross-entropy with label smoothing on the logits, times its weight, plus the loss on the features. */
export function trainingCriterion(config: Pick<TrainConfig, 'loss' | 'margin' | 'normalize' | 'ceWeight'>): Criterion {
  const { ceWeight } = config;
  const term = metricTerm(config);
  const crossEntropy = new nn.CrossEntropyLoss({ label_smoothing: RECIPE.labelSmoothing });
  if (term === null) {
    return ({ features, logits }, labels) => ({
      loss: crossEntropy.forward(logits, labels).mul(ceWeight),
      correct: correctRows(features, labels),
    });
  }
  // Left out and not multiplied by 0, so that the classifier has no gradient and keeps its weights.
  if (ceWeight === 0) return ({ features }, labels) => term(features, labels);
  return ({ features, logits }, labels) => {
    const { loss, correct } = term(features, labels);
    return { loss: crossEntropy.forward(logits, labels).mul(ceWeight).add(loss), correct };
  };
}
