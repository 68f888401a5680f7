import { describe, expect, it } from 'vitest';
import { createImage } from '../images/index.js';
import { imageBatch } from './batch.js';

describe('imageBatch', () => {
  it('moves channels before rows and scales to 0..1', () => {
    const first = createImage(2, 1, Uint8Array.from([0, 51, 102, 153, 204, 255]));
    const second = createImage(2, 1, new Uint8Array(6));
    const { data, ...size } = imageBatch([first, second]);
    expect(size).toEqual({ count: 2, height: 1, width: 2 });
    const expected = [0, 0.6, 0.2, 0.8, 0.4, 1, 0, 0, 0, 0, 0, 0];
    expect([...data]).toEqual([...Float32Array.from(expected)]);
  });

  it('refuses no pictures and pictures of two sizes', () => {
    expect(() => imageBatch([])).toThrow('imageBatch: images is empty; expected at least one picture');
    const images = [createImage(2, 1, new Uint8Array(6)), createImage(1, 2, new Uint8Array(6))];
    expect(() => imageBatch(images)).toThrow('imageBatch: images[1] is 2x1; expected 1x2 as images[0]');
  });
});
