import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { drawn, labels } from '../../../test/fixtures/batches.js';
import {
  gradientByDifferences,
  gradientOf,
  largestDifference,
  secondDerivatives,
} from '../../../test/fixtures/derivatives.js';
import type { LossResult } from '../../../test/fixtures/derivatives.js';
import {
  AGWTripletLoss,
  BagOfTricksTripletLoss,
  CrossEntropyLabelSmooth,
  DeepSupervision,
  FastReidTripletLoss,
  FastReidWeightedTriplet,
  OriTripletLoss,
  TripletHardLoss,
  TripletLoss_ADP,
  TripletLoss_WRT,
  TripletSemiHardLoss,
  WeightedRegularizedTriplet,
  batch_all_triplet_loss,
  batch_hard_triplet_loss,
  focal_loss,
  pairwise_cosface,
  pdist_np,
  pdist_torch,
  triplet_loss,
  unstack_triplets,
} from './index.js';

const y = labels(0, 1, 0, 2, 1, 0, 2, 3, 1);
// Nine rows with a singleton. Drawn rows are away from ties, where differences mean nothing.
const x = drawn(9, 'derivatives/x');
const balanced = labels(0, 1, 2, 0, 1, 2, 0, 1, 2);
const other = drawn(4, 'derivatives/other');

const functions: Record<string, (embeddings: Tensor) => LossResult> = {
  OriTripletLoss: (e) => new OriTripletLoss(9, 2).forward(e, y),
  TripletLoss_WRT: (e) => new TripletLoss_WRT().forward(e, y),
  batch_all_triplet_loss: (e) => batch_all_triplet_loss(y, e, 0.5),
  'batch_all_triplet_loss, squared': (e) => batch_all_triplet_loss(y, e, 0.5, { squared: true }),
  batch_hard_triplet_loss: (e) => batch_hard_triplet_loss(y, e, 0.5),
  'batch_hard_triplet_loss, squared': (e) => batch_hard_triplet_loss(y, e, 0.5, { squared: true }),
  'triplet_loss, mean': (e) => triplet_loss(...unstack_triplets(e), { alpha: 1 }),
  'triplet_loss, sum': (e) => triplet_loss(...unstack_triplets(e), { alpha: 1, reduction: 'sum' }),
  TripletHardLoss: (e) => new TripletHardLoss().call(y, e),
  'TripletHardLoss, soft': (e) => new TripletHardLoss({ soft: true }).call(y, e),
  'TripletHardLoss, angular': (e) => new TripletHardLoss({ distance_metric: 'angular' }).call(y, e),
  TripletSemiHardLoss: (e) => new TripletSemiHardLoss().call(y, e),
  'TripletSemiHardLoss, squared-L2': (e) => new TripletSemiHardLoss({ distance_metric: 'squared-L2' }).call(y, e),
  BagOfTricksTripletLoss: (e) => new BagOfTricksTripletLoss(2, { unequal_counts: 'per-row' }).forward(e, y),
  'AGWTripletLoss, soft, blocks': (e) => new AGWTripletLoss().forward(e, balanced),
  'FastReidTripletLoss, soft, cosine': (e) => new FastReidTripletLoss(0, true).forward(e, y),
  FastReidWeightedTriplet: (e) => new FastReidWeightedTriplet(2).forward(e, y),
  'WeightedRegularizedTriplet, stable': (e) => new WeightedRegularizedTriplet({ stable: true }).forward(e, y),
  'WeightedRegularizedTriplet, stable, far': (e) =>
    new WeightedRegularizedTriplet({ stable: true }).forward(e.mul(8), y)[0].mul(0.1),
  'TripletLoss_ADP, square': (e) => new TripletLoss_ADP(1.5, 0.5, 1).forward(e, y),
  pairwise_cosface: (e) => pairwise_cosface(e, y, 0.25, 4),
  'CrossEntropyLabelSmooth, with DeepSupervision': (e) =>
    DeepSupervision((l, t) => new CrossEntropyLabelSmooth(3, 0.2).forward(l, t), [e, e.mul(2)], y.remainder(3)),
  focal_loss: (e) => focal_loss(e, y.remainder(3), 0.25),
  pdist_torch: (e) => pdist_torch(e, other).sin().sum(),
  pdist_np: (e) => pdist_np(e, other).sin().sum(),
};

describe.each(Object.entries(functions))('%s', (_name, fn) => {
  it('has the gradient that differences show', () => {
    const { gradient } = gradientOf(fn, x);
    expect(gradient.abs().max().item()).toBeGreaterThan(1e-3);
    expect(largestDifference(gradient, gradientByDifferences(fn, x))).toBeLessThan(1e-7);
  });

  it('has the second derivative that differences of the gradient show', () => {
    const { byAutograd, byDifferences } = secondDerivatives(fn, x, drawn(9, 'derivatives/direction'));
    expect(byAutograd.isfinite().all().item()).toBe(1);
    expect(largestDifference(byAutograd, byDifferences)).toBeLessThan(1e-6);
  });
});
