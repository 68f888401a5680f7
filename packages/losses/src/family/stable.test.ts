/** The stable twins: the same where the origin is sound, right where it is not. */
import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { drawn, labels, matrix } from '../../../../test/fixtures/batches.js';
import { gradientByDifferences, gradientOf, largestDifference } from '../../../../test/fixtures/derivatives.js';
import { tensorOf } from '../../../../test/fixtures/loss-calls.js';
import { generate } from '../../../../test/goldens/inputs.js';
import {
  AGWTripletLoss,
  CollapseMonitor,
  OriTripletLoss,
  TripletHardLoss,
  TripletLoss_ADP,
  TripletLoss_WRT,
  WeightedRegularizedTriplet,
  normalize,
  softmax_weights,
  stableSoftmaxWeights,
} from '../index.js';
import { distinctRows } from '../masks.js';
import { euclidean } from './parts/distance.js';

/** Four labels of four rows with 2048 features; distances near 7 at scale 1 and 350 at 50. */
const y = labels(...Array.from({ length: 16 }, (_, i) => i >> 2));
const features = (scale: number, dtype: 'float32' | 'float64' = 'float64'): Tensor =>
  tensorOf(generate({ shape: [16, 2048], low: -0.2, high: 0.2 }, 'stable/2048'), [16, 2048], dtype).mul(scale);

/** Distances between all rows. */
function matrixOf(x: Tensor, stable: boolean): Tensor {
  const distance = euclidean(stable);
  const points = distance.prepare(x, false);
  return distance.between(points, points, () => distinctRows(x));
}

describe('weights', () => {
  it('equal the origin within its sound range, gradient included', () => {
    for (const far of [0.5, 3, 6.5]) {
      const dist = matrix([[-far, -far - 1, -far - 3, 0]]);
      const mask = matrix([[1, 1, 1, 0]]);
      const run = (weights: typeof softmax_weights) =>
        gradientOf(
          (d) =>
            weights(d, mask)
              .mul(matrix([[1, 2, 5, 7]]))
              .sum(),
          dist,
        );
      const [origin, twin] = [run(softmax_weights), run(stableSoftmaxWeights)];
      expect(twin.outputs[0].item()).toBeCloseTo(origin.outputs[0].item(), 14);
      expect(largestDifference(twin.gradient, origin.gradient)).toBeLessThan(1e-14);
    }
    const positive = matrix([[0.3, 40, 90, 0]]);
    const mask = matrix([[1, 1, 1, 0]]);
    expect(largestDifference(stableSoftmaxWeights(positive, mask), softmax_weights(positive, mask))).toBeLessThan(
      1e-15,
    );
  });

  it('sum to 1 where those of the origin vanish', () => {
    for (const far of [14.2, 28.2, 70, 5000]) {
      const weights = stableSoftmaxWeights(matrix([[-far, -far - 1, 0]]), matrix([[1, 1, 0]]));
      const expected = [1 / (1 + Math.exp(-1)), 1 / (1 + Math.exp(1)), 0];
      expect(largestDifference(weights, matrix([expected]))).toBeLessThan(1e-6);
    }
  });

  it('are 0 in a row without any', () => {
    expect(stableSoftmaxWeights(matrix([[0, 0]]), matrix([[0, 0]])).tolist()).toEqual([[0, 0]]);
  });

  it('have the gradient of their values', () => {
    const mask = matrix([[1, 1, 1, 0]]);
    for (const far of [3, 6.8, 8, 30]) {
      const fn = (d: Tensor): Tensor =>
        stableSoftmaxWeights(d, mask)
          .mul(matrix([[1, 2, 5, 7]]))
          .sum();
      const dist = matrix([[-far, -far - 1, -far - 3, 0]]);
      expect(largestDifference(gradientOf(fn, dist).gradient, gradientByDifferences(fn, dist))).toBeLessThan(1e-8);
    }
  });
});

describe('far features', () => {
  it.each([10, 20, 50])('at scale %d the closest negative does not collapse', (scale) => {
    const x = features(scale);
    const [loss, fp, cn] = new WeightedRegularizedTriplet({ stable: true }).forward(x, y);
    const [, ap, an] = new AGWTripletLoss().forward(x, y);
    const [collapsed, , zero] = new WeightedRegularizedTriplet().forward(x, y);
    // A softmax-weighted mean lies between the extreme and the mean; here it is within a few units of the extreme.
    expect(cn.ge(an).all().item()).toBe(1);
    expect(cn.sub(an).max().item()).toBeLessThan(0.05 * an.min().item());
    expect(fp.sub(ap).abs().max().item()).toBeLessThan(0.05 * ap.min().item());
    expect(zero.max().item()).toBeLessThan(1e-6);
    expect(loss.item()).toBeLessThan(collapsed.item() / 2);
  });

  it('the loss grows with the scale as differences of distances do, in float32 as in float64', () => {
    for (const scale of [10, 20, 50]) {
      const at = (dtype: 'float32' | 'float64') =>
        new TripletLoss_WRT({ stable: true }).forward(features(scale, dtype), y);
      expect(Math.abs(at('float32')[0].item() / at('float64')[0].item() - 1)).toBeLessThan(1e-3);
    }
  });
});

