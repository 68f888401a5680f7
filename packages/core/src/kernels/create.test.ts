import { describe, expect, it } from 'vitest';
import { defaultGenerator } from '../random/generator.js';
import { createKernels } from './create.js';
import { run, values } from './kernels.testing.js';

describe('full and arange', () => {
  it('fills with the value, bool with its truth', () => {
    expect(values(createKernels.full, [], 'float32', [2], { shape: [2], dtype: 'float32', value: 1.5 })).toEqual([
      1.5, 1.5,
    ]);
    expect(values(createKernels.full, [], 'bool', [1], { shape: [1], dtype: 'bool', value: 3 })).toEqual([1]);
    expect(values(createKernels.full, [], 'int64', [0], { shape: [0], dtype: 'int64', value: 3 })).toEqual([]);
  });

  it('counts from 0', () => {
    expect(values(createKernels.arange, [], 'int64', [4], { n: 4, dtype: 'int64' })).toEqual([0, 1, 2, 3]);
  });
});

describe('random', () => {
  it('draws from the default generator', () => {
    const attrs = { shape: [5], dtype: 'float32', distribution: 'uniform', low: 0, high: 1 } as const;
    const meta = [{ dtype: 'float32', shape: [5] }] as const;
    defaultGenerator.manual_seed(3);
    const first = run(createKernels.random, [], meta, attrs)[0].data;
    defaultGenerator.manual_seed(3);
    const expected = new Float32Array(5);
    defaultGenerator.uniform_(expected, 0, 1);
    expect(first).toEqual(expected);
  });

  it('keeps randint within its bounds and bernoulli at its extremes', () => {
    const shape = [200];
    const ints = { shape, dtype: 'int64', distribution: 'randint', low: -2, high: 3 } as const;
    const drawn = new Set(values(createKernels.random, [], 'int64', shape, ints));
    expect([...drawn].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    const sure = { shape, dtype: 'bool', distribution: 'bernoulli', p: 1 } as const;
    expect(values(createKernels.random, [], 'bool', shape, sure)).toEqual(new Array(200).fill(1));
  });

  it('refuses a normal distribution of integers', () => {
    const attrs = { shape: [1], dtype: 'int64', distribution: 'normal', mean: 0, std: 1 } as const;
    expect(() => values(createKernels.random, [], 'int64', [1], attrs)).toThrow(
      "normal: dtype: got 'int64', expected a floating dtype",
    );
  });
});
