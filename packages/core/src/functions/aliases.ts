/** Names of the torch namespace for what has another form here. */
import type { Shape } from '../dtype.js';
import { requireList } from '../errors.js';
import { batch_norm as functional } from '../nn/functional/norm.js';
import type { Tensor } from '../tensor.js';
import { parseSizes } from './create.js';

/** A shape: an array of numbers. */
export type Size = Shape;

/** The sizes as a shape, as `torch.Size`. Throws for what is no size. */
export function Size(sizes: Iterable<number> = []): number[] {
  const list = Symbol.iterator in Object(sizes) ? [...sizes] : sizes;
  requireList('Size', 'sizes', list, 'non-negative integers');
  return parseSizes('Size', [list]).shape;
}

/** `F.batch_norm` in the argument order of `torch.batch_norm`. */
export function batch_norm(
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  running_mean: Tensor | null,
  running_var: Tensor | null,
  training: boolean,
  momentum: number,
  eps: number,
  _cudnn_enabled?: boolean,
): Tensor {
  return functional(input, running_mean, running_var, { weight, bias, training, momentum, eps });
}
