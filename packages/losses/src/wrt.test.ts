import { tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../test/fixtures/batches.js';
import { gradientOf, largestDifference, secondDerivatives } from '../../../test/fixtures/derivatives.js';
import { tensorOf } from '../../../test/fixtures/loss-calls.js';
import { softmaxWeightsLines, tripletLossWrtLines } from '../../../test/fixtures/wrt-lines.js';
import { generate } from '../../../test/goldens/inputs.js';
import { TripletLoss_WRT, normalize, pdist_torch, softmax_weights } from './index.js';
import { allRows, pairsWithSelf } from './family/parts/mask.js';
import { weightedMeans } from './family/parts/miner.js';

describe('TripletLoss_WRT', () => {
  for (const i of [1, 2, 3]) {
    for (const [kind, draw] of [
      ['drawn', drawn],
      ['coarse', coarse],
    ] as const) {
      it(`equals the seed's lines: ${kind} ${i}`, () => {
        const x = draw(8, `wrt/${kind} ${i}`);
        const y = drawnLabels(8, 3, `wrt/labels ${i}`);
        const ours = gradientOf((inputs) => new TripletLoss_WRT().forward(inputs, y), x);
        const seed = gradientOf((inputs) => tripletLossWrtLines(inputs, y), x);
        expect(ours.outputs[0].item()).toBeCloseTo(seed.outputs[0].item(), 12);
        expect(ours.outputs[1].item()).toBe(seed.outputs[1].item());
        // The diagonal is a rounding error under a root with slope up to 5e5, in both.
        expect(largestDifference(ours.gradient, seed.gradient)).toBeLessThan(1e-9);
      });
    }
  }

  it('gives cn = 0 without negatives, and no error', () => {
    const x = drawn(4, 'wrt/one class');
    const y = labels(7, 7, 7, 7);
    const [fp, cn] = weightedMeans(1, false)(pdist_torch(x, x), pairsWithSelf(allRows(y)), 'even');
    const [loss, correct] = new TripletLoss_WRT().forward(x, y);
    expect(cn.tolist()).toEqual([0, 0, 0, 0]);
    expect(loss.item()).toBeCloseTo(fp.exp().log1p().mean().item(), 12);
    expect(correct.item()).toBe(0);
  });

  it('works on one row', () => {
    const [loss, correct] = new TripletLoss_WRT().forward(matrix([[1, 2]]), labels(0));
    expect(loss.item()).toBeCloseTo(Math.log(2), 5);
    expect([correct.dtype, correct.item()]).toEqual(['int64', 0]);
  });

  it('collapses the closest negative for features that are far apart, as its origin does', () => {
    // Rows of 2048 drawn features: distances near 37 at scale 1. Only the 1e-6 in the weights makes cn vanish.
    const unit = tensorOf(generate({ shape: [8, 2048], low: -1, high: 1 }, 'wrt/far'), [8, 2048], 'float64');
    const y = labels(0, 0, 1, 1, 2, 2, 3, 3);
    const at = (scale: number): { cn: number; correct: number; loss: number } => {
      const x = unit.mul(scale);
      const [, cn] = weightedMeans(1, false)(pdist_torch(x, x), pairsWithSelf(allRows(y)), 'even');
      const [loss, correct] = new TripletLoss_WRT().forward(x, y);
      return { cn: cn.max().item(), correct: correct.item(), loss: loss.item() };
    };
    const near = at(0.1);
    expect([near.correct, near.loss < 1, near.cn > 3]).toEqual([8, true, true]);
    const far = at(1);
    expect([far.correct, far.cn < 1e-6, far.loss > 30]).toEqual([0, true, true]);
  });

  it('overflows beyond 88 in float32, with a gradient of NaN, as its origin does', () => {
    const y = labels(0, 0);
    const { outputs, gradient } = gradientOf(
      (x) => new TripletLoss_WRT().forward(x, y),
      matrix([[0], [200]], 'float32'),
    );
    expect(outputs[0].item()).toBe(Infinity);
    expect(gradient.isnan().all().item()).toBe(1);
  });

  it('normalises on request, by the sum with 1e-12', () => {
    const x = drawn(6, 'wrt/normalise');
    const y = labels(0, 0, 1, 1, 2, 2);
    const loss = (inputs: Tensor, flag: boolean): number => new TripletLoss_WRT().forward(inputs, y, flag)[0].item();
    expect(loss(x, true)).toBe(loss(normalize(x), false));
    expect(loss(x.mul(7), true)).toBeCloseTo(loss(x, true), 6);
    expect(loss(x.mul(7), false)).not.toBeCloseTo(loss(x, false), 1);
  });
});

describe('softmax_weights', () => {
  it('divides by the sum plus 1e-6', () => {
    const weights = softmax_weights(matrix([[0, 0]]), matrix([[1, 1]]));
    expect(weights.sum().item()).toBeCloseTo(2 / (2 + 1e-6), 13);
  });

  it('takes the maximum with masked entries as 0, so negative distances are not shifted', () => {
    const [w] = softmax_weights(matrix([[-20, 5]]), matrix([[1, 0]])).tolist() as number[][];
    expect(w).toEqual([Math.exp(-20) / (Math.exp(-20) + 1e-6), 0]);
  });

  it.each([
    [14.2, 0.977],
    [28.2, 3.6e-5],
    [70, 2.6e-23],
  ])('lets the weights of 60 negatives at distance %d sum to about %d', (distance, sum) => {
    const dist = matrix([[0, 0, 0, 0, ...Array.from({ length: 60 }, () => -distance)]]);
    const weights = softmax_weights(dist, dist.ne(0));
    // The distances are given to a tenth, and the sum is proportional to e^-d where it is small.
    expect(Math.abs(Math.log(weights.sum().item() / sum))).toBeLessThan(0.1);
  });

  it('keeps the gradient through the maximum, which reaches the 1e-6 only', () => {
    const { gradient } = gradientOf((dist) => softmax_weights(dist, matrix([[1, 1]])).index(0, 0), matrix([[2, 2]]));
    // z = 2 + 1e-6: through exp(d - m) alone ±(1/z - 1/z²) and -1/z²; m is the first entry and adds -1e-6 / z².
    const z = 2 + 1e-6;
    const [[first, second]] = gradient.tolist() as number[][];
    expect(first).toBeCloseTo(1 / z - 1 / z ** 2 - 1e-6 / z ** 2, 13);
    expect(second).toBeCloseTo(-1 / z ** 2, 13);
  });

  it.each([
    ['distances', 1],
    ['negative distances, whose maximum is a masked 0', -1],
  ])('has the derivatives of the formula: of %s', (_of, sign) => {
    const y = drawnLabels(5, 2, 'wrt/weights y');
    const { positive } = pairsWithSelf(allRows(y));
    const mask = positive.to('float64');
    const square = (name: string): Tensor => drawn(25, name).sum(1).reshape(5, 5);
    const dist = square('wrt/weights').abs().mul(sign).mul(mask);
    const upstream = square('wrt/upstream');
    const through = (weights: typeof softmax_weights, of: 'dist' | 'mask') => (x: Tensor) =>
      (of === 'dist' ? weights(x, mask) : weights(dist, x)).mul(upstream).sum();
    for (const of of ['dist', 'mask'] as const) {
      const at = of === 'dist' ? dist : mask;
      const [ours, formula] = [softmax_weights, softmaxWeightsLines].map((fn) => gradientOf(through(fn, of), at));
      expect(formula.gradient.abs().max().item()).toBeGreaterThan(1e-3);
      expect(largestDifference(ours.gradient, formula.gradient)).toBeLessThan(1e-14);
    }
    const second = secondDerivatives(through(softmax_weights, 'dist'), dist.add(0.01 * sign), upstream);
    expect(largestDifference(second.byAutograd, second.byDifferences)).toBeLessThan(1e-7);
  });

  it('accepts a bool mask and refuses integer distances and other shapes', () => {
    const dist = matrix([[1, 2]]);
    const asBool = softmax_weights(dist, tensor([[true, false]]));
    expect(asBool.equal(softmax_weights(dist, matrix([[1, 0]])))).toBe(true);
    expect(() => softmax_weights(dist.long(), dist)).toThrowErrorMatchingInlineSnapshot(
      `[Error: softmax_weights: dist: got int64[1, 2], expected a floating tensor; convert it with .float()]`,
    );
    expect(() => softmax_weights(dist, matrix([[1], [0]]))).toThrowErrorMatchingInlineSnapshot(
      `[Error: softmax_weights: mask: got float64[2, 1], expected float64[1, 2], as dist float64[1, 2] has it]`,
    );
  });
});
