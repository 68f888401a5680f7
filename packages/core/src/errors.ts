/**
 * The errors of bad calls: one line that names the function, the argument by PyTorch's name, what it got and what it
 * expected. Imports nothing that runs while modules load, so that everything may import it.
 */
import { named } from './arguments.js';
import type { Positional } from './arguments.js';
import { describe } from './dtype.js';
import type { DType, Shape } from './dtype.js';

/** An array is written out up to this many elements, and up to this many characters. */
const MOST_SHOWN = 16;
const MOST_CHARACTERS = 60;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether `value` is a tensor; by its fields, since the class loads after this file. */
export function isTensor(value: unknown): boolean {
  return isObject(value) && 'viewOf' in value;
}

/** A short text for a value: `float32[2, 3]`, `[1, 2]`, `'mean'`, `undefined`, `a function`. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, MOST_CHARACTERS).replace(/\s+/g, ' ')}'`;
  if (typeof value === 'function') return 'a function';
  if (!isObject(value)) return String(value);
  if ('selection' in value && value.selection !== null) return 'a boolean-mask selection';
  if ('dtype' in value && 'shape' in value) return describe(value.dtype as DType, value.shape as Shape);
  if (Array.isArray(value)) {
    const text = value.length > MOST_SHOWN ? '' : `[${value.map(show).join(', ')}]`;
    return text === '' || text.length > MOST_CHARACTERS ? `an array of ${value.length} elements` : text;
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${(value as Uint8Array).length})`;
  const { constructor } = value;
  return constructor === Object ? 'an object' : `an instance of ${constructor?.name}`;
}

/** The error of a bad call. `api` puts the name of the function that the user called. */
export class CallError extends Error {
  // Not a property that is listed: what prints or copies an error would go through a tensor's whole graph.
  readonly #got: unknown;

  constructor(
    readonly fn: string,
    /** What follows the function's name, or with an argument what was expected of it. */
    readonly text: string,
    readonly argument?: string,
    got?: unknown,
  ) {
    super(`${fn}: ${argument === undefined ? text : `${argument}: got ${show(got)}, expected ${text}`}`);
    this.#got = got;
  }

  /** What was passed as the argument. */
  get got(): unknown {
    return this.#got;
  }
}

/** `fn: argument: got …, expected …`. */
export function badArgument(fn: string, argument: string, got: unknown, expected: string): CallError {
  return new CallError(fn, expected, argument, got);
}

/** Throws unless `value` is a tensor. */
export function requireTensor(fn: string, argument: string, value: unknown): void {
  if (!isTensor(value)) throw badArgument(fn, argument, value, 'a tensor');
}

/** Throws unless `value` is a list of `items`. */
export function requireList(fn: string, argument: string, value: unknown, items: string): void {
  if (!Array.isArray(value)) throw badArgument(fn, argument, value, `a list of ${items}`);
}

/** Throws unless `value` is an integer of at least `least`. */
export function requireCount(fn: string, argument: string, value: unknown, least = 1): void {
  if (Number.isInteger(value) && (value as number) >= least) return;
  throw badArgument(fn, argument, value, `an integer of at least ${least}`);
}

/** Throws unless all are integers of at least `least`. */
export function requireCounts(fn: string, counts: Readonly<Record<string, number>>, least = 0): void {
  for (const [argument, value] of Object.entries(counts)) requireCount(fn, argument, value, least);
}

/** Throws unless `value` is a number from 0 to 1. */
export function requireShare(fn: string, argument: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw badArgument(fn, argument, value, 'a number from 0 to 1');
}

/** Throws unless `value` is one of `choices`, words that a space parts. */
export function requireChoice(fn: string, argument: string, value: unknown, choices: string): void {
  if (typeof value === 'string' && ` ${choices} `.includes(` ${value} `)) return;
  throw badArgument(fn, argument, value, `'${choices.replaceAll(' ', "', '")}'`.replace(/, (?=[^,]*$)/, ' or '));
}

const OPTIONS = 'an object of options, by name';

const isOptions = (value: unknown): boolean => value === undefined || (isObject(value) && !isTensor(value));

