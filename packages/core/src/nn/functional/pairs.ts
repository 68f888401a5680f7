/** One size for both spatial dims, or one for each (height, width). */
import { badArgument } from '../../errors.js';
export type PairArgument = number | readonly [number, number];

/** Both sizes of a pair argument. Throws unless they are integers of at least `min`. */
export function pairOf(name: string, option: string, value: PairArgument, min: number): readonly [number, number] {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  if (Array.isArray(pair) && pair.length === 2 && pair.every((size) => Number.isInteger(size) && size >= min))
    return pair;
  throw badArgument(name, option, value, `an integer of at least ${min} or a pair of them`);
}
