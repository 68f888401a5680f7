import { describe, expect, it } from 'vitest';
import { erf } from './erf.js';

/** Published digits. */
const table: readonly (readonly [number, number])[] = [
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.5, 0.999593047982555],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
];

describe('erf', () => {
  it.each(table)('of %d is good to the last digits, and odd', (x, expected) => {
    expect(Math.abs(erf(x) / expected - 1)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  });

  it('saturates and keeps NaN and zero', () => {
    expect([erf(7), erf(-Infinity), erf(NaN), erf(0)]).toEqual([1, -1, NaN, 0]);
  });

  it('has no step where the series ends', () => {
    const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-6.25);
    expect((erf(2.5 + 1e-7) - erf(2.5 - 1e-7)) / 2e-7).toBeCloseTo(slope, 6);
  });
});
