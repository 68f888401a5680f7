/** Values as Python prints them, for `extra_repr`. */
import type { PairArgument } from '../functional/pairs.js';

export const boolText = (value: boolean): string => (value ? 'True' : 'False');

export const pairText = (pair: PairArgument): string =>
  typeof pair === 'number' ? `${pair}` : `(${pair[0]}, ${pair[1]})`;

/** Small numbers as Python prints them: 1e-05. */
export function numberText(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A number that Python holds as a float: 1.0 for 1. */
export const floatText = (value: number): string => (Number.isInteger(value) ? `${value}.0` : numberText(value));

/** A list as Python prints a tuple: (2, 3), and (2,) for one. */
export const tupleText = (values: readonly number[]): string =>
  values.length === 1 ? `(${values[0]},)` : `(${values.join(', ')})`;
