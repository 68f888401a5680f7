/** What happens around a module's `forward`: scope, hooks, guards of a running trace, and where an error came from. */
import { Tensor } from '../tensor.js';
import { recorder } from '../trace/recorder.js';
import type { Guard, Recorder } from '../trace/recorder.js';
import { currentScope, enterScope, located } from '../trace/scope.js';
import { BackwardHookCall } from './backward-hooks.js';
import type { BackwardHook } from './backward-hooks.js';
import type { Module } from './module.js';

type PreHook = (module: Module, args: readonly unknown[]) => unknown;
type Hook = (module: Module, args: readonly unknown[], output: unknown) => unknown;

/** Hooks by number, in the order in which they were registered. */
export interface ModuleHooks {
  pre: Map<number, PreHook>;
  forward: Map<number, Hook>;
  backward: Map<number, BackwardHook>;
}

export const nameOf = (module: object): string => module.constructor.name;

/** The module whose `forward` runs outermost, and the paths of all below it once one of them was entered. */
let outermost: Module | null = null;
let paths: Map<Module, string> | null = null;

function pathOf(module: Module): string {
  if (outermost === null || outermost === module) return '';
  paths ??= new Map(outermost.named_modules().map(([path, found]) => [found, path]));
  const path = paths.get(module);
  if (path !== undefined) return path;
  const around = currentScope();
  return around === '' ? nameOf(module) : `${around}.${nameOf(module)}`;
}

/** What a trace depends on in a module: every field, and the fields of children that only hold others (ModuleList). */
function fieldsOf(module: Module, path: string): { owner: Module; path: string; property: string; was: unknown }[] {
  return (Object.entries(module) as [string, unknown][]).flatMap(([property, was]) => {
    const field = { owner: module, path, property, was };
    const holder = isModuleWithoutForward(was) ? fieldsOf(was, path === '' ? property : `${path}.${property}`) : [];
    return [field, ...holder];
  });
}

function isModuleWithoutForward(value: unknown): value is Module {
  // Only the methods tell a module here: importing the class would make the two files need each other while loading.
  return typeof value === 'object' && value !== null && 'isContainer' in value && value.isContainer === true;
}

const show = (value: unknown): string =>
  value === null || ['number', 'boolean', 'string', 'undefined'].includes(typeof value) ? String(value) : 'another';

function guardOf(owner: Module, path: string, property: string, was: unknown): Guard {
  const read = (): unknown => Reflect.get(owner, property);
  const where = `${property} of ${path === '' ? nameOf(owner) : path}`;
  if (!(was instanceof Tensor)) {
    return {
      holds: () => Object.is(read(), was),
      describe: () =>
        typeof was === 'object' && was !== null
          ? `${where} was replaced`
          : `${where} was ${show(was)} and is now ${show(read())}`,
    };
  }
  const { cell, dtype } = was;
  return {
    holds: () => read() === was && was.cell === cell && was.dtype === dtype,
    describe: () =>
      was.dtype === dtype ? `${where} was replaced by another` : `${where} was ${dtype} and is now ${was.dtype}`,
  };
}

function recordGuards(trace: Recorder, module: Module, hooks: ModuleHooks, fields: ReturnType<typeof fieldsOf>): void {
  for (const { owner, path, property, was } of fields) {
    // A field that forward itself writes (a counter, a kept activation) would make every call retrace.
    if (Object.is(Reflect.get(owner, property), was)) trace.guard(owner, property, guardOf(owner, path, property, was));
  }
  const name = currentScope() === '' ? nameOf(module) : currentScope();
  const counts = {
    forward: (): number => hooks.pre.size + hooks.forward.size,
    backward: (): number => hooks.backward.size,
  };
  for (const [kind, count] of Object.entries(counts)) {
    const was = count();
    trace.guard(module, `${kind} hooks`, {
      holds: () => count() === was,
      describe: () => `the number of ${kind} hooks of ${name} was ${was} and is now ${count()}`,
    });
  }
}

const placed = new WeakSet<Error>();

/** Says once, at the innermost module, where the error happened. */
function locate(error: unknown, inModule: (message: string) => string): void {
  if (!(error instanceof Error) || placed.has(error)) return;
  placed.add(error);
  const { message, stack } = error;
  error.message = inModule(message);
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

/** Runs pre-hooks, `forward` and hooks of `module` in a scope of its path. */
export function callModule(
  module: Module,
  hooks: ModuleHooks,
  forward: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
): unknown {
  const path = pathOf(module);
  const isOutermost = outermost === null;
  if (isOutermost) outermost = module;
  const leave = enterScope(path, nameOf(module));
  const inModule = located();
  const trace = recorder();
  const fields = trace === null ? [] : fieldsOf(module, path);
  for (const { path: owner, property, was } of fields) {
    if (was instanceof Tensor) trace?.nameState(was.cell, owner === '' ? property : `${owner}.${property}`);
  }
  try {
    let inputs = args;
    for (const hook of [...hooks.pre.values()]) {
      const changed = hook(module, inputs);
      if (changed !== undefined && changed !== null) inputs = Array.isArray(changed) ? changed : [changed];
    }
    const backward = hooks.backward.size > 0 ? new BackwardHookCall(module, hooks.backward) : null;
    if (backward !== null) inputs = backward.before(inputs);
    let output = forward.apply(module, [...inputs]);
    for (const hook of [...hooks.forward.values()]) output = hook(module, inputs, output) ?? output;
    if (backward !== null) output = backward.after(output);
    if (trace !== null) recordGuards(trace, module, hooks, fields);
    return output;
  } catch (error) {
    locate(error, inModule);
    throw error;
  } finally {
    leave();
    if (isOutermost) {
      outermost = null;
      paths = null;
    }
  }
}
