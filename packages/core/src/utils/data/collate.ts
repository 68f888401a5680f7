import { api, badArgument } from '../../errors.js';
import { from_numpy, tensor } from '../../functions/create.js';
import type { TypedArrayIn } from '../../functions/create.js';
import { stack } from '../../functions/shape.js';
import { Tensor } from '../../tensor.js';

/** What `default_collate` makes of samples of type T. */
export type Collated<T> = T extends Tensor | number | boolean | TypedArrayIn
  ? Tensor
  : T extends string
    ? string[]
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Collated<T[K]> }
      : T extends object
        ? { [K in keyof T]: Collated<T[K]> }
        : never;

// Array.isArray does not narrow unknown to a list of unknown.
const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);
const isTyped = (x: unknown): x is TypedArrayIn => ArrayBuffer.isView(x) && !(x instanceof DataView);
const all = <T>(samples: readonly unknown[], is: (x: unknown) => x is T): samples is readonly T[] => samples.every(is);

const isNumber = (x: unknown): x is number => typeof x === 'number';
const isBoolean = (x: unknown): x is boolean => typeof x === 'boolean';
const isString = (x: unknown): x is string => typeof x === 'string';
const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;
const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !isList(x) && !isTyped(x) && !isTensor(x);

function collate(samples: readonly unknown[]): unknown {
  const [first] = samples;
  if (all(samples, isTensor)) return stack(samples);
  // JavaScript cannot tell 1 from 1.0: whole numbers are labels.
  if (all(samples, isNumber)) return tensor(samples, { dtype: samples.every(Number.isInteger) ? 'int64' : 'float64' });
  if (all(samples, isBoolean)) return tensor(samples);
  if (all(samples, isString)) return samples;
  if (all(samples, isTyped)) return stack(samples.map((sample) => from_numpy(sample)));
  if (all(samples, isList) && isList(first)) {
    if (samples.some(({ length }) => length !== first.length)) {
      throw badArgument('default_collate', 'batch', samples, 'lists of one length');
    }
    return first.map((_, i) => collate(samples.map((sample) => sample[i])));
  }
  if (all(samples, isRecord) && isRecord(first)) {
    return Object.fromEntries(Object.keys(first).map((key) => [key, collate(samples.map((sample) => sample[key]))]));
  }
  const expected =
    'samples of one kind: tensors, numbers, booleans, strings, typed arrays, or lists and objects of them';
  throw badArgument('default_collate', 'batch', samples, expected);
}

/**
 * Puts samples into one batch, as PyTorch does without a `collate_fn`: tensors and typed arrays are stacked, numbers
 * become an int64 tensor (float64 where one is fractional), strings stay a list, lists and objects are collated entry
 * by entry.
 * @throws for samples of different kinds or lengths, and for none.
 */
export const default_collate = api('default_collate', <T>(samples: readonly T[]): Collated<T> => {
  if (!isList(samples) || samples.length === 0) {
    throw badArgument('default_collate', 'batch', samples, 'a list of at least one sample');
  }
  // The branches of collate are those of the type.
  return collate(samples) as Collated<T>;
});
