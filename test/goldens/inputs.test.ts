import { describe, expect, it } from 'vitest';
import { generate, hashKey } from './inputs.js';
import { loadGoldens } from './load.js';

describe('generate', () => {
  it.each(loadGoldens('inputs'))('gives the numbers of inputs.py for $key', ({ key, hash, spec, out }) => {
    expect(hashKey(key)).toBe(hash);
    expect(generate(spec, key)).toEqual(out.map(Number));
  });

  it('stays within its bounds and differs from key to key', () => {
    const spec = { shape: [500], low: -3, high: 5 };
    const values = generate(spec, 'a');
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThan(5);
    expect(new Set(values).size).toBeGreaterThan(490);
    expect(generate(spec, 'b')).not.toEqual(values);
  });
});
