import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DType } from '../dtype.js';
import { arange, ones, result_type } from '../functions/index.js';
import type { Operand } from '../functions/pointwise.js';

type Row = [first: string, second: string, result: DType];

const url = new URL('../../../../test/goldens/data/promotion.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: Row[] };

const numbers: Readonly<Record<string, number>> = { integer: 2, fraction: 0.5 };

function operand(text: string): Operand {
  if (text in numbers) return numbers[text];
  const [kind, dtype] = text.split(' ') as ['tensor' | '0-d', DType];
  return ones(kind === 'tensor' ? [2] : [], { dtype });
}

describe('promotion', () => {
  it('has all pairs', () => {
    expect(cases).toHaveLength(14 * 16);
  });

  it.each(cases)('%s with %s gives %s', (first, second, result) => {
    const [a, b] = [operand(first), operand(second)];
    expect(result_type(a, b)).toBe(result);
    expect(result_type(b, a)).toBe(result);
    if (typeof a === 'number') return;
    expect(a.mul(b).dtype).toBe(result);
    expect(a.add(b).tolist()).toEqual(
      result === 'bool'
        ? a.add(b).tolist()
        : a
            .to(result)
            .add(typeof b === 'number' ? b : b.to(result))
            .tolist(),
    );
  });
});

describe('arange', () => {
  it('is computed in double and rounded once, as in PyTorch', () => {
    const steps = arange(0, 1, 0.1);
    expect(steps.dtype).toBe('float32');
    expect(steps.tolist()).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map(Math.fround));
  });
});
