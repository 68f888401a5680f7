import { describe, expect, it } from 'vitest';
import { randomInteger, randomNormalPair, randomStateSchema, shuffled, Xoshiro128 } from './random-source.js';

describe('Xoshiro128', () => {
  it('gives the numbers of the xoshiro128** recurrence, computed apart with whole integers', () => {
    const random = new Xoshiro128(0);
    random.setState([1, 2, 3, 4]);
    const words = Array.from({ length: 6 }, () => random.next() * 2 ** 32);
    expect(words).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
  });

  it('depends on the seed alone', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.next()
        )(new Xoshiro128(seed)),
      );
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it('goes on from a saved state, through JSON', () => {
    const random = new Xoshiro128(5);
    random.next();
    const saved = randomStateSchema.parse(JSON.parse(JSON.stringify(random.state())));
    expect(saved).toEqual(random.state());
    const expected = [random.next(), random.next()];
    const other = new Xoshiro128(99);
    other.setState(saved);
    expect([other.next(), other.next()]).toEqual(expected);
  });

  it('refuses impossible seeds and states', () => {
    for (const seed of [-1, 0.5, 2 ** 32, NaN]) {
      expect(() => new Xoshiro128(seed)).toThrow(
        `Xoshiro128: seed is ${seed}; expected an integer from 0 to 4294967295`,
      );
    }
    expect(() => new Xoshiro128(0).setState([0, 0, 0, 0])).toThrow(
      'Xoshiro128.setState: state is [0,0,0,0]; expected four unsigned 32-bit integers, not all 0',
    );
    expect(() => new Xoshiro128(0).setState([1, 2, 3, -4])).toThrow();
  });
});

describe('draws', () => {
  it('are spread evenly', () => {
    const random = new Xoshiro128(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      counts[randomInteger(random, 10)]++;
    }
    counts.forEach((count) => expect(Math.abs(count - 1000)).toBeLessThan(150));
  });

  it('are normal with mean 0 and deviation 1', () => {
    const random = new Xoshiro128(2);
    const values = Array.from({ length: 10_000 }, () => randomNormalPair(random)).flat();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    // The two of a pair are independent: products average to 0.
    const products = values.filter((_, i) => i % 2 === 0).map((value, pair) => value * values[2 * pair + 1]);
    expect(Math.abs(products.reduce((sum, value) => sum + value, 0) / products.length)).toBeLessThan(0.05);
  });

  it('shuffle every item to every place', () => {
    const random = new Xoshiro128(3);
    const places = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const items = shuffled(random, ['a', 'b', 'c']);
      expect([...items].sort()).toEqual(['a', 'b', 'c']);
      places.add(items.join(''));
    }
    expect(places.size).toBe(6);
  });
});
