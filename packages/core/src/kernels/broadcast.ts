import type { Shape } from '../dtype.js';
import { collapse, contiguousStrides, type Layout } from './strides.js';

/** Steps of an operand of `shape` along the dims of `outShape`: 0 where it is repeated. */
export function broadcastStrides(shape: Shape, outShape: Shape): number[] {
  const own = contiguousStrides(shape);
  const missing = outShape.length - shape.length;
  return outShape.map((_, d) => (d < missing || shape[d - missing] === 1 ? 0 : own[d - missing]));
}

/**
 * The shortest walk over a broadcast: operand 0 is the contiguous output, the others are the inputs in order. Operands
 * of one shape, and scalars, collapse to a single inner run whose steps are 1 or 0.
 */
export function planBroadcast(outShape: Shape, inShapes: readonly Shape[]): Layout {
  return collapse(outShape, [
    contiguousStrides(outShape),
    ...inShapes.map((shape) => broadcastStrides(shape, outShape)),
  ]);
}
