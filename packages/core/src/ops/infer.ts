/** Shape rules that several ops share. */
import { describe } from '../dtype.js';
import type { Shape } from '../dtype.js';
import type { Meta } from './types.js';

/** The common shape of broadcast operands. Throws one line naming the op and the shapes. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    shape.forEach((size, i) => {
      const at = i + offset;
      if (size === 1) return;
      if (out[at] !== 1 && out[at] !== size) {
        const list = shapes.map((s) => `[${s.join(', ')}]`).join(' and ');
        throw new Error(`${op}: shapes ${list} do not broadcast at dim ${at}: ${out[at]} against ${size}`);
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
    throw new Error(`${op}: ${argument} must have ${rank} dims, got ${describe(meta.dtype, meta.shape)}`);
  }
}

export function requireSameDtype(op: string, metas: readonly Meta[]): void {
  const [first] = metas;
  const other = metas.find((meta) => meta.dtype !== first?.dtype);
  if (first !== undefined && other !== undefined) {
    throw new Error(`${op}: expected one dtype, got ${first.dtype} and ${other.dtype}; convert one with .to(...)`);
  }
}
