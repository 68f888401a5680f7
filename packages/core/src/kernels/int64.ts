import type { DType, KernelArray } from '../dtype.js';
import { CallError } from '../errors.js';

/** The error for a result that a double cannot hold exactly. */
export function int64Error(op: string): Error {
  return new CallError(op, 'an int64 result exceeds 2^53 (reidgrad holds int64 exactly up to there)');
}

/**
 * Checks freshly computed int64 values and turns -0 into 0. The bound is 2^53 - 1: a double that reads 2^53 may be a
 * rounded 2^53 + 1.
 */
export function finishInt64(op: string, data: KernelArray): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i] + 0;
    if (!Number.isSafeInteger(value)) throw int64Error(op);
    data[i] = value;
  }
}

/**
 * Runs `compute` into `out`. An int64 result is checked before anything is written, so that an in-place op that throws
 * leaves its tensor as it was.
 */
export function writeChecked(
  op: string,
  out: { dtype: DType; data: KernelArray },
  compute: (out: KernelArray) => void,
): void {
  if (out.dtype !== 'int64') {
    compute(out.data);
    return;
  }
  const fresh = new Float64Array(out.data.length);
  compute(fresh);
  finishInt64(op, fresh);
  out.data.set(fresh);
}
