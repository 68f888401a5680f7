/** Index forms, gather and broadcasting against slow references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arange, index, ones, slice, tensor, zeros } from '../functions/index.js';
import type { Subscript } from '../functions/indexing.js';
import type { Tensor } from '../tensor.js';

type Nested = number | Nested[];

const long = (values: number[]): Tensor => tensor(values, { dtype: 'int64' });
const cube = (): Tensor => arange(24).reshape(2, 3, 4).clone();

/** x[i][j][k] of the cube. */
const at = (i: number, j: number, k: number): number => i * 12 + j * 4 + k;
const rows = (i: number): Nested => [0, 1, 2].map((j) => [0, 1, 2, 3].map((k) => at(i, j, k)));

const forms: readonly (readonly [string, Subscript[], Nested])[] = [
  ['a number', [1], rows(1)],
  ['a negative number', [-1], rows(1)],
  ['numbers', [1, 2, 3], at(1, 2, 3)],
  ['a text number', ['-2'], rows(0)],
  ['a slice', [slice(0, 1)], [rows(0)]],
  ['an open slice', [0, slice(1, null)], [1, 2].map((j) => [0, 1, 2, 3].map((k) => at(0, j, k)))],
  ['a step', [0, 0, slice(null, null, 3)], [0, 3]],
  ['a text slice', [0, '0:2', '1:'], [0, 1].map((j) => [1, 2, 3].map((k) => at(0, j, k)))],
  ['negative ends', [0, 0, '-3:-1'], [1, 2]],
  ['ends beyond the size', [0, 0, '2:99'], [2, 3]],
  ['an empty slice', [0, 0, '3:1'], []],
  ['a colon', [':', 0, 0], [0, 12]],
  ['dots', ['...', 0], [0, 1].map((i) => [0, 1, 2].map((j) => at(i, j, 0)))],
  ['dots in the middle', [1, '...', 0], [0, 1, 2].map((j) => at(1, j, 0))],
  ['null', [null, 0, 0], [[0, 1, 2, 3]]],
  ['null at the end', [0, 0, '0:2', null], [[0], [1]]],
  ['a list', [0, [2, 0]], [2, 0].map((j) => [0, 1, 2, 3].map((k) => at(0, j, k)))],
  ['an index tensor', [0, 0, long([3, -1, 0])], [3, 3, 0]],
  ['index tensors', [long([0, 1]), long([1, 2]), 3], [at(0, 1, 3), at(1, 2, 3)]],
  [
    'broadcast index tensors',
    [long([0, 1]).unsqueeze(1), long([0, 2])],
    [0, 1].map((i) => [0, 2].map((j) => [0, 1, 2, 3].map((k) => at(i, j, k)))),
  ],
  [
    'an index matrix',
    [0, 0, long([0, 1, 2, 3]).reshape(2, 2)],
    [
      [0, 1],
      [2, 3],
    ],
  ],
  ['a mask', [cube().gt(21)], [22, 23]],
  ['a mask of the first dims', [cube().select(2, 0).gt(12)], [1, 2].map((j) => [0, 1, 2, 3].map((k) => at(1, j, k)))],
  [
    'a mask of the last dim',
    ['...', tensor([true, false, false, true])],
    [0, 1].map((i) => [0, 1, 2].map((j) => [0, 3].map((k) => at(i, j, k)))),
  ],
  ['a uint8 mask', [0, 0, tensor([1, 0, 0, 1], { dtype: 'uint8' })], [0, 3]],
  ['a mask that holds nothing', [cube().gt(99)], []],
];

describe('index', () => {
  it.each(forms)('%s', (_, subscripts, expected) => {
    expect(
      cube()
        .index(...subscripts)
        .tolist(),
    ).toEqual(expected);
    expect(index(cube(), ...subscripts).tolist()).toEqual(expected);
  });

  it.each(forms)('index_put_ with %s writes those elements only', (_, subscripts) => {
    const x = cube();
    const chosen = new Set(
      [
        cube()
          .index(...subscripts)
          .tolist(),
      ].flat(3) as number[],
    );
    x.index_put_(subscripts, -5);
    const expected = Array.from({ length: 24 }, (_, i) => (chosen.has(i) ? -5 : i));
    expect(x.reshape(-1).tolist()).toEqual(expected);
  });

  it.each(forms)('the gradient of %s counts uses', (_, subscripts) => {
    const x = cube().double().requires_grad_();
    const picked = x.index(...subscripts);
    picked.sum().backward();
    const counts = new Array<number>(24).fill(0);
    for (const i of [
      cube()
        .index(...subscripts)
        .tolist(),
    ].flat(3) as number[])
      counts[i]++;
    expect(x.grad?.reshape(-1).tolist()).toEqual(counts);
  });

  it('rejects what PyTorch rejects', () => {
    expect(() => cube().index(2)).toThrow(
      'index: index: got 2, expected an integer from -2 to 1 for dim 0 of int64[2, 3, 4]',
    );
    expect(() => cube().index(0, 0, 0, 0)).toThrow(
      'index: subscripts: got [0, 0, 0, 0], expected at most 3 for int64[2, 3, 4]',
    );
    expect(() => cube().index(long([2]))).toThrow(
      'index: index of dim 0: got 2 at position 0, expected integers from -2 to 1',
    );
    expect(() => cube().index(tensor([0.5]))).toThrow(
      'index: subscript of dim 0: got float32[1], expected integers or bool',
    );
    expect(() => cube().index(tensor([true]))).toThrow(
      'index: mask of dim 0: got bool[1], expected shape [2], for int64[2, 3, 4]',
    );
    expect(() => cube().index('...', '...')).toThrow(
      "index: subscripts: got ['...', '...'], expected '...' once at most",
    );
    expect(() => cube().index('a:b')).toThrow("index: subscript: got 'a:b', expected");
    expect(() => slice(0, 4, 0)).toThrow('slice: step: got 0, expected an integer of at least 1');
    expect(() => cube().index_put_([0], ones(5))).toThrow('index_put_: value: got int64[5], expected');
  });
});

