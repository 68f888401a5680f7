import type { CreateOps } from '@reidgrad/core/graph';
import { isSymbolic } from './dynamic-dims.js';
import { counting } from './steps.js';
import type { LoweringTable } from './types.js';

export const createLowerings: LoweringTable<CreateOps> = {
  full(context, _ins, { value }, [out]) {
    const symbolic = context.attribute('value');
    const scalar =
      symbolic === undefined ? context.scalar(out.dtype, value) : context.symbolicScalar(symbolic, out.dtype);
    return [context.expand(scalar, out.shape)];
  },

  arange(context, _ins, _attrs, [out]) {
    const [dim] = out.dims ?? out.shape;
    if (isSymbolic(dim)) return [counting(context, out.shape, out.dtype)];
    return [
      context.constant(
        out.dtype,
        out.shape,
        Array.from({ length: dim }, (_, i) => i),
      ),
    ];
  },

  random() {
    throw new Error('lowerGraph: a random node stands among the ops, expected it among the sources of the graph');
  },
};
