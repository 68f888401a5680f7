import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../test/fixtures/batches.js';
import { gradientOf } from '../../../test/fixtures/derivatives.js';
import { batch_hard_triplet_loss, pairwise_distances } from './index.js';

describe('batch_hard_triplet_loss', () => {
  it('equals its definition, row by row', () => {
    const x = coarse(9, 'batch-hard/x');
    const y = drawnLabels(9, 4, 'batch-hard/y');
    const d = pairwise_distances(x).tolist() as number[][];
    const at = Array.from(y.toTypedArray(), Number);
    const terms = d.map((row, i) => {
      const positives = row.filter((_, j) => j !== i && at[j] === at[i]);
      const negatives = row.filter((_, j) => at[j] !== at[i]);
      return Math.max(Math.max(0, ...positives) - Math.min(...negatives) + 0.3, 0);
    });
    const mean = terms.reduce((sum, term) => sum + term, 0) / 9;
    expect(batch_hard_triplet_loss(y, x, 0.3).item()).toBeCloseTo(mean, 12);
  });

  it('costs hp - (row maximum) + margin without negatives, and the margin for one row', () => {
    const x = drawn(5, 'batch-hard/one label');
    expect(batch_hard_triplet_loss(labels(2, 2, 2, 2, 2), x, 0.7).item()).toBeCloseTo(0.7, 12);
    expect(batch_hard_triplet_loss(labels(2), matrix([[1, 2]]), 0.7).item()).toBe(0.7);
  });

  it('splits the gradient of tied negatives evenly', () => {
    const x = matrix([
      [0, 0],
      [0, 1],
      [2, 0],
      [-2, 0],
    ]);
    // Only the first row reaches a positive hinge, so this is its gradient over 4: 1/2 to each of rows 2 and 3.
    const { gradient } = gradientOf((e) => batch_hard_triplet_loss(labels(0, 0, 1, 2), e, 1.1), x);
    const rows = gradient.tolist() as number[][];
    expect(rows[2]).toEqual([expect.closeTo(-0.125, 12), 0]);
    expect(rows[3]).toEqual([expect.closeTo(0.125, 12), 0]);
  });

  it('is active at an exactly zero hinge', () => {
    // Row 0: 1 - 2 + 1 = 0; row 1: 1 - 1 + 1 = 1; row 2: 0 - 1 + 1 = 0. In row 1 the masked diagonal, 0 + row maximum,
    // ties with the negative and takes half, which the tied row maximum hands on to d(1, 0) and d(1, 2).
    const { outputs, gradient } = gradientOf(
      (x) => batch_hard_triplet_loss(labels(0, 0, 1), x, 1).mul(3),
      matrix([[0], [1], [2]]),
    );
    expect(outputs[0].item()).toBe(1);
    expect(gradient.tolist()).toEqual([[-0.75], [3.5], [-2.75]]);
  });
});
