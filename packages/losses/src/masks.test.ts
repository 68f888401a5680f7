import { tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { drawnLabels, labels } from '../../../test/fixtures/batches.js';
import { get_anchor_negative_triplet_mask, get_anchor_positive_triplet_mask, get_triplet_mask } from './index.js';

describe('masks', () => {
  it('hold on the sample of the numpy file', () => {
    const y = labels(1, 0, 1);
    expect(get_anchor_positive_triplet_mask(y).tolist()).toEqual([
      [0, 0, 1],
      [0, 0, 0],
      [1, 0, 0],
    ]);
    expect(get_anchor_negative_triplet_mask(y).tolist()).toEqual([
      [0, 1, 0],
      [1, 0, 1],
      [0, 1, 0],
    ]);
    expect(get_triplet_mask(y).nonzero().tolist()).toEqual([
      [0, 2, 1],
      [2, 0, 1],
    ]);
  });

  it('follow their definitions for every triplet', () => {
    const y = drawnLabels(7, 3, 'masks/labels');
    const at = Array.from(y.toTypedArray(), Number);
    const expected = at.map((i, a) =>
      at.map((j, p) => at.map((k, n) => Number(a !== p && a !== n && p !== n && i === j && i !== k))),
    );
    expect(get_triplet_mask(y).tolist()).toEqual(expected);
    expect(get_triplet_mask(y).dtype).toBe('bool');
  });

  it('refuse labels of other dtypes and ranks', () => {
    expect(() => get_triplet_mask(tensor([1, 0, 1]))).toThrowErrorMatchingInlineSnapshot(
      `[Error: get_triplet_mask: labels: got float32[3], expected integers [rows]; convert it with .long()]`,
    );
    expect(() => get_anchor_positive_triplet_mask(tensor([true, false]))).toThrowErrorMatchingInlineSnapshot(
      `[Error: get_anchor_positive_triplet_mask: labels: got bool[2], expected integers [rows]; convert it with .long()]`,
    );
    expect(() => get_anchor_negative_triplet_mask(labels(1, 0).unsqueeze(1))).toThrowErrorMatchingInlineSnapshot(
      `[Error: get_anchor_negative_triplet_mask: labels: got int64[2, 1], expected one dim [rows]; flatten it with .view(-1)]`,
    );
  });
});
