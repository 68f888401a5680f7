import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../samplers/index.js';
import { euclideanDistances, normalizeRows } from './distances.js';

describe('euclideanDistances', () => {
  it('measures straight lines', () => {
    const distances = euclideanDistances(Float32Array.from([0, 0, 1, 1]), Float32Array.from([3, 4, 1, 1, 0, 0]), 2);
    expect([...distances]).toEqual([
      5,
      Math.fround(Math.SQRT2),
      0,
      Math.fround(Math.sqrt(13)),
      0,
      Math.fround(Math.SQRT2),
    ]);
  });

  it('covers galleries of several tiles and a rest', () => {
    const random = new Xoshiro128(0);
    const draw = (count: number) => Float64Array.from({ length: count }, () => random.next());
    const [query, gallery] = [draw(3 * 5), draw(150 * 5)];
    const distances = euclideanDistances(query, gallery, 5);
    expect(distances).toHaveLength(450);
    for (let q = 0; q < 3; q++) {
      for (let g = 0; g < 150; g++) {
        const parts = [0, 1, 2, 3, 4].map((i) => query[q * 5 + i] - gallery[g * 5 + i]);
        expect(distances[q * 150 + g]).toBeCloseTo(Math.hypot(...parts), 6);
      }
    }
  });

  it('is exactly 0 between equal rows, however long', () => {
    const row = Float32Array.from({ length: 1000 }, (_, i) => 1e4 + i);
    expect(euclideanDistances(row, row, 1000)[0]).toBe(0);
  });

  it('refuses lengths that do not fit', () => {
    const four = new Float32Array(4);
    expect(() => euclideanDistances(four, four, 0)).toThrow(
      'euclideanDistances: dim is 0; expected a positive integer',
    );
    expect(() => euclideanDistances(four, new Float32Array(3), 2)).toThrow(
      'euclideanDistances: gallery has 3 numbers; expected a positive multiple of dim 2',
    );
  });
});

describe('normalizeRows', () => {
  it('makes rows of length 1 and leaves zeros', () => {
    const rows = normalizeRows(Float32Array.from([3, 4, 0, 0]), 2);
    expect([...rows]).toEqual([...Float32Array.from([0.6, 0.8, 0, 0])]);
  });
});
