import { isFloating } from '@reidgrad/core/graph';
import type { LinalgOps } from '@reidgrad/core/graph';
import { isSymbolic } from './dynamic-dims.js';
import { slice, toTheEnd, transpose } from './steps.js';
import type { LowerContext, LoweringTable, Ref, RefMeta } from './types.js';

/** `x` without the transposition that made it, and whether there was one. */
function untransposed(context: LowerContext, x: Ref): { ref: Ref; transposed: boolean } {
  const producer = context.producer(x);
  const source = producer?.opType === 'Transpose' && x.shape.length === 2 ? producer.ins[0] : undefined;
  return source ? { ref: source, transposed: true } : { ref: x, transposed: false };
}

/** Into how many strips a product x·xᵀ is cut, and from how many rows on: fewer rows gain less than the copies cost. */
const STRIPS = 4;
const manyRows = 512;

/** x·xᵀ on the CPU without its lower triangle, which mirrors the upper one: 10 of 16 blocks are computed. */
function gram(context: LowerContext, x: Ref, out: RefMeta): Ref {
  const { dtype } = x;
  const [rows, features] = x.shape;
  const height = rows / STRIPS;
  const part = (of: Ref, axis: 0 | 1, from: number, to: number, shape: readonly number[]): Ref =>
    slice(context, of, [axis], [from], [to === rows ? toTheEnd : to], [1], { dtype, shape });
  const strips = Array.from({ length: STRIPS }, (_, i) => {
    const from = i * height;
    const own = part(x, 0, from, from + height, [height, features]);
    const others = i === 0 ? x : part(x, 0, from, rows, [rows - from, features]);
    return context.emit('Gemm', [own, others], { dtype, shape: [height, rows - from] }, { transB: 1 });
  });
  const whole = strips.map((strip, i) => {
    const mirrored = strips.slice(0, i).map((above, j) => {
      const from = (i - j) * height;
      return transpose(context, part(above, 1, from, from + height, [height, height]), [1, 0]);
    });
    return i === 0
      ? strip
      : context.emit('Concat', [...mirrored, strip], { dtype, shape: [height, rows] }, { axis: 1 });
  });
  return context.emit('Concat', whole, out, { axis: 0 });
}

function isLargeGram(context: LowerContext, left: Ref, right: Ref): boolean {
  const [rows] = left.dims;
  return !context.portable && left.name === right.name && !isSymbolic(rows) && rows >= manyRows && rows % STRIPS === 0;
}

export const linalgLowerings: LoweringTable<LinalgOps> = {
  /** Transposed matrices go into Gemm, which all providers implement; a MatMul would need them copied on WebGPU. */
  matmul(context, [a, b], _attrs, [out]) {
    // Integer matrices have no kernel on WebGPU; exact as float32 to 2^24.
    if (!isFloating(a.dtype) && context.portable) {
      const product = context.emit('MatMul', [context.cast(a, 'float32'), context.cast(b, 'float32')], {
        ...out,
        dtype: 'float32',
      });
      return [context.cast(product, out.dtype)];
    }
    if (isFloating(a.dtype) && a.shape.length === 2 && b.shape.length === 2) {
      const left = untransposed(context, a);
      const right = untransposed(context, b);
      if (!left.transposed && right.transposed && isLargeGram(context, left.ref, right.ref)) {
        return [gram(context, left.ref, out)];
      }
      if (left.transposed || right.transposed) {
        const flags = { transA: left.transposed ? 1 : 0, transB: right.transposed ? 1 : 0 };
        return [context.emit('Gemm', [left.ref, right.ref], out, flags)];
      }
    }
    return [context.emit('MatMul', [a, b], out)];
  },
};
