/** Checks of arguments that several functions share. They throw in the name of the function `fn`. */
import { isFloating } from '../dtype.js';
import type { Shape } from '../dtype.js';
import { badArgument, dims } from '../errors.js';
import { broadcastShapes } from '../ops/infer.js';
import { Tensor } from '../tensor.js';
import type { Operand } from './pointwise.js';

/** The common shape of tensors. Throws in the name of the function its caller called, not of the first op in it. */
export function requireFit(fn: string, operands: Readonly<Record<string, Operand>>): number[] {
  const tensors = Object.entries(operands).filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor);
  return broadcastShapes(
    fn,
    tensors.map(([, x]) => x),
    tensors.map(([name]) => name),
  );
}

/** Throws where `x` cannot require gradients or be random. */
export function requireFloating(fn: string, x: Tensor, argument = 'input'): void {
  if (!isFloating(x.dtype)) throw badArgument(fn, argument, x, 'a floating tensor; convert it with .float()');
}

/** Throws unless all operands have `rank` dims. */
export function requireRanks(fn: string, operands: Readonly<Record<string, Tensor>>, rank: number): void {
  for (const [name, x] of Object.entries(operands)) {
    if (x.ndim !== rank) throw badArgument(fn, name, x, rank === 1 ? 'a vector' : rank === 2 ? 'a matrix' : dims(rank));
  }
}

/** Throws unless `x` broadcasts to `shape`. */
export function requireExpandable(fn: string, argument: string, x: Tensor, shape: Shape): void {
  const offset = shape.length - x.ndim;
  if (offset >= 0 && x.shape.every((size, i) => size === 1 || size === shape[i + offset])) return;
  throw badArgument(fn, argument, x, `a shape that broadcasts to [${shape.join(', ')}]`);
}
