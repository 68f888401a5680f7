import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../test/fixtures/batches.js';
import { gradientOf } from '../../../test/fixtures/derivatives.js';
import { batch_all_triplet_loss, pairwise_distances } from './index.js';

describe('batch_all_triplet_loss', () => {
  it('equals its definition, triplet by triplet', () => {
    const x = coarse(7, 'batch-all/x');
    const y = drawnLabels(7, 3, 'batch-all/y');
    const d = pairwise_distances(x).tolist() as number[][];
    const at = Array.from(y.toTypedArray(), Number);
    const rows = [...at.keys()];
    for (const margin of [0, 0.3, 5]) {
      const terms = rows.flatMap((a) =>
        rows.flatMap((p) =>
          rows
            .filter((n) => a !== p && at[a] === at[p] && at[a] !== at[n])
            .map((n) => Math.max(d[a][p] - d[a][n] + margin, 0)),
        ),
      );
      const positive = terms.filter((term) => term > 1e-16);
      const [loss, fraction] = batch_all_triplet_loss(y, x, margin);
      expect(loss.item()).toBeCloseTo(positive.reduce((sum, term) => sum + term, 0) / positive.length, 12);
      expect(fraction.item()).toBeCloseTo(positive.length / terms.length, 12);
    }
  });

  it('is 0 and 0 with gradient 0 for one label, for distinct labels and for one row', () => {
    for (const y of [labels(4, 4, 4), labels(1, 2, 3)]) {
      const { outputs, gradient } = gradientOf((x) => batch_all_triplet_loss(y, x, 0.3), drawn(3, 'batch-all/none'));
      expect([outputs[0].item(), outputs[1].item(), gradient.abs().max().item()]).toEqual([0, 0, 0]);
    }
    const [loss, fraction] = batch_all_triplet_loss(labels(1), matrix([[1, 2]]), 0.3);
    expect([loss.item(), fraction.item()]).toEqual([0, 0]);
  });

  it('is active at an exactly zero hinge, beside a positive one', () => {
    // Anchor 0: 1 - 2 + 1 = 0; anchor 1: 1 - 1 + 1 = 1. The loss is their sum over the count of positive ones.
    const { outputs, gradient } = gradientOf(
      (x) => batch_all_triplet_loss(labels(0, 0, 1), x, 1),
      matrix([[0], [1], [2]]),
    );
    expect([outputs[0].item(), outputs[1].item()]).toEqual([1, 0.5]);
    expect(gradient.tolist()).toEqual([[-1], [3], [-2]]);
  });

  it('gives the NaN of seed 000 without clamp', () => {
    const x = matrix(
      Array.from({ length: 16 }, (_, i) => [100.1 + i * 1e-5, 33.3 - i * 2e-5, 7.7]),
      'float32',
    );
    const y = drawnLabels(16, 3, 'batch-all/close');
    expect(batch_all_triplet_loss(y, x, 0.3, { clamp: false })[0].item()).toBeNaN();
    expect(batch_all_triplet_loss(y, x, 0.3)[0].item()).toBeGreaterThan(0);
  });
});
