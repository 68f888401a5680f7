import { manual_seed, randn, tensor } from '@reidgrad/core';
import { AGWTripletLoss, normalize, OriTripletLoss, TripletLoss_WRT } from '@reidgrad/losses';
import { describe, expect, it } from 'vitest';
import { LOSSES } from '../config/index.js';
import { metricTerm, trainingCriterion } from './criterion.js';
import type { LossTerms } from './criterion.js';

const labels = tensor([0, 0, 1, 1, 2, 2], { dtype: 'int64' });
const losses = LOSSES.filter((name) => name !== 'none');

type Settings = Parameters<typeof trainingCriterion>[0];

function termsOf(settings: Partial<Settings>, features = randn(6, 4)): LossTerms {
  const term = metricTerm({ loss: 'ori', margin: 0.3, normalize: 0, ...settings });
  if (term === null) throw new Error('expected a loss on features');
  return term(features, labels);
}

describe('metricTerm', () => {
  it.each(losses)('%s has a finite loss, a gradient and a count', (loss) => {
    manual_seed(1);
    const features = randn(6, 4).requires_grad_();
    const terms = termsOf({ loss }, features);
    terms.loss.backward();
    expect(terms.loss.item()).toBeGreaterThan(0);
    expect(features.grad?.abs().sum().item()).toBeGreaterThan(0);
    expect(terms.correct.item()).toBeGreaterThanOrEqual(0);
    expect(terms.correct.item()).toBeLessThanOrEqual(6);
  });

  it('gives wrt, ori and the soft margin as they are', () => {
    manual_seed(1);
    const features = randn(6, 4);
    const wrt = new TripletLoss_WRT().forward(features, labels);
    expect(termsOf({ loss: 'wrt' }, features).loss.item()).toBe(wrt[0].item());
    const ori = new OriTripletLoss(6, 0.7).forward(features, labels);
    expect(termsOf({ margin: 0.7 }, features).loss.item()).toBe(ori[0].item());
    expect(termsOf({ loss: 'batch-all', margin: 0.7 }, features).correct.item()).toBe(ori[1].item());
    const [soft] = new AGWTripletLoss().forward(features, labels);
    expect(termsOf({ loss: 'soft-margin' }, features).loss.item()).toBe(soft.item());
  });

  it.each([
    ['wrt', 1],
    ['ori', 1],
    ['wrt', 5],
  ] as const)('normalize scales the rows of %s to length %i', (loss, length) => {
    manual_seed(1);
    const features = randn(6, 4).mul(30);
    const scaled = termsOf({ loss, normalize: length }, features).loss.item();
    expect(scaled).toBe(termsOf({ loss }, normalize(features).mul(length)).loss.item());
    expect(scaled).not.toBe(termsOf({ loss }, features).loss.item());
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
    expect(termsOf({ loss: 'semi-hard' }, features).correct.item()).toBe(6);
  });

  it('has nothing for none', () => {
    expect(metricTerm({ loss: 'none', margin: 0.3, normalize: 1 })).toBeNull();
  });
});

describe('trainingCriterion', () => {
  // Equal logits: cross-entropy is log(3), smoothed or not.
  const crossEntropy = Math.log(3);
  const lossOf = (settings: Partial<Settings>): number => {
    manual_seed(2);
    const features = randn(6, 4);
    const criterion = trainingCriterion({ loss: 'ori', margin: 0.3, normalize: 0, ceWeight: 1, ...settings });
    return criterion({ features, logits: randn(6, 3).mul(0) }, labels).loss.item();
  };
  manual_seed(2);
  const triplet = termsOf({}).loss.item();

  it.each<[Partial<Settings>, number]>([
    [{}, triplet + crossEntropy],
    [{ ceWeight: 0.25 }, triplet + crossEntropy / 4],
    [{ ceWeight: 0 }, triplet],
    [{ loss: 'none' }, crossEntropy],
    [{ loss: 'none', ceWeight: 2 }, 2 * crossEntropy],
  ])('adds weighted cross-entropy to the loss on features: %o', (settings, expected) => {
    expect(lossOf(settings)).toBeCloseTo(expected, 5);
  });
});
