/** Calls of functions with arguments that nothing chose for them: what no list of bad calls would think of. */
import * as torch from '@reidgrad/core';
import { escaped } from './values.js';

/** What a caller may pass by mistake; each call takes one at each place. */
export const garbage: Readonly<Record<string, () => unknown>> = {
  'no argument': () => undefined,
  null: () => null,
  'a list': () => [1, 2],
  'a nested list': () => [[1, 2], [3]],
  text: () => 'text',
  'an object': () => ({}),
  NaN: () => NaN,
  '2.5': () => 2.5,
  '-7': () => -7,
  true: () => true,
  'a function': () => Math.max,
  vector: () => torch.ones([2]),
  matrix: () => torch.ones([2, 3]),
  image: () => torch.ones([1, 2, 3, 3]),
  integers: () => torch.tensor([9, -9], { dtype: torch.long }),
  mask: () => torch.tensor([true, false]),
  number: () => torch.tensor(2),
  escaped: () => escaped,
};

const fine = ['matrix', 'vector', '2.5', 'no argument', 'an object'];

/** Argument lists of up to three arguments: garbage at one place, fitting or other garbage elsewhere. */
export function* argumentLists(): Generator<readonly [title: string, make: () => unknown[]]> {
  const names = Object.keys(garbage);
  for (const first of names) yield [first, () => [garbage[first]()]];
  for (const first of fine) {
    for (const second of names) yield [`${first}, ${second}`, () => [garbage[first](), garbage[second]()]];
  }
  for (const first of ['matrix', 'integers']) {
    for (const second of fine) {
      for (const third of names) {
        yield [`${first}, ${second}, ${third}`, () => [first, second, third].map((name) => garbage[name]())];
      }
    }
  }
}
