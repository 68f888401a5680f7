/** One size for both spatial dims, or one for each (height, width). */
import { badArgument } from '../../errors.js';
import type { Tensor } from '../../tensor.js';

export type PairArgument = number | readonly [number, number];

/** Both sizes of a pair argument. Throws unless they are integers of at least `min`. */
export function pairOf(name: string, option: string, value: PairArgument, min: number): readonly [number, number] {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  if (Array.isArray(pair) && pair.length === 2 && pair.every((size) => Number.isInteger(size) && size >= min))
    return pair;
  throw badArgument(name, option, value, `an integer of at least ${min} or a pair of them`);
}

/** What `output_size` of an adaptive pool may be; null keeps a dim's size. */
export type OutputSize = number | readonly [number | null, number | null];

/** Height and width of what an adaptive pool of `x` [N, C, H, W] gives. */
export function outputPair(name: string, wanted: OutputSize, x: Tensor): readonly [number, number] {
  const pair = Array.isArray(wanted) && wanted.map((size: number | null, i) => (size === null ? x.size(2 + i) : size));
  return pairOf(name, 'output_size', (pair || wanted) as PairArgument, 1);
}
