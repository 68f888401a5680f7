import { describe, expect, it } from 'vitest';
import type { Shape } from '../dtype.js';
import { block, get, indices, random, values } from './kernels.testing.js';
import { shapeKernels as kernels } from './shape.js';

describe('permute', () => {
  it.each([
    [[], []],
    [[5], [0]],
    [
      [20, 37],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [2, 3, 4],
      [0, 2, 1],
    ],
    [
      [2, 17, 5, 9],
      [0, 2, 3, 1],
    ],
    [
      [2, 17, 5, 9],
      [3, 1, 0, 2],
    ],
    [
      [3, 1, 4, 2],
      [2, 1, 3, 0],
    ],
    [
      [0, 3],
      [1, 0],
    ],
  ] as [number[], number[]][])('moves the dims of %j to %j', (shape, dims) => {
    const x = random('float32', shape, 1, 0, 1000, 1);
    const out = dims.map((d) => shape[d]);
    const expected = indices(out).map((i) =>
      get(
        x,
        shape.map((_, d) => i[dims.indexOf(d)]),
      ),
    );
    expect(values(kernels.permute, [x], 'float32', out, { dims })).toEqual(expected);
  });
});

describe('reshape and expand', () => {
  it('keeps the elements', () => {
    const x = random('int32', [2, 3], 2);
    expect(values(kernels.reshape, [x], 'int32', [3, 2], { shape: [3, 2] })).toEqual(Array.from(x.data));
  });

  it.each([
    [[], [2, 3]],
    [[3], [2, 3]],
    [
      [3, 1],
      [3, 40],
    ],
    [
      [2, 1, 3],
      [4, 2, 5, 3],
    ],
    [[1], [0]],
  ] as [Shape, Shape][])('repeats %j as %j', (from, shape) => {
    const x = random('float32', from, 3);
    const expected = indices(shape).map((i) => get(x, i));
    expect(values(kernels.expand, [x], 'float32', shape, { shape })).toEqual(expected);
  });
});

describe('slice and slice_scatter', () => {
  const cases = [
    { shape: [6], starts: [1], ends: [Infinity], steps: [2], out: [3] },
    { shape: [4, 50], starts: [1, 0], ends: [3, Infinity], steps: [1, 1], out: [2, 50] },
    { shape: [4, 5, 6], starts: [0, 1, 2], ends: [4, 5, 5], steps: [3, 2, 1], out: [2, 2, 3] },
    { shape: [3, 4], starts: [2, 1], ends: [2, 3], steps: [1, 1], out: [0, 2] },
  ];

  it.each(cases)('reads the slice of $shape', ({ shape, out, ...attrs }) => {
    const x = random('float32', shape, 4, 0, 1000, 1);
    const expected = indices(out).map((i) =>
      get(
        x,
        i.map((v, d) => attrs.starts[d] + v * attrs.steps[d]),
      ),
    );
    expect(values(kernels.slice, [x], 'float32', out, attrs)).toEqual(expected);
  });

  it.each(cases)('writes the slice of $shape, also in place', ({ shape, out, ...attrs }) => {
    const base = random('float32', shape, 4);
    const source = random('float32', out, 5, 100, 200, 1);
    const before = Array.from(base.data);
    const expected = [...before];
    for (const i of indices(out)) {
      const at = i.reduce((offset, v, d) => offset * shape[d] + attrs.starts[d] + v * attrs.steps[d], 0);
      expected[at] = get(source, i);
    }
    expect(values(kernels.slice_scatter, [base, source], 'float32', shape, attrs)).toEqual(expected);
    expect(Array.from(base.data)).toEqual(before);
    kernels.slice_scatter([base, source], [base], attrs);
    expect(Array.from(base.data)).toEqual(expected);
  });
});

describe('pad, cat and flip', () => {
  it('surrounds with the value', () => {
    const x = random('float32', [2, 3], 6);
    const out = [4, 6];
    const expected = indices(out).map(([r, c]) => (r >= 1 && r < 3 && c >= 2 && c < 5 ? get(x, [r - 1, c - 2]) : -7));
    const attrs = { before: [1, 2], after: [1, 1], value: -7 };
    expect(values(kernels.pad, [x], 'float32', out, attrs)).toEqual(expected);
    expect(
      values(kernels.pad, [block('float32', [0], [])], 'float32', [2], { before: [1], after: [1], value: 3 }),
    ).toEqual([3, 3]);
  });

  it.each([0, 1, 2])('joins along dim %i', (dim) => {
    const shape = (size: number) => [2, 3, 40].map((s, d) => (d === dim ? size : s));
    const parts = [random('float32', shape(2), 1), random('float32', shape(1), 2), random('float32', shape(4), 3)];
    const out = shape(7);
    const expected = indices(out).map((i) => {
      const [part, offset] = i[dim] < 2 ? [0, 0] : i[dim] < 3 ? [1, 2] : [2, 3];
      return get(
        parts[part],
        i.map((v, d) => (d === dim ? v - offset : v)),
      );
    });
    expect(values(kernels.cat, [block('float32', [0], []), ...parts], 'float32', out, { dim })).toEqual(expected);
  });

  it.each([[[]], [[0]], [[2]], [[0, 2]], [[0, 1, 2]]])('reverses dims %j', (dims) => {
    const x = random('float32', [2, 3, 4], 8, 0, 100, 1);
    const expected = indices(x.shape).map((i) =>
      get(
        x,
        i.map((v, d) => (dims.includes(d) ? x.shape[d] - 1 - v : v)),
      ),
    );
    expect(values(kernels.flip, [x], 'float32', x.shape, { dims })).toEqual(expected);
  });
});
