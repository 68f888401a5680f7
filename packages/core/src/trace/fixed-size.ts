import { recorder } from './recorder.js';

/**
 * Says whether a trace is running, and tells it that it holds for this size only: code that makes a loop or a branch of
 * a size. Export with a dynamic axis of that size throws `why`.
 * @param why a sentence that names the fix.
 */
export function fixSize(size: number, why: string): boolean {
  const trace = recorder();
  trace?.fixSize(size, why);
  return trace !== null;
}
