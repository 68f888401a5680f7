import { describe, expect, it } from 'vitest';
import { createImage, createRgbaImage, cropRgba, layOverWhite } from './image.js';

describe('createImage', () => {
  it('refuses bytes that do not fit the size', () => {
    expect(() => createImage(2, 2, new Uint8Array(11))).toThrow('createImage: data has 11 bytes; expected 12 (2x2x3)');
    expect(() => createImage(0, 2, new Uint8Array(0))).toThrow('createImage: size is 0x2; expected positive integers');
  });
});

describe('layOverWhite', () => {
  it('mixes by alpha and hides the colour of transparent pixels', () => {
    const pixels = [10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 51];
    const image = layOverWhite(createRgbaImage(3, 1, Uint8Array.from(pixels)));
    // 0.2 * c + 0.8 * 255 for the last pixel.
    expect([...image.data]).toEqual([10, 20, 30, 255, 255, 255, 204, 224, 255]);
  });
});

describe('cropRgba', () => {
  const image = createRgbaImage(
    3,
    2,
    Uint8Array.from({ length: 24 }, (_, i) => i),
  );

  it('copies the rectangle', () => {
    const part = cropRgba(image, 1, 0, 2, 2);
    expect([...part.data]).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]);
  });

  it('refuses a rectangle that reaches outside', () => {
    expect(() => cropRgba(image, 2, 0, 2, 1)).toThrow('cropRgba: rectangle is 2x1 at (2, 0); expected it inside 3x2');
  });
});
