/** Sorting and ranks against slow references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.js';
import { argsort, kthvalue, median, randn, sort, take_along_dim, tensor, topk } from './index.js';

/** Values on a small grid, so that ties are common, with NaN and the infinities. */
const value = fc.constantFrom(-2, -1, 0, 0.5, 1, 3, NaN, Infinity, -Infinity);
const lists = fc.array(value, { minLength: 1, maxLength: 9 });

const rankOf = (x: number): number => (Number.isNaN(x) ? Number.MAX_VALUE * 2 : x);

/** Positions in the order of a stable sort, by insertion. */
function slowOrder(values: readonly number[], descending: boolean): number[] {
  const order: number[] = [];
  values.forEach((x, i) => {
    const before = (j: number): boolean => {
      const y = values[j];
      if (Number.isNaN(x) && Number.isNaN(y)) return true;
      if (Number.isNaN(x)) return !descending;
      if (Number.isNaN(y)) return descending;
      return descending ? rankOf(y) >= rankOf(x) : rankOf(y) <= rankOf(x);
    };
    let at = order.length;
    while (at > 0 && !before(order[at - 1])) at--;
    order.splice(at, 0, i);
  });
  return order;
}

describe('sort', () => {
  it('orders stably in both directions, NaN largest', () => {
    fc.assert(
      fc.property(lists, fc.boolean(), (values, descending) => {
        const order = slowOrder(values, descending);
        const { values: sorted, indices } = sort(tensor(values, { dtype: 'float64' }), 0, descending);
        expect(indices.tolist()).toEqual(order);
        expect(sorted.tolist()).toEqual(order.map((i) => values[i]));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('sorts along any dim as argsort and take_along_dim do', () => {
    for (const dim of [0, 1, -1]) {
      const x = randn(3, 4, 2);
      expect(take_along_dim(x, argsort(x, dim), dim).tolist()).toEqual(sort(x, dim).values.tolist());
    }
  });

  it('keeps the dtype of integers and flags', () => {
    expect(sort(tensor([3, 1, 2], { dtype: 'int64' })).values.dtype).toBe('int64');
    const flags = sort(tensor([true, false, true])).values;
    expect([flags.dtype, flags.tolist()]).toEqual(['bool', [0, 1, 1]]);
  });
});

describe('topk, kthvalue and median', () => {
  it('are parts of the sorted list', () => {
    fc.assert(
      fc.property(lists, fc.nat(), (values, seed) => {
        const x = tensor(values, { dtype: 'float64' });
        const k = 1 + (seed % values.length);
        expect(topk(x, k).indices.tolist()).toEqual(slowOrder(values, true).slice(0, k));
        const ascending = slowOrder(values, false);
        expect(kthvalue(x, k).indices.item()).toBe(ascending[k - 1]);
        const nan = values.findIndex(Number.isNaN);
        expect(median(x, 0).indices.item()).toBe(nan >= 0 ? nan : ascending[(values.length - 1) >> 1]);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('differentiate', () => {
    const x = tensor(
      [
        [3, 1, 4, 1.5],
        [9, 2, 6, 5],
      ],
      { dtype: 'float64' },
    ).requires_grad_();
    gradcheck((t) => topk(t, 2).values, [x]);
    gradcheck((t) => median(t), [x]);
    gradgradcheck((t) => sort(t, 0, true).values.pow(3), [x]);
  });

  it('say what does not fit', () => {
    expect(() => topk(randn(3), 4)).toThrow(
      'topk: k: got 4, expected an integer from 0 to 3, the size of dim -1 of float32[3]',
    );
    expect(() => kthvalue(randn(3), 0)).toThrow(
      'kthvalue: k: got 0, expected an integer from 1 to 3, the size of dim -1 of float32[3]',
    );
    expect(() => median(randn(0))).toThrow('median: input: got float32[0], expected elements');
    expect(() => sort(randn(3), 1)).toThrow('sort: dim: got 1, expected an integer from -1 to 0 for float32[3]');
  });
});
