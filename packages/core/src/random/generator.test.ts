import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allocate } from '../dtype.js';
import type { DType, FloatArray, KernelArray } from '../dtype.js';
import { Generator } from './generator.js';
import type { GeneratorState } from './generator.js';

interface Call {
  fn: 'uniform_' | 'normal_' | 'bernoulli_' | 'randint_' | 'randperm' | 'dropout';
  dtype: DType;
  n: number;
  args: number[];
  out: number[];
}

interface Sequence {
  seed: number;
  calls: Call[];
}

function readCases(): Sequence[] {
  const url = new URL('../../../../test/goldens/data/random.json', import.meta.url);
  const file = JSON.parse(readFileSync(url, 'utf8')) as { cases: Sequence[] };
  return file.cases;
}

const floats = (call: Call): FloatArray =>
  call.dtype === 'float32' ? new Float32Array(call.n) : new Float64Array(call.n);

function kernelArray(call: Call): KernelArray {
  const array = allocate(call.dtype, call.n);
  if (array instanceof Uint16Array) throw new Error('no float16 here');
  return array;
}

function draw(generator: Generator, call: Call): ArrayLike<number> {
  const [a, b] = call.args;
  switch (call.fn) {
    case 'uniform_':
      return generator.uniform_(floats(call), a, b);
    case 'normal_':
      return generator.normal_(floats(call), a, b);
    case 'bernoulli_':
      return generator.bernoulli_(kernelArray(call), a);
    case 'randint_':
      return generator.randint_(kernelArray(call), a, b);
    case 'randperm':
      return generator.randperm(call.n);
    case 'dropout':
      return generator.bernoulli_(floats(call), 1 - a).map((kept) => kept / (1 - a));
  }
}

/** Everything but the normal numbers, which go through log, sin and cos, must agree to the bit. */
function tolerance(call: Call): number {
  if (call.fn !== 'normal_') return 0;
  return call.dtype === 'float32' ? 1e-6 : 1e-14;
}

describe('Generator against PyTorch', () => {
  it.each(readCases().map((sequence, i) => [i, sequence] as const))('sequence %i', (_, sequence) => {
    const generator = new Generator().manual_seed(sequence.seed);
    for (const call of sequence.calls) {
      const actual = draw(generator, call);
      expect(actual.length).toBe(call.out.length);
      const limit = tolerance(call);
      const worst = call.out.findIndex(
        (value, i) => !(Math.abs(actual[i] - value) <= limit * Math.max(1, Math.abs(value))),
      );
      expect(worst, `${call.fn} ${call.dtype} ${call.n}: ${actual[worst]} against ${call.out[worst]}`).toBe(-1);
    }
  });

  it('starts from PyTorch’s default seed', () => {
    const generator = new Generator();
    expect(generator.initial_seed()).toBe(67280421310721);
    const seeded = new Generator().manual_seed(67280421310721);
    expect(generator.randperm(20)).toEqual(seeded.randperm(20));
  });
});

describe('get_state and set_state', () => {
  it('continue exactly through JSON, the kept normal number included', () => {
    const generator = new Generator().manual_seed(3);
    generator.normal_(new Float32Array(3));
    generator.uniform_(new Float64Array(700), 0, 1);
    const saved = JSON.parse(JSON.stringify(generator.get_state())) as GeneratorState;
    expect(saved.nextNormal).not.toBeNull();
    const expected = generator.normal_(new Float64Array(5));
    const restored = new Generator().manual_seed(99).set_state(saved);
    expect(restored.normal_(new Float64Array(5))).toEqual(expected);
    expect(restored.initial_seed()).toBe(3);
  });

  it('do not share memory with the generator', () => {
    const generator = new Generator().manual_seed(3);
    const saved = generator.get_state();
    const first = generator.randperm(30);
    expect(generator.set_state(saved).randperm(30)).toEqual(first);
  });

  it('refuse a malformed state and keep the old one', () => {
    const generator = new Generator().manual_seed(3);
    const good = generator.get_state();
    expect(() => generator.set_state({ ...good, words: [1, 2] })).toThrow(/words: got \[1, 2\], expected 624/);
    expect(() => generator.set_state({ ...good, position: 700 })).toThrow(/position: got 700/);
    expect(() => generator.set_state({ ...good, seed: 0.5 })).toThrow(/seed: got 0.5/);
    expect(() => generator.set_state({ ...good, nextNormal: NaN })).toThrow(/nextNormal: got NaN/);
    expect(generator.get_state()).toEqual(good);
  });

  it('manual_seed drops the kept normal number', () => {
    const generator = new Generator().manual_seed(1);
    const first = generator.normal_(new Float64Array(1))[0];
    expect(generator.manual_seed(1).normal_(new Float64Array(1))[0]).toBe(first);
  });
});

describe('arguments', () => {
  const generator = new Generator();
  const one = new Float32Array(1);
  it.each([
    ['manual_seed', () => generator.manual_seed(0.5), /seed: got 0.5, expected a safe integer/],
    ['uniform_', () => generator.uniform_(one, 1, 0), /got \[1, 0\]/],
    ['normal_', () => generator.normal_(one, 0, -1), /std: got -1/],
    ['bernoulli_', () => generator.bernoulli_(one, 1.5), /p: got 1.5/],
    ['bernoulli_ NaN', () => generator.bernoulli_(one, NaN), /p: got NaN/],
    ['randint_', () => generator.randint_(one, 3, 3), /got \[3, 3\]/],
    ['randperm', () => generator.randperm(-1), /n: got -1/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('accept empty arrays and edges', () => {
    expect(generator.uniform_(new Float32Array(0), 0, 1)).toHaveLength(0);
    expect(Array.from(generator.bernoulli_(new Uint8Array(3), 1))).toEqual([1, 1, 1]);
    expect(Array.from(generator.bernoulli_(new Uint8Array(3), 0))).toEqual([0, 0, 0]);
    expect(generator.uniform_(new Float64Array(2), 5, 5)).toEqual(new Float64Array([5, 5]));
    expect(generator.randperm(0)).toHaveLength(0);
  });
});
