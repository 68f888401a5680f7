import { describe, expect, it } from 'vitest';
import type { DType, Shape } from '../dtype.js';
import type { Block } from '../ops/types.js';
import { block, get, indices, random, values } from './kernels.testing.js';
import { linalgKernels } from './linalg.js';

function reference(a: Block, b: Block, out: Shape): number[] {
  const k = a.shape[a.shape.length - 1];
  return indices(out).map((index) => {
    const [i, j] = index.slice(-2);
    const batch = index.slice(0, -2);
    let sum = 0;
    for (let p = 0; p < k; p++) sum += get(a, [...batch, i, p]) * get(b, [...batch, p, j]);
    return sum;
  });
}

const matmul = (a: Block, b: Block, out: Shape, dtype: DType = a.dtype) =>
  values(linalgKernels.matmul, [a, b], dtype, out, {});

describe('matmul', () => {
  it.each([
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    [
      [2, 3],
      [3, 4],
      [2, 4],
    ],
    [
      [1, 900],
      [900, 7],
      [1, 7],
    ],
    [
      [7, 900],
      [900, 1],
      [7, 1],
    ],
    [
      [17, 23],
      [23, 19],
      [17, 19],
    ],
    // Beyond one block of rows, inner length and columns.
    [
      [133, 30],
      [30, 5],
      [133, 5],
    ],
    [
      [5, 400],
      [400, 6],
      [5, 6],
    ],
    [
      [3, 10],
      [10, 521],
      [3, 521],
    ],
    [
      [2, 3, 4, 5],
      [2, 3, 5, 6],
      [2, 3, 4, 6],
    ],
    [
      [4, 20, 15],
      [15, 18],
      [4, 20, 18],
    ],
    [
      [20, 15],
      [3, 15, 18],
      [3, 20, 18],
    ],
    [
      [2, 1, 20, 15],
      [3, 15, 18],
      [2, 3, 20, 18],
    ],
    [
      [0, 3],
      [3, 4],
      [0, 4],
    ],
    [
      [2, 0],
      [0, 2],
      [2, 2],
    ],
  ] as [Shape, Shape, Shape][])('%j x %j', (aShape, bShape, out) => {
    // Multiples of 1/4 keep the sums exact.
    const a = random('float32', aShape, 1);
    const b = random('float32', bShape, 2);
    expect(matmul(a, b, out)).toEqual(reference(a, b, out));
  });

  it('accumulates float32 in double', () => {
    const a = block('float32', [1, 3], [1e8, 1, -1e8]);
    expect(matmul(a, block('float32', [3, 1], [1, 1, 1]), [1, 1])).toEqual([1]);
  });

  it('spreads NaN and infinity only along their row', () => {
    const a = random('float32', [24, 24], 3);
    a.data[0] = Infinity;
    const identity = block(
      'float32',
      [24, 24],
      indices([24, 24]).map(([i, j]) => Number(i === j)),
    );
    const out = matmul(a, identity, [24, 24]);
    expect(out[0]).toBe(Infinity);
    expect(out[1]).toBeNaN();
    expect(out.slice(24)).toEqual(Array.from(a.data.slice(24)));
  });

  it('multiplies integers exactly', () => {
    const a = block('int32', [1, 2], [1, 2]);
    expect(matmul(a, block('int32', [2, 1], [3, 2 ** 31 - 1]), [1, 1])).toEqual([1]);
    const big = block('int64', [1, 2], [2 ** 52, 1]);
    expect(() => matmul(big, block('int64', [2, 1], [2, 1]), [1, 1])).toThrow('matmul: an int64 result exceeds 2^53');
    expect(matmul(big, block('int64', [2, 1], [1, 5]), [1, 1])).toEqual([2 ** 52 + 5]);
  });
});