describe('index_put_', () => {
  it('adds at repeated indices with accumulate', () => {
    const x = zeros(3);
    x.index_put_([long([1, 1, 2])], tensor([1, 2, 4]), true);
    expect(x.tolist()).toEqual([0, 3, 4]);
  });

  it('takes a value with leading sizes of 1 more', () => {
    const x = zeros(2, 3);
    x.index_put_([0], tensor([[1, 2, 3]]));
    expect(x.tolist()).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ]);
  });

  it('broadcasts rows over index tensors and masks', () => {
    const x = zeros(3, 2);
    x.index_put_([long([0, 2])], tensor([1, 2]));
    expect(x.tolist()).toEqual([
      [1, 2],
      [0, 0],
      [1, 2],
    ]);
    x.index_put_([tensor([false, true, true])], tensor([7, 8]));
    expect(x.tolist()).toEqual([
      [1, 2],
      [7, 8],
      [7, 8],
    ]);
    x.index_put_([x.gt(7)], tensor([100, 200]));
    expect(x.tolist()).toEqual([
      [1, 2],
      [7, 100],
      [7, 200],
    ]);
  });

  it('sends gradients to what was written and to what was kept', () => {
    const w = ones([3], { requires_grad: true });
    const v = tensor([2], { requires_grad: true });
    const y = w.mul(3);
    y.index_put_([tensor([true, false, false])], v);
    y.mul(tensor([10, 20, 30]))
      .sum()
      .backward();
    expect(w.grad?.tolist()).toEqual([0, 60, 90]);
    expect(v.grad?.tolist()).toEqual([10]);
    const z = w.mul(3);
    z.index_put_([z.gt(0)], 0);
    z.sum().backward();
    expect(w.grad?.tolist()).toEqual([0, 60, 90]);
  });
});

const shapePairs = fc
  .array(fc.record({ size: fc.integer({ min: 1, max: 3 }), a: fc.boolean(), b: fc.boolean() }), { maxLength: 4 })
  .chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      dropA: fc.nat(dims.length),
      dropB: fc.nat(dims.length),
    }),
  );

describe('broadcasting', () => {
  it('reads elements where a slow reference does', () => {
    fc.assert(
      fc.property(shapePairs, ({ dims, dropA, dropB }) => {
        const a = dims.map(({ size, a: one }) => (one ? 1 : size)).slice(dropA);
        const b = dims.map(({ size, b: one }) => (one ? 1 : size)).slice(dropB);
        const make = (shape: number[]): Tensor => arange(shape.reduce((x, y) => x * y, 1)).reshape(shape);
        const [x, y] = [make(a), make(b)];
        const rank = Math.max(a.length, b.length);
        const pad = (shape: number[]): number[] => [...new Array<number>(rank - shape.length).fill(1), ...shape];
        const [wideA, wideB] = [pad(a), pad(b)];
        const out = wideA.map((size, i) => Math.max(size, wideB[i]));
        const offset = (shape: number[], position: number[]): number =>
          shape.reduce((flat, size, i) => flat * size + (size === 1 ? 0 : position[i]), 0);
        const expected: number[] = [];
        for (let flat = 0; flat < out.reduce((p, q) => p * q, 1); flat++) {
          const position: number[] = [];
          let rest = flat;
          for (let i = rank - 1; i >= 0; i--) {
            position[i] = rest % out[i];
            rest = Math.floor(rest / out[i]);
          }
          expected.push(offset(wideA, position) * 100 + offset(wideB, position));
        }
        const result = x.mul(100).add(y);
        expect(result.shape).toEqual(out);
        expect(result.reshape(-1).tolist()).toEqual(expected);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('refuses sizes that differ', () => {
    expect(() => ones(2, 3).add(ones(2))).toThrow(
      'add: other: got float32[2], expected a shape that broadcasts with input float32[2, 3]',
    );
  });
});

describe('reading numbers', () => {
  it('gives int64 exactly, and throws beyond 2^53', () => {
    const big = 2 ** 53 - 1;
    expect(long([big]).item()).toBe(big);
    expect(long([-big]).tolist()).toEqual([-big]);
    expect(() => long([big]).add(5)).toThrow('exceeds 2^53');
    expect(() => long([big]).mul(3)).toThrow('exceeds 2^53');
    expect(() => long([2 ** 54])).toThrow('2^53');
    expect(() => zeros([1], { dtype: 'int64' }).fill_(2 ** 60)).toThrow('2^53');
    expect(() => tensor([1e300]).long()).toThrow();
    expect(long([big]).toTypedArray()).toEqual(BigInt64Array.from([BigInt(big)]));
  });

  it('item() takes one element', () => {
    expect(tensor([[7]]).item()).toBe(7);
    expect(tensor(true).item()).toBe(1);
    expect(() => ones(2).item()).toThrow('item: got float32[2], expected one element');
    expect(() => zeros(0).item()).toThrow('got float32[0]');
  });

  it('max(dim) destructures both ways', () => {
    const x = tensor([
      [1, 5, 2],
      [9, 3, 9],
    ]);
    const [values, indices] = x.max(1);
    expect([values.tolist(), indices.tolist(), indices.dtype]).toEqual([[5, 9], [1, 0], 'int64']);
    const { values: smallest, indices: where } = x.min(1, true);
    expect([smallest.tolist(), where.tolist()]).toEqual([
      [[1], [3]],
      [[0], [1]],
    ]);
    expect(x.max(1)[1].tolist()).toEqual([1, 0]);
  });
});
