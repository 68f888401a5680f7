/**
 * Boolean-mask selections inside a trace. `x[mask]` has a length that only the data knows, so the trace keeps all of x
 * with its mask: elementwise ops act on all of it, reductions count the selected elements only.
 */
import { CallError } from '../errors.js';
import { Tensor } from '../tensor.js';

/** @internal A handle on `x` that counts only where `mask` holds. */
export function select(x: Tensor, mask: Tensor): Tensor {
  const selected = new Tensor(x.cell, x.autograd);
  selected.viewOf = x.viewOf;
  selected.selection = mask;
  return selected;
}

/** @internal All of a selection's elements. */
export function unselected(x: Tensor): Tensor {
  if (x.selection === null) return x;
  const all = new Tensor(x.cell, x.autograd);
  all.viewOf = x.viewOf;
  return all;
}

/**
 * @internal Runs an elementwise `fn` on the whole tensors behind selections and selects the result again.
 * @throws when selections by different masks meet, or a selection meets a tensor with dims.
 */
export function liftSelection(name: string, ins: readonly Tensor[], fn: (ins: readonly Tensor[]) => Tensor): Tensor {
  const mask = ins.find((x) => x.selection !== null)?.selection ?? null;
  if (mask === null) return fn(ins);
  for (const x of ins) {
    if (x.selection !== null ? x.selection !== mask : x.ndim > 0) {
      throw new CallError(
        name,
        'inside a trace a boolean-mask selection combines with numbers, 0-d tensors and selections by the same mask only; ' +
          'use where(mask, ..., ...) instead',
      );
    }
  }
  return select(fn(ins.map(unselected)), mask);
}
