/** Calls with arguments that nobody chose: every function takes them, or says in its own name what it expected. */
import * as torch from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { byFunction } from './names.js';
import { escaped } from './values.js';

/** What a caller may pass by mistake. */
const garbage: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  list: () => [1, 2],
  'nested list': () => [[1, 2], [3]],
  text: () => 'text',
  object: () => ({}),
  NaN: () => NaN,
  '2.5': () => 2.5,
  '-7': () => -7,
  true: () => true,
  function: () => Math.max,
  vector: () => torch.ones([2]),
  matrix: () => torch.ones([2, 3]),
  image: () => torch.ones([1, 2, 3, 3]),
  integers: () => torch.tensor([9, -9], { dtype: torch.long }),
  mask: () => torch.tensor([true, false]),
  number: () => torch.tensor(2),
  escaped: () => escaped,
};

/** The names of up to three arguments: each kind of garbage at each place, after arguments that may fit. */
const argumentLists: readonly (readonly string[])[] = Object.keys(garbage).flatMap((last) => [
  [last],
  ...['matrix', '2.5', 'nothing'].map((first) => [first, last]),
  ...['matrix', 'vector', '2.5'].map((second) => ['matrix', second, last]),
]);

/** Functions that set a mode of the program, or call what they are given. */
const skipped = /^(set_\w+|no_grad|enable_grad|detect_anomaly|checkpoint|sync|triplet_margin_with_distance_loss)$/;

const last = (name: string): string => name.replace(/^.*\./, '');
const isClass = (value: object): boolean => /^class\b/.test(Function.prototype.toString.call(value));
const functions = [...byFunction]
  .filter(([value, [name]]) => name.startsWith('torch.') && !isClass(value) && !skipped.test(last(name)))
  .map(([value, names]) => [names[0], value as (...args: unknown[]) => unknown, names] as const);

/** What is wrong with the error of a call, or null. */
function fault(error: unknown, names: readonly string[]): string | null {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  const own = names.flatMap((name) => [last(name), last(name).replace(/_$/, ''), name.replace(/^torch\./, '')]);
  const named = own.some((name) => message.startsWith(`${name}: `));
  return named && !/^\w+: .*(expected (NaN|undefined)\b|undefined\[|\[object)/.test(message) ? null : message;
}

describe('garbage as arguments', () => {
  it.each(functions)('%s', (_, fn, names) => {
    const faults = argumentLists.flatMap((list) => {
      try {
        fn(...list.map((kind) => garbage[kind]()));
      } catch (error) {
        const found = fault(error, names);
        if (found !== null) return [`(${list.join(', ')}): ${found}`];
      }
      return [];
    });
    expect(faults).toEqual([]);
  });

  it('covers the functions of torch and torch.nn.functional', () => {
    expect(functions.length).toBeGreaterThan(290);
  });
});