describe('the soft forms', () => {
  it.each([
    ['TripletLoss_WRT', (x: Tensor, t: Tensor, stable: boolean) => new TripletLoss_WRT({ stable }).forward(x, t)[0]],
    [
      'AGWTripletLoss',
      (x: Tensor, t: Tensor, stable: boolean) =>
        new AGWTripletLoss(null, { stable, unequal_counts: 'per-row' }).forward(x, t)[0],
    ],
    [
      'TripletHardLoss',
      (x: Tensor, t: Tensor, stable: boolean) => new TripletHardLoss({ soft: true, stable }).call(t, x),
    ],
    [
      'TripletLoss_ADP',
      (x: Tensor, t: Tensor, stable: boolean) => new TripletLoss_ADP(1, 3, 0, { stable }).forward(x, t)[0],
    ],
  ] as const)('of %s overflow in float32, and with stable do not', (_name, loss) => {
    const x = matrix([[0], [400], [1], [900]], 'float32');
    const t = labels(0, 0, 1, 1);
    expect(loss(x, t, false).item()).toBe(Infinity);
    const { outputs, gradient } = gradientOf((inputs) => loss(inputs, t, true), x);
    expect([Number.isFinite(outputs[0].item()), gradient.isnan().any().item()]).toEqual([true, 0]);
  });
});

describe('roots and norms', () => {
  it('gives the diagonal of unit rows 1e-6 without gradient, and other distances as before', () => {
    const x = normalize(drawn(6, 'stable/unit').float());
    const [plain, twin] = [matrixOf(x, false), matrixOf(x, true)];
    expect(twin.diag().sub(1e-6).abs().max().item()).toBeLessThan(1e-12);
    const { gradient } = gradientOf((inputs) => matrixOf(inputs, true).diag().sum(), x);
    expect(gradient.abs().max().item()).toBe(0);
    expect(largestDifference(plain.triu(1), twin.triu(1))).toBeLessThan(1e-6);
  });

  it('a zero row that is normalised keeps its gradient in bounds', () => {
    const x = matrix([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    const t = labels(0, 0, 1, 1);
    const largest = (stable: boolean): number =>
      gradientOf((inputs) => new TripletLoss_WRT({ stable }).forward(inputs, t, true), x)
        .gradient.abs()
        .max()
        .item();
    expect(largest(false)).toBeGreaterThan(1e10);
    expect(largest(true)).toBeLessThan(10);
  });
});

describe('CollapseMonitor', () => {
  const warnings = (monitor: CollapseMonitor, steps: readonly (readonly [number, number])[]): (string | null)[] =>
    steps.map(([loss, distance]) => monitor.observe({ loss, distance }));

  it('warns of a run that collapses: a loss at its margin with shrinking distances', () => {
    // The embedding shrinks by a half per step; the loss is computed, not given.
    const monitor = new CollapseMonitor({ margin: 0.3, window: 3 });
    const x = drawn(8, 'collapse');
    const t = labels(0, 0, 1, 1, 2, 2, 3, 3);
    const seen = Array.from({ length: 14 }, (_, step) => {
      const rows = x.mul(0.5 ** step);
      return monitor.observe({
        loss: new OriTripletLoss(8, 0.3).forward(rows, t)[0].item(),
        distance: matrixOf(rows, false).mean().item(),
      });
    });
    expect(seen.slice(0, 3)).toEqual([null, null, null]);
    expect(seen.at(-1)).toMatch(
      /^CollapseMonitor: for \d+ steps the loss is at 0.300, its value when all embeddings are equal/,
    );
  });

  it('says nothing of a loss that passes, or stays while distances do not shrink', () => {
    const passing = [
      [0.3, 0.1],
      [0.3, 0.1],
      [0.1, 0.1],
      [0.3, 0.1],
    ] as const;
    expect(warnings(new CollapseMonitor({ margin: 0.3, window: 3 }), [[1, 5], ...passing])).toEqual(
      Array(5).fill(null),
    );
    const far = [
      [0.3, 5],
      [0.3, 5],
      [0.3, 5],
      [0.3, 4],
    ] as const;
    expect(warnings(new CollapseMonitor({ margin: 0.3, window: 3 }), far)).toEqual(Array(4).fill(null));
  });

  it('takes ln 2 for the soft form', () => {
    const steps = [
      [2, 5],
      [0.69, 0.1],
      [0.695, 0.1],
    ] as const;
    expect(warnings(new CollapseMonitor({ window: 2 }), steps).map((text) => text !== null)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('refuses settings that cannot work', () => {
    expect(() => new CollapseMonitor({ margin: -1 })).toThrow(
      'CollapseMonitor: margin: got -1, expected a number of at least 0, or null',
    );
    expect(() => new CollapseMonitor({ window: 0 })).toThrow(
      'CollapseMonitor: window: got 0, expected a number of at least 1',
    );
    expect(() => new CollapseMonitor({ shrinkage: 0 })).toThrow(
      'CollapseMonitor: shrinkage: got 0, expected a number above 0',
    );
  });
});
