import { describe, expect, it } from 'vitest';
import type { Block } from '../ops/types.js';
import { indexKernels as kernels } from './index.js';
import { block, get, indices, random, values } from './kernels.testing.js';

const replaced = (index: readonly number[], dim: number, value: number): number[] =>
  index.map((v, d) => (d === dim ? value : v));

/** Writes `source[i]` to base at i with its `dim` replaced by the index, through `combine`. */
function scattered(base: Block, index: Block, source: Block, dim: number, combine: (a: number, b: number) => number) {
  const out = Array.from(base.data);
  for (const i of indices(index.shape)) {
    const to = replaced(i, dim, get(index, i)).reduce((offset, v, d) => offset * base.shape[d] + v, 0);
    out[to] = combine(out[to], get(source, i));
  }
  return out;
}

describe('index_select and index_add', () => {
  it.each([0, 1, 2])('takes and adds whole slices along dim %i', (dim) => {
    const x = random('float32', [4, 3, 5], 1, 0, 1000, 1);
    const index = block('int64', [4], [2, 0, 2, 1]);
    const shape = replaced(x.shape, dim, 4);
    const expected = indices(shape).map((i) => get(x, replaced(i, dim, index.data[i[dim]])));
    expect(values(kernels.index_select, [x, index], 'float32', shape, { dim })).toEqual(expected);

    const source = random('float32', shape, 2);
    const sum = Array.from(x.data);
    for (const i of indices(shape)) {
      sum[replaced(i, dim, index.data[i[dim]]).reduce((o, v, d) => o * x.shape[d] + v, 0)] += get(source, i);
    }
    expect(values(kernels.index_add, [x, index, source], 'float32', x.shape, { dim })).toEqual(sum);
    kernels.index_add([x, index, source], [x], { dim });
    expect(Array.from(x.data)).toEqual(sum);
  });

  it('takes nothing for an empty index', () => {
    const empty = block('int64', [0], []);
    expect(values(kernels.index_select, [random('float32', [2, 2], 1), empty], 'float32', [0, 2], { dim: 0 })).toEqual(
      [],
    );
  });

  it('adds bool as logic and checks int64 before writing', () => {
    const index = block('int64', [2], [0, 0]);
    const ones = block('bool', [2], [1, 1]);
    expect(values(kernels.index_add, [block('bool', [2], [0, 0]), index, ones], 'bool', [2], { dim: 0 })).toEqual([
      1, 0,
    ]);
    const big = block('int64', [1], [2 ** 52]);
    const more = block('int64', [2], [2 ** 52, 1]);
    expect(() => kernels.index_add([big, index, more], [big], { dim: 0 })).toThrow(
      'index_add: an int64 result exceeds 2^53',
    );
    expect(Array.from(big.data)).toEqual([2 ** 52]);
  });
});

describe('gather, scatter and scatter_add', () => {
  it.each([
    { shape: [4, 5], part: [4, 3], dim: 1 },
    { shape: [4, 5], part: [6, 5], dim: 0 },
    { shape: [4, 5], part: [2, 3], dim: 0 },
    { shape: [3, 4, 5], part: [2, 7, 4], dim: 1 },
    { shape: [3, 4, 5], part: [3, 4, 1], dim: 2 },
    { shape: [6], part: [9], dim: 0 },
  ])('index $shape by $part along dim $dim', ({ shape, part, dim }) => {
    const x = random('float64', shape, 3);
    const index = random('int64', part, 4, 0, shape[dim], 1);
    const expected = indices(part).map((i) => get(x, replaced(i, dim, get(index, i))));
    expect(values(kernels.gather, [x, index], 'float64', part, { dim })).toEqual(expected);

    const source = random('float64', part, 5);
    const ins = [x, index, source];
    const set = scattered(x, index, source, dim, (_, b) => b);
    const sum = scattered(x, index, source, dim, (a, b) => a + b);
    expect(values(kernels.scatter, ins, 'float64', shape, { dim })).toEqual(set);
    expect(values(kernels.scatter_add, ins, 'float64', shape, { dim })).toEqual(sum);
    const copy = block('float64', shape, x.data);
    kernels.scatter([copy, index, source], [copy], { dim });
    expect(Array.from(copy.data)).toEqual(set);
  });

  it('takes 0-d tensors as one element', () => {
    const [x, i] = [block('float32', [], [7]), block('int64', [], [0])];
    expect(values(kernels.gather, [x, i], 'float32', [], { dim: 0 })).toEqual([7]);
  });

  it('names an index out of range and writes nothing', () => {
    const x = block('float32', [3], [1, 2, 3]);
    const source = block('float32', [2], [8, 9]);
    for (const name of ['scatter', 'scatter_add', 'index_add'] as const) {
      expect(() => kernels[name]([x, block('int64', [2], [0, 3]), source], [x], { dim: 0 })).toThrow(
        `${name}: index: got 3, expected an integer from 0 to 2 at dim 0`,
      );
    }
    expect(Array.from(x.data)).toEqual([1, 2, 3]);
    for (const name of ['gather', 'index_select'] as const) {
      expect(() => values(kernels[name], [x, block('int64', [1], [-1])], 'float32', [1], { dim: 0 })).toThrow(
        `${name}: index: got -1`,
      );
    }
  });
});