/** Throws unless `options` is an object or left out: an option passed by position would be passed over. */
export function requireOptions(fn: string, options: unknown): void {
  if (!isOptions(options)) throw badArgument(fn, 'options', options, OPTIONS);
}

/** `1 dim`, `2 dims`. */
export const dims = (count: number): string => `${count} dim${count === 1 ? '' : 's'}`;

const isList = (value: unknown): boolean => Array.isArray(value) && value.every(Number.isInteger);

/** What an argument must be, by the sign behind its name in the signature of `api`; without a sign a tensor. */
const kinds: Readonly<Record<string, readonly [fits: (value: unknown) => boolean, expected: string]>> = {
  '': [isTensor, 'a tensor'],
  '?': [(value) => (value ?? null) === null || isTensor(value), 'a tensor or null'],
  '#': [(value) => typeof value === 'number' || isTensor(value), 'a tensor or a number'],
  '*': [(value) => Array.isArray(value) && value.every(isTensor), 'a list of tensors'],
  '=': [isOptions, OPTIONS],
  '+': [isList, 'a list of integers'],
  '~': [(value) => Number.isInteger(value) || isList(value), 'an integer or a list of integers'],
  '/': [(value) => value !== null && typeof value !== 'string', 'a number or an object of options'],
  ':': [() => true, ''],
};

/** What the caller of a function should read of `error`. */
function explain(signature: string, args: readonly unknown[], error: unknown): unknown {
  if (!(error instanceof TypeError) && !(error instanceof CallError)) return error;
  const [fn, ...names] = signature.split(' ');
  for (const [i, name] of names.entries()) {
    const [, argument = '', sign = ''] = /^(\w+)(\W?)$/.exec(name) ?? [];
    const [fits, expected] = kinds[sign];
    if (!fits(args[i])) return badArgument(fn, argument, args[i], expected);
  }
  if (!(error instanceof CallError)) return error;
  return new CallError(fn, error.text, nameOf(error.got, names, args) ?? error.argument, error.got);
}

/** The name here of a value that was passed on, as an argument or within the options; of numbers many may be equal. */
function nameOf(got: unknown, names: readonly string[], args: readonly unknown[]): string | undefined {
  if (!isObject(got) && typeof got !== 'string') return undefined;
  for (const [i, value] of args.entries()) {
    if (value === got) return names[i]?.replace(/\W$/, '');
    const option = isObject(value) && Object.entries(value).find(([, one]) => one === got);
    if (option && names[i]?.endsWith('=')) return option[0];
  }
  return undefined;
}

/** The type of a public function: options named behind `options=` in its signature may also stand in that order. */
type Called<S extends string, F extends (...args: never[]) => unknown> = S extends `${string}= ${infer Order}`
  ? Required<Parameters<F>> extends [...infer Required, infer O]
    ? (...args: [...Required, ...Positional<O, Order>]) => ReturnType<F>
    : never
  : F;

/**
 * A public function. Nothing is checked before it runs but its options, since an argument out of place would be passed
 * over; when it fails, its error names what is wrong with the arguments, and says what an inner function refused in this
 * function's name.
 * @param signature its name and PyTorch's names of its arguments, each with the sign of its kind; after `options=` the
 * names of options that may be passed in this order.
 */
/* @__NO_SIDE_EFFECTS__ */
export function api<S extends string, F extends (...args: never[]) => unknown>(signature: S, fn: F): Called<S, F> {
  const run = fn as unknown as (...args: readonly unknown[]) => unknown;
  const [own, order] = signature.split('= ');
  const first = signature.split(' ').findIndex((name) => name.endsWith('=')) - 1;
  const call = (...given: readonly unknown[]): unknown => {
    const args = [...given];
    try {
      if (order !== undefined) {
        const options = named(own, order, given.slice(first) as []);
        args.length = first;
        args.push(options);
      }
      if (first >= 0 && !isOptions(args[first])) throw new TypeError();
      return run(...args);
    } catch (error) {
      throw explain(order === undefined ? own : `${own}=`, args, error);
    }
  };
  return call as unknown as Called<S, F>;
}
