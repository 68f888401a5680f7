/** Shape rules that several ops share. */
import type { Shape } from '../dtype.js';
import { badArgument, dims, show } from '../errors.js';
import type { Meta } from './types.js';

const operandNames: readonly string[] = ['input', 'other'];

/**
 * The common shape of broadcast operands.
 * @param names their names, for the error: one line naming the function, the operand that does not fit, and the dim.
 * @param shown what the error shows of them.
 */
export function broadcastShapes(
  fn: string,
  metas: readonly Meta[],
  names = operandNames,
  shown: readonly Meta[] = metas,
): number[] {
  const rank = Math.max(0, ...metas.map(({ shape }) => shape.length));
  const out = new Array<number>(rank).fill(1);
  for (const [k, { shape }] of metas.entries()) {
    const offset = rank - shape.length;
    shape.forEach((size, i) => {
      const at = i + offset;
      if (size === 1) return;
      if (out[at] !== 1 && out[at] !== size) {
        const other = metas.findIndex((meta) => meta.shape[at - rank + meta.shape.length] === out[at]);
        const why = `size ${size} against ${out[at]} at dim ${at - rank}`;
        throw badArgument(
          fn,
          names[k],
          shown[k],
          `a shape that broadcasts with ${names[other]} ${show(shown[other])}; ${why}`,
        );
      }
      out[at] = size;
    });
  }
  return out;
}

/** `x` with `dims` reduced. */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  return keepdim ? shape.map((size, i) => (dims.includes(i) ? 1 : size)) : shape.filter((_, i) => !dims.includes(i));
}

export function requireRank(op: string, argument: string, meta: Meta, rank: number): void {
  if (meta.shape.length !== rank) {
    throw badArgument(op, argument, meta, dims(rank));
  }
}

export function requireSameDtype(op: string, metas: readonly Meta[], names = operandNames): void {
  const [first] = metas;
  const other = metas.find((meta) => meta.dtype !== first.dtype);
  if (other === undefined) return;
  const expected = `${first.dtype}, as ${names[0]} ${show(first)}; convert it with .to('${first.dtype}')`;
  throw badArgument(op, names[metas.indexOf(other)] ?? 'source', other, expected);
}
