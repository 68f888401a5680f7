import { autograd, tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { drawn, matrix } from '../../../test/fixtures/batches.js';
import { gradientOf } from '../../../test/fixtures/derivatives.js';
import { normalize, pairwise_distances, pdist_np, pdist_torch } from './index.js';

const equalRows = matrix([
  [1, 2],
  [1, 2],
  [4, 6],
]);

describe('pdist_torch', () => {
  it('puts equal rows at 1e-6 and passes no gradient between them', () => {
    expect(pdist_torch(equalRows, equalRows).index(0, 1).item()).toBeCloseTo(1e-6, 15);
    const { gradient } = gradientOf((x) => pdist_torch(x, x).index(0, 1), equalRows);
    expect(gradient.abs().max().item()).toBe(0);
  });

  it('has one row per row of the first matrix', () => {
    expect(pdist_torch(drawn(2, 'a'), drawn(5, 'b')).shape).toEqual([2, 5]);
  });

  it('refuses what does not fit', () => {
    const a = matrix([[1, 2]]);
    expect(() => pdist_torch(a, matrix([[1]]))).toThrowErrorMatchingInlineSnapshot(
      `[Error: pdist_torch: emb2: got float64[1, 1], expected float64[…, 2], as emb1 float64[1, 2] has it]`,
    );
    expect(() => pdist_torch(a, a.float())).toThrowErrorMatchingInlineSnapshot(
      `[Error: pdist_torch: emb2: got float32[1, 2], expected float64[…, 2], as emb1 float64[1, 2] has it]`,
    );
    expect(() => pdist_torch(a.index(0), a)).toThrowErrorMatchingInlineSnapshot(
      `[Error: pdist_torch: emb1: got float64[2], expected a floating matrix [rows, features]]`,
    );
    expect(() => pdist_torch(a.long(), a)).toThrowErrorMatchingInlineSnapshot(
      `[Error: pdist_torch: emb1: got int64[1, 2], expected a floating matrix [rows, features]]`,
    );
  });
});

describe('pdist_np', () => {
  it('is squared and not clamped', () => {
    expect(pdist_np(matrix([[0, 0]]), matrix([[3, 4]])).item()).toBe(25);
    // 0.1² + 0.3² and the product round differently in float32.
    const rows = tensor(Array.from({ length: 64 }, (_, i) => [0.1 * i + 0.1, 0.3 * i + 1.7, 1.1 * i]));
    const squares = pdist_np(rows, rows);
    const clamped = pdist_torch(rows, rows).square();
    expect(squares.sub(clamped).min().item()).toBeLessThan(0);
  });
});

describe('pairwise_distances', () => {
  it('is exactly 0 with gradient 0 at equal rows and on the diagonal', () => {
    const distances = pairwise_distances(equalRows);
    expect(distances.tolist()).toEqual([
      [0, 0, 5],
      [0, 0, 5],
      [5, 5, 0],
    ]);
    const { gradient } = gradientOf((x) => pairwise_distances(x).index(0, 1), equalRows);
    expect(gradient.abs().max().item()).toBe(0);
  });

  it('without clamp gives NaN where rounding makes a square negative, as seed 000, and 0 with it, as seed 004', () => {
    // Differences of 1e-5 beside features of 100: in float32 the squares are rounding errors of either sign.
    const close = tensor(Array.from({ length: 16 }, (_, i) => [100.1 + i * 1e-5, 33.3 - i * 2e-5, 7.7]));
    const squares = pairwise_distances(close, { squared: true, clamp: false });
    expect(squares.min().item()).toBeLessThan(0);
    expect(pairwise_distances(close, { clamp: false }).isnan().sum().item()).toBe(squares.lt(0).sum().item());
    expect(pairwise_distances(close).isnan().any().item()).toBe(0);
    expect(pairwise_distances(close).min().item()).toBe(0);
  });

  it('refuses vectors', () => {
    expect(() => pairwise_distances(tensor([1, 2]))).toThrowErrorMatchingInlineSnapshot(
      `[Error: pairwise_distances: embeddings: got float32[2], expected a floating matrix [rows, features]]`,
    );
  });
});

describe('normalize', () => {
  it('adds 1e-12 to the length', () => {
    expect(normalize(matrix([[3e-12, 4e-12]])).tolist()).toEqual([[3e-12 / 6e-12, 4e-12 / 6e-12]]);
  });

  it('leaves a zero vector, with gradient 1e12', () => {
    const x = matrix([[0, 0]]).requires_grad_();
    const y = normalize(x);
    expect(y.tolist()).toEqual([[0, 0]]);
    expect(autograd.grad(y.sum(), [x])[0].tolist()).toEqual([[1e12, 1e12]]);
  });

  it('takes another axis', () => {
    const columns = normalize(drawn(4, 'normalize'), 0);
    expect(columns.t().equal(normalize(drawn(4, 'normalize').t()))).toBe(true);
    expect(columns.square().sum(0).tolist()).toEqual([1, 1, 1].map((one) => expect.closeTo(one, 10) as number));
  });

  it('refuses integers', () => {
    expect(() => normalize(tensor([1, 2], { dtype: 'int64' }))).toThrowErrorMatchingInlineSnapshot(
      `[Error: normalize: x: got int64[2], expected a floating tensor; convert it with .float()]`,
    );
  });
});
