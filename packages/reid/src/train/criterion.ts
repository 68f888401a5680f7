import type { Tensor } from '@reidgrad/core';
import { nn, no_grad } from '@reidgrad/core';
import {
  batch_all_triplet_loss,
  batch_hard_triplet_loss,
  OriTripletLoss,
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

/** A triplet loss on features [N, D] and labels [N]. */
export type TripletTerm = (features: Tensor, labels: Tensor) => LossTerms;

type LossName = TrainConfig['loss'];

/**
 * The triplet loss of a name. Losses that do not count correct rows themselves get the count of `OriTripletLoss`: rows
 * whose closest negative is not closer than their furthest positive.
 * @param margin of the hinge; `wrt` has none
 */
export function tripletTerm(name: LossName, margin: number): TripletTerm {
  // The batch size is an argument of the origin that nothing uses.
  const ori = new OriTripletLoss(0, margin);
  const wrt = new TripletLoss_WRT();
  const hard = new TripletHardLoss({ margin });
  const semiHard = new TripletSemiHardLoss({ margin });
  const counted =
    (lossOf: (features: Tensor, labels: Tensor) => Tensor): TripletTerm =>
    (features, labels) => ({
      loss: lossOf(features, labels),
      correct: no_grad(() => ori.forward(features, labels)[1]),
    });
  const terms: Readonly<Record<LossName, TripletTerm>> = {
    wrt: (features, labels) => {
      const [loss, correct] = wrt.forward(features, labels);
      return { loss, correct };
    },
    ori: (features, labels) => {
      const [loss, correct] = ori.forward(features, labels);
      return { loss, correct };
    },
    'batch-hard': counted((features, labels) => batch_hard_triplet_loss(labels, features, margin)),
    'batch-all': counted((features, labels) => batch_all_triplet_loss(labels, features, margin)[0]),
    hard: counted((features, labels) => hard.call(labels, features)),
    'semi-hard': counted((features, labels) => semiHard.call(labels, features)),
  };
  return terms[name];
}

/** What a network is trained with: cross-entropy with label smoothing, and a triplet loss. */
export type Criterion = (output: EmbeddingNetOutput, labels: Tensor) => LossTerms;

/** Cross-entropy with label smoothing on the logits plus the triplet loss on the features. */
export function trainingCriterion(config: Pick<TrainConfig, 'loss' | 'margin'>): Criterion {
  const crossEntropy = new nn.CrossEntropyLoss({ label_smoothing: RECIPE.labelSmoothing });
  const triplet = tripletTerm(config.loss, config.margin);
  return ({ features, logits }, labels) => {
    const { loss, correct } = triplet(features, labels);
    return { loss: crossEntropy.forward(logits, labels).mul(RECIPE.crossEntropyWeight).add(loss), correct };
  };
}
