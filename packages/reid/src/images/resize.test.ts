import { describe, expect, it } from 'vitest';
import { createImage } from './image.js';
import { resizeImage } from './resize.js';

/** A one-row grey picture. */
const greyRow = (values: number[]) => createImage(values.length, 1, Uint8Array.from(values.flatMap((v) => [v, v, v])));
const reds = (data: Uint8Array) => [...data].filter((_, i) => i % 3 === 0);

describe('resizeImage', () => {
  it('averages whole pixels', () => {
    expect(reds(resizeImage(greyRow([10, 30, 100, 200]), 2, 1).data)).toEqual([20, 150]);
  });

  it('shares pixels that lie across a border by their covered part', () => {
    // Each of the two covers 1.5 pixels: (0 + 30 / 2) / 1.5 and (30 / 2 + 90) / 1.5.
    expect(reds(resizeImage(greyRow([0, 30, 90]), 2, 1).data)).toEqual([10, 70]);
  });

  it('interpolates when it enlarges', () => {
    expect(reds(resizeImage(greyRow([0, 100]), 4, 1).data)).toEqual([0, 25, 75, 100]);
    expect(reds(resizeImage(greyRow([50]), 3, 2).data)).toEqual([50, 50, 50, 50, 50, 50]);
  });

  it('handles both axes on their own', () => {
    const image = createImage(2, 2, Uint8Array.from([0, 0, 9, 100, 0, 9, 40, 0, 9, 60, 0, 9]));
    expect([...resizeImage(image, 1, 1).data]).toEqual([50, 0, 9]);
    expect(reds(resizeImage(image, 2, 1).data)).toEqual([20, 80]);
    expect(reds(resizeImage(image, 1, 2).data)).toEqual([50, 50]);
  });

  it('keeps a constant picture constant at any size', () => {
    const image = createImage(34, 7, new Uint8Array(34 * 7 * 3).fill(255));
    for (const [width, height] of [
      [16, 16],
      [1, 1],
      [33, 6],
      [7, 34],
      [64, 3],
    ]) {
      expect(new Set(resizeImage(image, width, height).data)).toEqual(new Set([255]));
    }
  });

  it('returns the picture itself when nothing changes, and refuses impossible sizes', () => {
    const image = greyRow([1, 2]);
    expect(resizeImage(image, 2, 1)).toBe(image);
    expect(() => resizeImage(image, 0, 4)).toThrow('resizeImage: size is 0x4; expected positive integers');
  });
});
