import { autograd, where, zeros } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { trace } from '@reidgrad/core/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../../test/fixtures/batches.js';
import { batchAllOver, semiHardCubic } from '../../../../test/fixtures/cubic-triplets.js';
import { gradientOf, largestDifference } from '../../../../test/fixtures/derivatives.js';
import { tensorOf } from '../../../../test/fixtures/loss-calls.js';
import { get_anchor_negative_triplet_mask, get_anchor_positive_triplet_mask, pairwise_distances } from '../index.js';
import { maskedMaximum } from '../family/parts/extremes.js';
import type { Ties } from '../family/parts/extremes.js';
import { closestFarther } from './closest-farther.js';
import { hingeSums } from './hinge-sums.js';

/** batch_all over distances, from its sums. */
function batchAll(y: Tensor, distances: Tensor, margin: number): [Tensor, Tensor] {
  const positives = get_anchor_positive_triplet_mask(y);
  const negatives = get_anchor_negative_triplet_mask(y);
  const [sum, count] = hingeSums(distances, positives, negatives, margin, 1e-16).map((rows) => rows.sum());
  const triplets = positives.to(sum.dtype).sum(1).mul(negatives.to(sum.dtype).sum(1)).sum();
  return [sum.div(count.add(1e-16)), count.div(triplets.add(1e-16))];
}

/** The semi-hard loss over distances, from the closest negatives. */
function semiHard(y: Tensor, distances: Tensor, margin: number, ties: Ties): Tensor {
  const positives = get_anchor_positive_triplet_mask(y).to(distances.dtype);
  const negatives = get_anchor_negative_triplet_mask(y);
  const inside = maskedMaximum(distances, negatives.to(distances.dtype), ties, 1);
  const { values, exists } = closestFarther(distances, negatives, ties);
  const chosen = where(exists, values, inside);
  return distances.sub(chosen).add(margin).mul(positives).clamp({ min: 0 }).sum().div(positives.sum());
}

const relative = (a: Tensor, b: Tensor): number => largestDifference(a, b) / Math.max(1, b.abs().max().item());

/** Losses and gradients as functions of distances themselves, where any tie of the entries can be made. */
function expectEqual(y: Tensor, d: Tensor, margin: number, tolerance = 1e-10): void {
  const ours = gradientOf((x) => batchAll(y, x, margin), d);
  const cubic = gradientOf((x) => batchAllOver(y, x, margin), d);
  expect(relative(ours.outputs[0], cubic.outputs[0])).toBeLessThan(tolerance);
  expect(ours.outputs[1].item()).toBe(cubic.outputs[1].item());
  expect(relative(ours.gradient, cubic.gradient)).toBeLessThan(tolerance);
  for (const ties of ['even', 'first'] as const) {
    const semi = gradientOf((x) => semiHard(y, x, margin, ties), d);
    const reference = gradientOf((x) => semiHardCubic(y, x, margin, ties), d);
    if (Number.isNaN(reference.outputs[0].item())) {
      expect(semi.outputs[0].item()).toBeNaN();
    } else {
      expect(relative(semi.outputs[0], reference.outputs[0])).toBeLessThan(tolerance);
      expect(relative(semi.gradient, reference.gradient)).toBeLessThan(tolerance);
    }
  }
}

const margins = [0, 0.2, 1, 10, -0.3];

