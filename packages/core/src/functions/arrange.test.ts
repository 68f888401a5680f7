/** Rearranging, indexing and counting against slow references, and what they refuse. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradcheck } from '../autograd/gradcheck.js';
import { trace as traceGraph } from '../trace/trace.js';
import * as torch from './index.js';
import type { Tensor } from '../tensor.js';

const { arange, randn, tensor } = torch;
const long = (values: readonly number[]): Tensor => tensor(values, { dtype: 'int64' });
const size = fc.integer({ min: 0, max: 4 });
const once = { numRuns: 40, seed: 3 };

describe('triangles and diagonals', () => {
  it('tril, triu, diagonal and diag_embed agree with their definition', () => {
    fc.assert(
      fc.property(size, size, fc.integer({ min: -4, max: 4 }), (rows, columns, offset) => {
        const x = arange(1, rows * columns + 1).reshape(rows, columns);
        const cell = (i: number, j: number): number => i * columns + j + 1;
        const all = Array.from({ length: rows }, (_, i) =>
          Array.from({ length: columns }, (_unused, j) => [i, j] as const),
        );
        const keep = (test: (i: number, j: number) => boolean): number[][] =>
          all.map((line) => line.map(([i, j]) => (test(i, j) ? cell(i, j) : 0)));
        expect(torch.tril(x, offset).tolist()).toEqual(keep((i, j) => j - i <= offset));
        expect(torch.triu(x, offset).tolist()).toEqual(keep((i, j) => j - i >= offset));
        const on = all.flat().flatMap(([i, j]) => (j - i === offset ? [cell(i, j)] : []));
        expect(torch.diagonal(x, offset).tolist()).toEqual(on);
        const embedded = torch.diag_embed(long(on), offset);
        expect(torch.diagonal(embedded, offset).tolist()).toEqual(on);
        expect(embedded.sum().item()).toBe(on.reduce((a, b) => a + b, 0));
      }),
      once,
    );
  });

  it('diagonal is a view that can be written', () => {
    const x = torch.zeros(3, 4);
    torch.diagonal(x, 1).fill_(5);
    expect(x.tolist()).toEqual([
      [0, 5, 0, 0],
      [0, 0, 5, 0],
      [0, 0, 0, 5],
    ]);
  });
});

describe('index tensors with a slice between them', () => {
  const x = (): Tensor => arange(60).reshape(3, 4, 5).clone();

  it('read and write with their dims first', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(4)), { minLength: 1, maxLength: 4 }), (pairs) => {
        const [rows, columns] = [long(pairs.map(([i]) => i)), long(pairs.map(([, k]) => k))];
        const expected = pairs.map(([i, k]) => [0, 1, 2, 3].map((j) => i * 20 + j * 5 + k));
        expect(x().index(rows, ':', columns).tolist()).toEqual(expected);
        const written = x().index_put_([rows, ':', columns], -1);
        const gone = new Set(expected.flat());
        expect(written.reshape(-1).tolist()).toEqual(Array.from({ length: 60 }, (_, n) => (gone.has(n) ? -1 : n)));
      }),
      once,
    );
  });

  it('write through a transposed tensor', () => {
    const base = torch.zeros(2, 3);
    base.t().index_put_([long([0, 2]), long([1, 0])], 7);
    expect(base.tolist()).toEqual([
      [0, 0, 7],
      [7, 0, 0],
    ]);
  });

  it('differentiate', () => {
    const y = randn([3, 4, 5], { dtype: 'float64' }).requires_grad_();
    gradcheck((t) => t.index(long([2, 0, 2]), ':', long([1, 4, 1])), [y]);
  });
});

describe('roll, repeat_interleave, tensor_split', () => {
  it('agree with slow references', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        (n, by, parts) => {
          const list = Array.from({ length: n }, (_, i) => i);
          const x = long(list);
          expect(torch.roll(x, by).tolist()).toEqual(list.map((i) => (((i - by) % n) + n) % n));
          expect(torch.repeat_interleave(x, parts).tolist()).toEqual(
            list.flatMap((i) => new Array<number>(parts).fill(i)),
          );
          const counts = long(list.map((i) => i % 3));
          expect(torch.repeat_interleave(x, counts).tolist()).toEqual(
            list.flatMap((i) => new Array<number>(i % 3).fill(i)),
          );
          const pieces = torch.tensor_split(x, parts);
          expect(pieces.flatMap((piece) => piece.tolist())).toEqual(list);
          const lengths = pieces.map((piece) => piece.numel());
          expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
        },
      ),
      once,
    );
  });
});

describe('counting', () => {
  it('unique, bincount and histc agree with counting by hand', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { minLength: 1, maxLength: 12 }), (values) => {
        const x = long(values);
        const [found, inverse, counts] = torch.unique(x, { return_inverse: true, return_counts: true });
        const distinct = [...new Set(values)].sort((a, b) => a - b);
        expect(found.tolist()).toEqual(distinct);
        expect(found.index(inverse).tolist()).toEqual(values);
        const count = (wanted: number): number => values.filter((value) => value === wanted).length;
        expect(counts.tolist()).toEqual(distinct.map(count));
        expect(torch.bincount(x, { minlength: 7 }).tolist()).toEqual([0, 1, 2, 3, 4, 5, 6].map(count));
        expect(torch.histc(x.float(), 7, 0, 7).tolist()).toEqual([0, 1, 2, 3, 4, 5, 6].map(count));
      }),
      once,
    );
  });

  it('refuses to be traced, with a sentence', () => {
    for (const fn of [torch.unique, torch.where, torch.inverse, (x: Tensor) => torch.multinomial(x, 1)] as ((
      x: Tensor,
    ) => unknown)[]) {
      expect(() => traceGraph((x: Tensor) => (fn(x), x), [torch.eye(2)])).toThrow(/cannot be traced/);
    }
  });
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    ['tril: input: got float32[3], expected at least 2 dims', () => torch.tril(randn(3))],
    ['trace: input: got float32[3], expected a matrix', () => torch.trace(randn(3))],
    ['diagonal: dim2: got 0, expected another dim than dim1, 0', () => torch.diagonal(randn(2, 2), 0, 0, 0)],
    ['roll: shifts: got [1, 2], expected one number for each of dims, [0]', () => torch.roll(randn(3), [1, 2], 0)],
    ['bincount: input: got float32[3], expected a vector of integers', () => torch.bincount(randn(3))],
    ['histc: max: got 0, expected at least min, 1', () => torch.histc(randn(3), 4, 1, 0)],
    [
      'multinomial: num_samples: got 3, expected 1 to 2, the number of weights, without replacement',
      () => torch.multinomial(torch.ones(2), 3),
    ],
    [
      'multinomial: row 0 of input: got [0, 0], expected finite non-negative weights, not all 0',
      () => torch.multinomial(torch.zeros(2), 1),
    ],
    ['inverse: the matrix has no pivot in column 1, expected an invertible one', () => torch.inverse(torch.ones(2, 2))],
    [
      'cdist: x2: got float32[2, 4], expected rows of 3 numbers, as in x1 float32[2, 3]',
      () => torch.cdist(randn(2, 3), randn(2, 4)),
    ],
    [
      "einsum: operands[1]: got float32[4, 2], expected size 3 at dim 0, for 'j' of equation 'ij,jk->ik' as before",
      () => torch.einsum('ij,jk->ik', randn(2, 3), randn(4, 2)),
    ],
    [
      "einsum: equation: got 'ij->k', expected labels of operands in its result, each once, unlike 'k'",
      () => torch.einsum('ij->k', randn(2, 3)),
    ],
    [
      "einsum: operands: got [float32[2, 3]], expected 2 tensors, as equation 'ij,jk' names",
      () => torch.einsum('ij,jk', randn(2, 3)),
    ],
    [
      "einsum: operands[0]: got float32[2, 3], expected 3 dims, as 'ijk' of equation 'ijk' names",
      () => torch.einsum('ijk', randn(2, 3)),
    ],
    [
      'bitwise_and: input: got int64[2], expected a bool tensor (bits of integers are not supported)',
      () => torch.bitwise_and(long([1, 2]), long([1, 2])),
    ],
    [
      "scatter: reduce: got 'multiply', expected 'add' or nothing",
      () => torch.scatter(torch.zeros(2), 0, long([0]), 1, { reduce: 'multiply' as 'add' }),
    ],
    [
      'where: got input 1 and other undefined, expected both or neither',
      () => torch.where(torch.ones([2], { dtype: 'bool' }), 1, undefined as never),
    ],
    ["finfo: type: got 'int64', expected a floating dtype", () => torch.finfo('int64')],
    ["iinfo: type: got 'float32', expected an integer dtype", () => torch.iinfo('float32')],
    [
      'index_copy: source: got float32[3], expected shape [2] for index int64[2] at dim 0',
      () => torch.index_copy(torch.zeros(4), 0, long([0, 1]), randn(3)),
    ],
    [
      'take_along_dim: indices: got int64[2], expected 2 dims, as many as input float32[2, 2]',
      () => torch.take_along_dim(randn(2, 2), long([0, 1]), 0),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});

describe('small forms of ported code', () => {
  it('makes tensors like another', () => {
    const x = torch.zeros([2], { dtype: 'int64' });
    expect([x.new_zeros(2, 2).dtype, x.new_ones([3]).tolist(), x.new_full([2], 7).tolist()]).toEqual([
      'int64',
      [1, 1, 1],
      [7, 7],
    ]);
    expect(x.new_tensor([1, 2]).dtype).toBe('int64');
    expect([x.is_same_size(torch.ones(2)), x.storage_offset()]).toEqual([true, 0]);
    expect(x.data_ptr()).toBe(x.detach().data_ptr());
    expect(x.data_ptr()).not.toBe(x.clone().data_ptr());
  });

  it('knows limits, devices and the generator', () => {
    expect(torch.finfo('float32')).toMatchObject({ max: 3.4028234663852886e38, eps: 2 ** -23, tiny: 2 ** -126 });
    expect(torch.iinfo('int32')).toMatchObject({ max: 2147483647, min: -2147483648 });
    expect(torch.nan_to_num(tensor([Infinity, NaN])).tolist()).toEqual([torch.finfo('float32').max, 0]);
    expect([torch.cuda.is_available(), torch.distributed.get_world_size(), torch.device('cuda', 1)]).toEqual([
      false,
      1,
      'cuda:1',
    ]);
    torch.manual_seed(3);
    const state = torch.get_rng_state();
    const first = torch.normal(torch.zeros(3), 2).tolist();
    torch.set_rng_state(state);
    expect(torch.normal(0, torch.full([3], 2)).tolist()).toEqual(first);
  });

  it('writes in place', () => {
    const x = arange(6, { dtype: 'float32' }).reshape(2, 3).clone();
    x.index_fill_(1, long([0]), -1).index_copy_(0, long([1]), torch.full([1, 3], 9));
    expect(x.tolist()).toEqual([
      [-1, 1, 2],
      [9, 9, 9],
    ]);
    expect(x.renorm_(2, 0, 1).norm(2, 1).le(1.0001).all().item()).toBe(1);
    expect(x.erfinv_().isnan().any().item()).toBe(0);
    expect(
      torch
        .zeros(3)
        .scatter_(0, long([1, 1, 2]), torch.ones(3), { reduce: 'add' })
        .tolist(),
    ).toEqual([0, 2, 1]);
  });

  it('inverse and erfinv differentiate twice', () => {
    const m = tensor(
      [
        [2, 0.5],
        [-1, 1.5],
      ],
      { dtype: 'float64' },
    ).requires_grad_();
    gradcheck((t) => torch.inverse(t), [m]);
    const y = tensor([0.1, -0.7], { dtype: 'float64' }).requires_grad_();
    gradcheck((t) => torch.erfinv(t), [y]);
  });
});
