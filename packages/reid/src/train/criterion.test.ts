import { manual_seed, randn, tensor } from '@reidgrad/core';
import { OriTripletLoss, TripletLoss_WRT } from '@reidgrad/losses';
import { describe, expect, it } from 'vitest';
import { LOSSES } from '../config/index.js';
import { trainingCriterion, tripletTerm } from './criterion.js';

const labels = tensor([0, 0, 1, 1, 2, 2], { dtype: 'int64' });

describe('tripletTerm', () => {
  it.each(LOSSES)('%s has a finite loss, a gradient and a count', (name) => {
    manual_seed(1);
    const features = randn(6, 4).requires_grad_();
    const { loss, correct } = tripletTerm(name, 0.3)(features, labels);
    loss.backward();
    expect(loss.item()).toBeGreaterThan(0);
    expect(features.grad?.abs().sum().item()).toBeGreaterThan(0);
    expect(correct.item()).toBeGreaterThanOrEqual(0);
    expect(correct.item()).toBeLessThanOrEqual(6);
  });

  it('gives wrt and ori as they are', () => {
    manual_seed(1);
    const features = randn(6, 4);
    const wrt = new TripletLoss_WRT().forward(features, labels);
    expect(tripletTerm('wrt', 0.3)(features, labels).loss.item()).toBe(wrt[0].item());
    const ori = new OriTripletLoss(6, 0.7).forward(features, labels);
    expect(tripletTerm('ori', 0.7)(features, labels).loss.item()).toBe(ori[0].item());
    expect(tripletTerm('batch-all', 0.7)(features, labels).correct.item()).toBe(ori[1].item());
  });

  it('counts all rows where identities lie apart', () => {
    const features = tensor([
      [0, 0],
      [0, 0.1],
      [5, 0],
      [5, 0.1],
      [0, 5],
      [0, 5.1],
    ]);
    expect(tripletTerm('semi-hard', 0.3)(features, labels).correct.item()).toBe(6);
  });
});

describe('trainingCriterion', () => {
  it('adds cross-entropy to the triplet loss', () => {
    manual_seed(2);
    const features = randn(6, 4);
    const triplet = tripletTerm('ori', 0.3)(features, labels).loss.item();
    const criterion = trainingCriterion({ loss: 'ori', margin: 0.3 });
    // Equal logits: cross-entropy is log(3), smoothed or not.
    const { loss } = criterion({ features, logits: randn(6, 3).mul(0) }, labels);
    expect(loss.item()).toBeCloseTo(triplet + Math.log(3), 5);
  });
});
