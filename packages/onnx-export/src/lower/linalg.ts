import { isFloating } from '@reidgrad/core/graph';
import type { LinalgOps } from '@reidgrad/core/graph';
import type { LowerContext, LoweringTable, Ref } from './types.js';

/** `x` without the transposition that made it, and whether there was one. */
function untransposed(context: LowerContext, x: Ref): { ref: Ref; transposed: boolean } {
  const producer = context.producer(x);
  const source = producer?.opType === 'Transpose' && x.shape.length === 2 ? producer.ins[0] : undefined;
  return source ? { ref: source, transposed: true } : { ref: x, transposed: false };
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
      if (left.transposed || right.transposed) {
        const flags = { transA: left.transposed ? 1 : 0, transB: right.transposed ? 1 : 0 };
        return [context.emit('Gemm', [left.ref, right.ref], out, flags)];
      }
    }
    return [context.emit('MatMul', [a, b], out)];
  },
};
