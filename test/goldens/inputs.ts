/**
 * Seeded inputs, the same numbers as inputs.py makes. Change both or neither.
 *
 * A key (any ASCII text) is hashed with FNV-1a to 32 bits, the seed of splitmix32. Every element takes one word: its
 * upper 24 bits are u on [0, 1), and the element is
 *
 * - integers and bool: low + floor(u * (high - low)), by default on [0, 10), bool on [0, 2);
 * - floats with a step: low + step * floor(u * (high - low) / step);
 * - floats without: low + u * (high - low), by default on [-2, 2);
 *
 * rounded to float32, so that float32 and float64 tensors hold the same values.
 */

/** What an input holds: seeded numbers, or literal `values`. */
export interface InputSpec {
  shape: readonly number[];
  /** Default float32. */
  dtype?: string;
  low?: number;
  high?: number;
  /** Multiples of this step above `low`, so that ties occur. */
  step?: number;
  /** Literal values in row-major order; NaN and the infinities may be written as words. */
  values?: readonly JsonNumber[];
}

/** A number as the golden files write it. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** FNV-1a of the characters of an ASCII key, 32 bits. */
export function hashKey(key: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** A stream of multiples of 2^-24 on [0, 1). */
export function uniforms(key: string): () => number {
  let state = hashKey(key);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    word ^= word >>> 15;
    return (word >>> 8) * 2 ** -24;
  };
}

/** The flat list of values of a spec, row-major. */
export function generate(spec: InputSpec, key: string): number[] {
  if (spec.values !== undefined) return spec.values.map(Number);
  const dtype = spec.dtype ?? 'float32';
  const floating = dtype.startsWith('float');
  const low = spec.low ?? (floating ? -2 : 0);
  const high = spec.high ?? (floating || dtype === 'bool' ? 2 : 10);
  const step = floating ? spec.step : 1;
  const next = uniforms(key);
  const count = spec.shape.reduce((product, size) => product * size, 1);
  return Array.from({ length: count }, () => {
    const u = next();
    const offset = step === undefined ? u * (high - low) : step * Math.floor((u * (high - low)) / step);
    return floating ? Math.fround(low + offset) : low + offset;
  });
}
