/** Functions compiled by ONNX Runtime. Subpath `@reidgrad/onnx-export/compile`. */
import { badArgument, compileWith } from '@reidgrad/core/graph';
import type { Compiled } from '@reidgrad/core/graph';
import { ortBackend } from './backend.js';
import { parseCompileOptions } from './options.js';
import type { CompileOptions } from './options.js';

export { setRuntime } from '../runtime/providers.js';
export type { Provider } from '../lower/types.js';
export type { CompileOptions } from './options.js';
export type { Compiled } from '@reidgrad/core/graph';

/** A module: something with a `forward`. */
export interface HasForward<Args extends readonly unknown[], Result> {
  forward(...args: Args): Result;
}

/**
 * An asynchronous function that computes what `fn` (or a module's `forward`) computes, by ONNX Runtime. `fn` is traced on
 * the first call with new shapes; it may train: parameters, buffers, gradients and optimizer state change as in eager code.
 * @throws at the call: what `fn` throws while traced, what the runtime throws, and the messages of checks. No state
 * changes then.
 * @example
 * const step = compile((x: Tensor, y: Tensor) => {
 *   optimizer.zero_grad();
 *   const [loss, correct] = criterion.forward(model.forward(x), y);
 *   loss.backward();
 *   optimizer.step();
 *   return { loss, correct };
 * }, { executionProviders: ['webgpu', 'cpu'] });
 * const { loss } = await step(images, labels);
 */
export function compile<Args extends readonly unknown[], Result>(
  fn: ((...args: Args) => Result) | HasForward<Args, Result>,
  options: CompileOptions = {},
): Compiled<Args, Result> {
  if (typeof fn !== 'function' && typeof (fn as Partial<typeof fn> | null)?.forward !== 'function') {
    throw badArgument('compile', 'fn', fn, 'a function, or a module with forward');
  }
  const checked = parseCompileOptions(options);
  const call = typeof fn === 'function' ? fn : (...args: Args): Result => fn.forward(...args);
  const name = checked.name ?? (typeof fn === 'function' ? fn.name : fn.constructor.name);
  return compileWith(call, ortBackend(checked), {
    ...(checked.keepGrad === undefined ? {} : { keepGrad: checked.keepGrad }),
    ...(name === '' ? {} : { name }),
  });
}