describe('sums over triplets in N² memory equal the cubic ones', () => {
  const batches: Record<string, [x: Tensor, y: Tensor]> = {
    'rows without ties': [drawn(23, 'subcubic/x'), drawnLabels(23, 5, 'subcubic/y')],
    'points of a grid': [coarse(24, 'subcubic/grid'), drawnLabels(24, 4, 'subcubic/grid y')],
    'equal rows only': [matrix(Array.from({ length: 6 }, () => [1, 2])), labels(0, 0, 1, 1, 2, 2)],
    'one class': [drawn(5, 'subcubic/one'), labels(3, 3, 3, 3, 3)],
    'distinct labels': [drawn(5, 'subcubic/distinct'), labels(0, 1, 2, 3, 4)],
    'two rows': [drawn(2, 'subcubic/two'), labels(1, 1)],
    'one row': [drawn(1, 'subcubic/row'), labels(1)],
  };
  const cases = Object.entries(batches).flatMap(([name, batch]) =>
    margins.flatMap((margin) => [false, true].map((squared) => ({ name, batch, margin, squared }))),
  );
  it.each(cases)('$name, margin $margin, squared $squared', ({ batch: [x, y], margin, squared }) => {
    expectEqual(y, pairwise_distances(x, { squared }).detach(), margin);
    expectEqual(y, pairwise_distances(x.float(), { squared }).detach(), margin, 1e-5);
  });

  it('for any labels and any distances, ties at the margin up to rounding included', () => {
    const batch = fc.integer({ min: 1, max: 9 }).chain((rows) =>
      fc.record({
        y: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: rows, maxLength: rows }),
        // Tenths: 0.3 - 0.1 - 0.2 is not 0 in binary, and 5.5e-17 for others is not counted.
        d: fc.array(
          fc.integer({ min: 0, max: 9 }).map((n) => n / 10),
          { minLength: rows * rows, maxLength: rows * rows },
        ),
        margin: fc.constantFrom(...margins, 0.1, 0.7),
        dtype: fc.constantFrom('float32' as const, 'float64' as const),
      }),
    );
    fc.assert(
      fc.property(batch, ({ y, d, margin, dtype }) => {
        const distances = tensorOf(d, [y.length, y.length], dtype);
        expectEqual(labels(...y), distances, margin, dtype === 'float32' ? 1e-5 : 1e-10);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('keeps small sums of large distances', () => {
    // One triplet is active by 2^-10 (another is at 0, not counted) where distances are 1000: differences of running sums would lose it in float32.
    const d = matrix(
      [
        [0, 1000 + 2 ** -10, 1000, 1500],
        [1800, 0, 1800, 1900],
        [1000, 1000, 0, 1000],
        [1000, 1000, 1000, 0],
      ],
      'float32',
    );
    const y = labels(0, 0, 1, 2);
    const positives = get_anchor_positive_triplet_mask(y);
    const [sums, counts] = hingeSums(d, positives, get_anchor_negative_triplet_mask(y), 0, 0);
    expect([sums.tolist(), counts.tolist()]).toEqual([
      [2 ** -10, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
  });

  it('is NaN where a distance is NaN or infinite', () => {
    for (const bad of [NaN, Infinity]) {
      const d = matrix([
        [0, 1, 2],
        [1, 0, 3],
        [2, bad, 0],
      ]);
      const y = labels(0, 0, 1);
      expect(batchAll(y, d, 1)[0].item()).toBeNaN();
    }
  });

  it('refuses more rows than its search reaches', () => {
    const sums = (one: Tensor): Tensor => {
      const distances = one.expand(65_536, 65_536);
      return hingeSums(distances, distances.eq(1), distances.eq(2), 0.3, 0)[0];
    };
    // Traced, so that nothing of that size is computed.
    expect(() => trace(sums, [zeros(1, 1)])).toThrow(
      'triplet loss: distances: got float32[65536, 65536], expected at most 65535 rows',
    );
  });

  it('is the same graph for every size, without a check', () => {
    const graphOf = (rows: number): ReturnType<typeof trace>['graph'] => {
      const loss = (x: Tensor, y: Tensor): Tensor[] => {
        const d = pairwise_distances(x);
        const value = batchAll(y, d, 0.3)[0].add(semiHard(y, d, 1, 'even'));
        return [value, ...autograd.grad(value, [x])];
      };
      const x = drawn(rows, 'subcubic/trace').requires_grad_();
      return trace(loss, [x, drawnLabels(rows, 3, 'subcubic/trace y')]).graph;
    };
    const [small, large] = [graphOf(5), graphOf(40)];
    expect(large.nodes.map(({ op }) => op)).toEqual(small.nodes.map(({ op }) => op));
    expect(small.checks).toEqual([]);
    // Nothing has more elements than a matrix of pairs.
    expect(Math.max(...large.values.map(({ shape }) => shape.reduce((n, size) => n * size, 1)))).toBe(40 * 40);
  });
});
