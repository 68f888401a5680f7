import { isFloating } from '../dtype.js';
import type { DType } from '../dtype.js';
import { CallError, badArgument } from '../errors.js';

let grad = true;
let defaultFloat: DType = 'float32';

/** Runs `fn` with a setting changed, and refuses callbacks that go on after the setting is restored. */
function scoped<T>(name: string, enabled: boolean, fn: () => T): T {
  if (typeof fn !== 'function') throw badArgument(name, 'fn', fn, 'a function; the mode holds while it runs');
  const previous = grad;
  grad = enabled;
  try {
    const result = fn();
    if (result instanceof Promise) {
      const why = 'the mode ends when it returns, so await outside of it';
      throw new CallError(name, `fn: returned a promise, expected a function that is done when it returns: ${why}`);
    }
    return result;
  } finally {
    grad = previous;
  }
}

/**
 * Runs `fn` without recording gradients, as `with torch.no_grad():`.
 * @throws when `fn` returns a promise.
 * @example no_grad(() => weight.mul_(0.5));
 */
export function no_grad<T>(fn: () => T): T {
  return scoped('no_grad', false, fn);
}

/** Runs `fn` with gradients recorded, inside a `no_grad` too. Throws when `fn` returns a promise. */
export function enable_grad<T>(fn: () => T): T {
  return scoped('enable_grad', true, fn);
}

/** Switches gradient recording on or off until the next call, as `torch.set_grad_enabled(mode)`. */
export function set_grad_enabled(mode: boolean): void {
  if (typeof mode !== 'boolean') {
    throw badArgument(
      'set_grad_enabled',
      'mode',
      mode,
      'true or false; no_grad(fn) and enable_grad(fn) run a function',
    );
  }
  grad = mode;
}

/** Whether operations on tensors that require grad are recorded now. */
export function is_grad_enabled(): boolean {
  return grad;
}

/** The dtype of literals and factories without one: `'float32'` unless changed. */
export function get_default_dtype(): DType {
  return defaultFloat;
}

/** Sets the dtype of literals and factories. Throws for a dtype that is not floating. */
export function set_default_dtype(dtype: DType): void {
  if (!isFloating(dtype)) throw badArgument('set_default_dtype', 'd', dtype, 'float32, float64 or float16');
  defaultFloat = dtype;
}
