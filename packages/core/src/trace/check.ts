import { hostStorageOf } from '../dispatch.js';
import { badArgument, isTensor } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { recorder } from './recorder.js';

/** The text of a failed check; receives the flat positions at which the condition fails. */
export type CheckMessage = (failing: readonly number[]) => string;

/** @internal Flat positions of zeros. */
export function failingPositions(data: ArrayLike<number>): number[] {
  const failing: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] === 0) failing.push(i);
  return failing;
}

/**
 * Requires `condition` (bool) to hold everywhere. Eagerly it throws `message`; in a trace it becomes a hidden output
 * that a compiled call reads: it throws the same message, and commits no state.
 * @param message the text, or a function of the flat positions at which the condition fails.
 * @example check(labels.ge(0), (at) => `loss: label ${at[0]} is negative`);
 */
export function check(condition: Tensor, message: string | CheckMessage): void {
  if (!isTensor(condition) || condition.dtype !== 'bool') {
    throw badArgument('check', 'condition', condition, 'a bool tensor, as x.ge(0) gives it');
  }
  if (typeof message !== 'string' && typeof message !== 'function') {
    throw badArgument('check', 'message', message, 'a text, or a function that gives one');
  }
  const text: CheckMessage = typeof message === 'string' ? () => message : message;
  const trace = recorder();
  if (trace !== null) {
    trace.check(condition.read(), text);
    return;
  }
  const failing = failingPositions(hostStorageOf(condition.read(), 'check').data);
  if (failing.length > 0) throw new Error(text(failing));
}
