import { matmul } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../test/fixtures/batches.js';
import { gradientOf } from '../../../test/fixtures/derivatives.js';
import { TripletHardLoss, TripletSemiHardLoss, pairwise_distances } from './index.js';

const dotProduct = (x: Tensor): Tensor => matmul(x, x.t());
const unitPair = matrix([
  [0, 1],
  [1, 0],
]);

describe('TripletHardLoss', () => {
  it('takes a function from embeddings to a matrix', () => {
    expect(new TripletHardLoss({ distance_metric: dotProduct }).call(labels(0, 0), unitPair).item()).toBe(0);
  });

  it('costs the margin without negatives, and nothing less for singletons far apart', () => {
    const x = matrix([[0], [1], [50]]);
    expect(new TripletHardLoss().call(labels(3, 3, 3), x).item()).toBe(1);
    expect(new TripletHardLoss({ margin: 2 }).call(labels(1, 2, 3), x).item()).toBe(2 / 3);
  });

  it('computes float16 in float32 and returns float16', () => {
    const x = drawn(6, 'tfa/half').half();
    const y = labels(0, 0, 1, 1, 2, 2);
    const half = new TripletHardLoss().call(y, x);
    expect(half.dtype).toBe('float16');
    expect(half.item()).toBe(new TripletHardLoss().call(y, x.float()).half().item());
  });

  it('overflows with soft as its formula does', () => {
    const x = matrix([[0], [100], [1]], 'float32');
    expect(new TripletHardLoss({ soft: true }).call(labels(0, 0, 1), x).item()).toBe(Infinity);
  });

  it('refuses an unknown metric and one that gives no matrix of distances', () => {
    const name: string = 'L1';
    expect(
      () =>
        // @ts-expect-error a caller without type checks
        new TripletHardLoss({ distance_metric: name }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[Error: TripletHardLoss: distance_metric: got 'L1', expected 'L2', 'squared-L2', 'angular' or a function]`,
    );
    const rowsOnly = new TripletHardLoss({ distance_metric: (x) => x.sum(1) });
    expect(() => rowsOnly.call(labels(0, 0), unitPair)).toThrowErrorMatchingInlineSnapshot(
      `[Error: TripletHardLoss: distance_metric: got float64[2], expected a function that gives [2, 2] for embeddings float64[2, 2]]`,
    );
  });
});

describe('TripletSemiHardLoss', () => {
  it('equals its definition, pair by pair', () => {
    const x = coarse(8, 'tfa/x');
    const y = drawnLabels(8, 3, 'tfa/y');
    const d = pairwise_distances(x).tolist() as number[][];
    const at = Array.from(y.toTypedArray(), Number);
    const terms = d.flatMap((row, i) => {
      const negatives = row.filter((_, k) => at[k] !== at[i]).sort((a, b) => a - b);
      const pairs = row.filter((_, j) => j !== i && at[j] === at[i]);
      return pairs.map((dij) => {
        const chosen = negatives.find((dik) => dik > dij) ?? negatives[negatives.length - 1];
        return Math.max(0.5 + dij - chosen, 0);
      });
    });
    const mean = terms.reduce((sum, term) => sum + term, 0) / terms.length;
    expect(new TripletSemiHardLoss({ margin: 0.5 }).call(y, x).item()).toBeCloseTo(mean, 12);
  });

  it('does not use the margin to select', () => {
    // d(0, 1) = 1; negatives of 0 at 1.2 and 9: the nearer is taken although it is within the margin.
    const x = matrix([[0], [1], [-1.2], [9]]);
    const near = new TripletSemiHardLoss({ margin: 1, distance_metric: (e) => e.sub(e.t()).abs() });
    // Pair (0, 1): 1 + 1 - 1.2; pair (1, 0): negatives at 2.2 and 8, 1 + 1 - 2.2 < 0.
    expect(near.call(labels(0, 0, 1, 2), x).item()).toBeCloseTo(0.8 / 2, 12);
  });

  it('is NaN without a positive pair', () => {
    expect(new TripletSemiHardLoss().call(labels(0, 1, 2), matrix([[0], [1], [2]])).item()).toBeNaN();
  });

  it('costs distance + margin without negatives', () => {
    const { outputs } = gradientOf((x) => new TripletSemiHardLoss().call(labels(0, 0), x), unitPair);
    expect(outputs[0].item()).toBeCloseTo(Math.SQRT2 + 1, 12);
    const withDot = new TripletSemiHardLoss({ distance_metric: dotProduct });
    expect(withDot.call(labels(0, 0), unitPair).item()).toBe(1);
  });
});
