/** Short ways to write the inputs of samples. */
import type { DType, Shape } from '../dtype.js';
import type { SampleInput } from './types.js';

/** float32 of `shape` on [−2, 2), or within the range given. */
export function float(shape: Shape, range: Omit<SampleInput, 'shape' | 'dtype'> = {}): SampleInput {
  return { shape, dtype: 'float32', low: -2, high: 2, ...range };
}

/** Whole numbers on [low, high). */
export function whole(shape: Shape, low: number, high: number, dtype: DType = 'int64'): SampleInput {
  return { shape, dtype, low, high, step: 1 };
}

/** bool of `shape`. */
export function flags(shape: Shape): SampleInput {
  return { shape, dtype: 'bool', low: 0, high: 2, step: 1 };
}

/** Literal values. */
export function literal(shape: Shape, values: readonly number[], dtype: DType = 'float32'): SampleInput {
  return { shape, dtype, values };
}
