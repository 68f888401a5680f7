import { describe, expect, it } from 'vitest';
import type { RandomSource } from '../samplers/index.js';
import { Xoshiro128 } from '../samplers/index.js';
import type { Augmentation } from './augment.js';
import {
  emojiAugmentation,
  personAugmentation,
  randomBrightness,
  randomContrast,
  randomErasing,
  randomHorizontalFlip,
  randomNoise,
  randomShift,
} from './augment.js';
import type { ImageBatch } from './batch.js';

/** Gives the numbers in turn, again and again. */
function fixed(...numbers: number[]): RandomSource {
  let at = 0;
  return { next: () => numbers[at++ % numbers.length] };
}

/** One picture of 2 rows and 3 columns: red counts 1 to 6 tenths, green and blue are 0. */
function ramp(): ImageBatch {
  const data = new Float32Array(18);
  data.set([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  return { data, count: 1, height: 2, width: 3 };
}

const red = (batch: ImageBatch): number[] =>
  [...batch.data.subarray(0, 6)].map((value) => Math.round(value * 1e4) / 1e4);

describe('randomShift', () => {
  it('moves by the numbers drawn and fills from outside', () => {
    const batch = ramp();
    randomShift(1, 0.9)(batch, fixed(0.99, 0.99));
    expect(red(batch)).toEqual([0.5, 0.6, 0.9, 0.9, 0.9, 0.9]);
    const back = ramp();
    randomShift(1)(back, fixed(0.5, 0));
    expect(red(back)).toEqual([0, 0.1, 0.2, 0, 0.4, 0.5]);
  });

  it('may leave the picture where it is', () => {
    const batch = ramp();
    randomShift(1)(batch, fixed(0.5));
    expect(batch).toEqual(ramp());
  });
});

describe('randomHorizontalFlip', () => {
  it('mirrors rows, when drawn', () => {
    const batch = ramp();
    randomHorizontalFlip(0.5)(batch, fixed(0.49));
    expect(red(batch)).toEqual([0.3, 0.2, 0.1, 0.6, 0.5, 0.4]);
    const same = ramp();
    randomHorizontalFlip(0.5)(same, fixed(0.5));
    expect(same).toEqual(ramp());
  });
});

describe('brightness, contrast and noise', () => {
  it('brightness adds one number, within 0..1', () => {
    const batch = ramp();
    randomBrightness(0.5)(batch, fixed(0));
    expect(red(batch)).toEqual([0, 0, 0, 0, 0, 0.1]);
  });

  it('contrast spreads around the mean', () => {
    const batch = ramp();
    const mean = 2.1 / 18;
    randomContrast(0.5)(batch, fixed(0));
    expect(red(batch)[5]).toBeCloseTo(mean + (0.6 - mean) / 2, 4);
    expect(batch.data[17]).toBeCloseTo(mean / 2, 4);
  });

  it('noise has the deviation asked for', () => {
    const batch = { data: new Float32Array(3 * 64 * 64).fill(0.5), count: 1, height: 64, width: 64 };
    randomNoise(0.1)(batch, new Xoshiro128(0));
    const variance = batch.data.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / batch.data.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(0.095);
    expect(Math.sqrt(variance)).toBeLessThan(0.105);
  });
});

describe('randomErasing', () => {
  it('overwrites one rectangle of a fitting size', () => {
    const size = 20;
    for (let seed = 0; seed < 20; seed++) {
      const batch = { data: new Float32Array(3 * size * size), count: 1, height: size, width: size };
      randomErasing({ probability: 1, area: [0.1, 0.2], fill: [0.25, 0.5, 0.75] })(batch, new Xoshiro128(seed));
      const erased = [0, 1, 2].map((c) => batch.data.subarray(c * size * size, (c + 1) * size * size));
      const places = [...erased[0].keys()].filter((i) => erased[0][i] === 0.25);
      const rows = new Set(places.map((i) => Math.floor(i / size)));
      const columns = new Set(places.map((i) => i % size));
      expect(places.length).toBe(rows.size * columns.size);
      // Rounding the sides moves the area a little.
      expect(places.length / size ** 2).toBeGreaterThan(0.07);
      expect(places.length / size ** 2).toBeLessThan(0.25);
      expect(places.every((i) => erased[1][i] === 0.5 && erased[2][i] === 0.75)).toBe(true);
    }
  });

  it('leaves pictures alone that are not drawn', () => {
    const batch = ramp();
    randomErasing({ probability: 0.5 })(batch, fixed(0.5));
    expect(batch).toEqual(ramp());
  });
});

describe('presets', () => {
  it.each<[string, Augmentation]>([
    ['emoji', emojiAugmentation()],
    ['person', personAugmentation()],
  ])('%s: same numbers for the same seed, other for another, within 0..1', (_, augmentation) => {
    const run = (seed: number): Float32Array => {
      const batch = { data: new Float32Array(4 * 3 * 64).map((__, i) => (i % 17) / 16), count: 4, height: 8, width: 8 };
      augmentation(batch, new Xoshiro128(seed));
      return batch.data;
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(run(1).every((value) => value >= 0 && value <= 1)).toBe(true);
    const [first, second] = [run(1).subarray(0, 192), run(1).subarray(192, 384)];
    expect(first).not.toEqual(second);
  });

  it('refuse amounts out of range', () => {
    expect(() => randomHorizontalFlip(1.5)).toThrow('randomHorizontalFlip: probability is 1.5; expected 0 to 1');
    expect(() => randomErasing({ area: [0.5, 0.4] })).toThrow('randomErasing: area[0] is 0.5; expected 0 to 0.4');
  });
});
