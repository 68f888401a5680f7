/** Whether backward passes look for NaN and infinities; apart from the engine, so that the tape can ask. */
import { CallError, badArgument } from '../errors.js';
import { captureOrigin } from '../trace/origin.js';

let detects = false;

/**
 * Switches on, or with `false` off, that a backward pass throws at the first gradient with a NaN or an infinity, naming
 * the op and the line that called it. Slow: for looking for a fault. Compiled functions are traced anew.
 */
export function set_detect_anomaly(mode: boolean): void {
  if (typeof mode !== 'boolean') {
    throw badArgument('set_detect_anomaly', 'mode', mode, 'true or false; detect_anomaly(fn) runs a function');
  }
  detects = mode;
}

/**
 * Runs `fn` with the search of `set_detect_anomaly`, as `with torch.autograd.detect_anomaly():`. The forward pass must
 * run inside too, for its lines to be known.
 * @throws when `fn` returns a promise.
 */
export function detect_anomaly<T>(fn: () => T): T {
  const before = detects;
  detects = true;
  try {
    const result = fn();
    if (result instanceof Promise) {
      const expected = 'a function that is done when it returns; set_detect_anomaly(true) holds across awaits';
      throw new CallError('detect_anomaly', `fn: returned a promise, expected ${expected}`);
    }
    return result;
  } finally {
    detects = before;
  }
}

/** Whether backward passes look for NaN and infinities now. */
export function is_anomaly_enabled(): boolean {
  return detects;
}

/** @internal Where the code stands, while detecting. */
export function anomalyOrigin(): Error | null {
  return detects ? captureOrigin() : null;
}
