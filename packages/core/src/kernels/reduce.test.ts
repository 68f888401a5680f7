import { describe, expect, it } from 'vitest';
import { numelOf, type Shape } from '../dtype.js';
import type { Block } from '../ops/types.js';
import { block, get, indices, random, values } from './kernels.testing.js';
import { reduceKernels as kernels } from './reduce.js';

const nan = Number.NaN;

/** The elements that fold into each output, in row-major order. */
function groups(x: Block, dims: readonly number[]): number[][] {
  const kept = x.shape.map((size, d) => (dims.includes(d) ? 1 : size));
  return indices(kept).map((out) =>
    indices(x.shape)
      .filter((i) => out.every((o, d) => dims.includes(d) || o === i[d]))
      .map((i) => get(x, i)),
  );
}

const reference = {
  sum: (v: number[]) => v.reduce((a, b) => a + b, 0),
  mean: (v: number[]) => v.reduce((a, b) => a + b, 0) / v.length,
  prod: (v: number[]) => v.reduce((a, b) => a * b, 1),
  amax: (v: number[]) => Math.max(...v),
  amin: (v: number[]) => Math.min(...v),
  any: (v: number[]) => Number(v.some((x) => x !== 0)),
  all: (v: number[]) => Number(v.every((x) => x !== 0)),
};

const cases: [Shape, number[]][] = [
  [[], []],
  [[1], [0]],
  [[7], [0]],
  [[3, 5], [0]],
  [[3, 5], [1]],
  [
    [3, 5],
    [0, 1],
  ],
  [[2, 3, 4], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 3],
  ],
  [
    [2, 3, 4, 5],
    [1, 3],
  ],
  [[2, 1, 4], [1]],
  [[0, 3], [1]],
];

describe('reductions', () => {
  it.each(Object.keys(reference) as (keyof typeof reference)[])('%s over any dims', (name) => {
    for (const [shape, dims] of cases) {
      const x = name === 'any' || name === 'all' ? random('bool', shape, 3, 0, 2, 1) : random('float64', shape, 7);
      const out = shape.map((size, d) => (dims.includes(d) ? 1 : size));
      const expected = groups(x, dims).map(reference[name]);
      const actual = values(kernels[name], [x], x.dtype, out, { dims, keepdim: true });
      expect(actual.length).toBe(expected.length);
      actual.forEach((y, i) => expect(y).toBeCloseTo(expected[i], 10));
    }
  });

  it('has neutral elements for nothing', () => {
    const x = block('float32', [2, 0], []);
    const over = (name: keyof typeof reference) =>
      values(kernels[name], [x], 'float32', [2], { dims: [1], keepdim: false });
    expect(over('sum')).toEqual([0, 0]);
    expect(over('prod')).toEqual([1, 1]);
    expect(over('mean')).toEqual([nan, nan]);
    expect(over('any')).toEqual([0, 0]);
    expect(over('all')).toEqual([1, 1]);
  });

  it('lets NaN win in amax and amin, along runs and across rows', () => {
    const x = block('float32', [2, 3], [1, nan, 3, 4, 5, 6]);
    for (const name of ['amax', 'amin'] as const) {
      expect(values(kernels[name], [x], 'float32', [2], { dims: [1], keepdim: false })[0]).toBeNaN();
      const across = values(kernels[name], [x], 'float32', [3], { dims: [0], keepdim: false });
      expect(across.map(Number.isNaN)).toEqual([false, true, false]);
    }
  });

  it('sums float32 in double', () => {
    const n = 100_000;
    const x = block('float32', [n], new Float32Array(n).fill(0.1));
    expect(values(kernels.sum, [x], 'float32', [], { dims: [0], keepdim: false })).toEqual([
      Math.fround(Math.fround(0.1) * n),
    ]);
  });

  it('refuses int64 sums and products that a double would round', () => {
    const big = block('int64', [3], [2 ** 53 - 1, 2, -(2 ** 53 - 1)]);
    const all = { dims: [0], keepdim: false };
    expect(() => values(kernels.sum, [big], 'int64', [], all)).toThrow('sum: an int64 result exceeds 2^53');
    expect(() => values(kernels.prod, [big], 'int64', [], all)).toThrow('prod: an int64 result exceeds 2^53');
    expect(values(kernels.amax, [big], 'int64', [], all)).toEqual([2 ** 53 - 1]);
  });
});

describe('argmax and argmin', () => {
  it('give the first index of the extreme along any dim', () => {
    for (const [shape, dim] of [
      [[], 0],
      [[5], 0],
      [[3, 6], 1],
      [[6, 3], 0],
      [[2, 5, 3], 1],
    ] as [Shape, number][]) {
      // Few distinct values, so that ties occur.
      const x = random('float32', shape, 11, 0, 3, 1);
      const out = shape.map((size, d) => (d === dim ? 1 : size));
      const lanes = groups(x, [dim]);
      expect(values(kernels.argmax, [x], 'int64', out, { dim, keepdim: true })).toEqual(
        lanes.map((v) => v.indexOf(Math.max(...v))),
      );
      expect(values(kernels.argmin, [x], 'int64', out, { dim, keepdim: true })).toEqual(
        lanes.map((v) => v.indexOf(Math.min(...v))),
      );
      expect(lanes.length).toBe(numelOf(out));
    }
  });

  it('give the first NaN if there is one', () => {
    const values4 = [1, nan, 2, nan];
    expect(values(kernels.argmax, [block('float32', [4], values4)], 'int64', [], { dim: 0, keepdim: false })).toEqual([
      1,
    ]);
    const columns = block(
      'float32',
      [4, 2],
      values4.flatMap((v) => [v, v]),
    );
    expect(values(kernels.argmin, [columns], 'int64', [2], { dim: 0, keepdim: false })).toEqual([1, 1]);
  });

  it('give 0 where all are infinite', () => {
    const x = block('float32', [2, 2], new Array(4).fill(-Infinity));
    expect(values(kernels.argmax, [x], 'int64', [2], { dim: 0, keepdim: false })).toEqual([0, 0]);
  });
});

describe('cumsum', () => {
  it('sums up to each element along any dim', () => {
    const x = random('float64', [2, 4, 3], 5);
    for (const dim of [0, 1, 2]) {
      const expected = indices(x.shape).map((i) => {
        let total = 0;
        for (let k = 0; k <= i[dim]; k++)
          total += get(
            x,
            i.map((v, d) => (d === dim ? k : v)),
          );
        return total;
      });
      expect(values(kernels.cumsum, [x], 'float64', x.shape, { dim })).toEqual(expected);
    }
    expect(values(kernels.cumsum, [block('float32', [], [3])], 'float32', [], { dim: 0 })).toEqual([3]);
    expect(values(kernels.cumsum, [block('float32', [0], [])], 'float32', [0], { dim: 0 })).toEqual([]);
  });
});
