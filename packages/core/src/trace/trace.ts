import type { Program } from './program.js';
import { recorder } from './recorder.js';
import { Trace } from './tracer.js';
import { buildTree, flattenTree } from './tree.js';

export type { LeftGrad, Program } from './program.js';

/** Options of `trace`. */
export interface TraceOptions {
  /** Name of the graph, for errors. Default: the function's name. */
  name?: string;
  /** Where the function was given, as `file:line`. */
  madeAt?: string;
}

/**
 * Runs `fn` once on symbolic twins of `args` and returns what it did as a program. Nothing is computed and no state changes.
 * @throws what `fn` throws; reads of data (`item()`, `tolist()`); promises; in-place writes to arguments; inside a trace.
 * @example trace((x) => x.mul(2).sum(), [x]).graph.nodes;
 */
export function trace<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  options: TraceOptions = {},
): Program {
  const name = options.name ?? (fn.name === '' ? 'function' : fn.name);
  refuseNesting(name);
  const { tree, leaves } = flattenTree(args, name, 'arguments');
  const named = leaves.map(({ path, tensor }) => ({ path: inputName(path), tensor }));
  // The structure is that of `args`, with other tensors in it.
  return new Trace(name, options.madeAt ?? name).run(named, (twins) => fn(...(buildTree(tree, twins) as Args)));
}

/** Throws inside a trace: a function is traced, or calls a compiled one, only outside of other traces. */
export function refuseNesting(name: string): void {
  if (recorder() === null) return;
  throw new Error(
    `${name}: a compiled function cannot be called inside a trace; call the function that it was made from`,
  );
}

/** `input_0`, `input_1.mask`: the default names of arguments. */
export function inputName(path: string): string {
  return `input_${path}`;
}
