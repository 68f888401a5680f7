import type { IndexOps } from '@reidgrad/core/graph';
import { isFloating, numelOf } from '@reidgrad/core/graph';
import { isSymbolic } from './dynamic-dims.js';
import { compare, equal, iota, metaOf, scatterType, throughFloat, throughInt, transpose, where } from './steps.js';
import type { LowerContext, LoweringTable, Ref, RefMeta } from './types.js';

/** Moves `dim` to the front and back again. */
function swapToFront(context: LowerContext, x: Ref, dim: number): Ref {
  const perm = x.shape.map((_, i) => (i === 0 ? dim : i === dim ? 0 : i));
  return transpose(context, x, perm);
}

function scatterElements(
  context: LowerContext,
  [base, index, source]: readonly Ref[],
  axis: number,
  reduction: 'none' | 'add',
): Ref {
  if (base.shape.length === 0) return reduction === 'none' ? source : context.emit('Add', [base, source], metaOf(base));
  const added = throughInt(context, context.cast(base, scatterType(base.dtype)), (target) =>
    context.emit('ScatterElements', [target, index, context.cast(source, target.dtype)], metaOf(target), {
      axis,
      reduction,
    }),
  );
  return context.cast(added, base.dtype);
}

/** Whether `x` is a constant of zeros. */
function isZero(context: LowerContext, x: Ref): boolean {
  const producer = context.producer(x);
  const { constant } = (producer?.opType === 'Expand' ? producer.ins[0] : x) ?? x;
  return constant !== undefined && Array.from(constant).every((value) => value === 0);
}

/** Zeros above this number are not left to ONNX Runtime's constant folding. */
const foldingLimit = 2 ** 16;

/**
 * The zeros to add to. As a folded constant they would stay in memory for good and be copied at each run; computed from
 * the index, which is not negative, they are there only when needed, and overwritten.
 */
function zerosFor(context: LowerContext, base: Ref, index: Ref): Ref {
  if (base.dims.some(isSymbolic) || numelOf(base.shape) < foldingLimit || base.shape.join() !== index.shape.join()) {
    return base;
  }
  return context.cast(compare(context, 'Less', index, context.scalar(index.dtype, 0)), base.dtype);
}

/** GatherElements takes floats only on WebGPU. */
function gatherElements(context: LowerContext, x: Ref, index: Ref, axis: number, out: RefMeta): Ref {
  if (x.shape.length === 0) return x;
  return throughFloat(context, x, (value) =>
    context.emit('GatherElements', [value, index], { ...out, dtype: value.dtype }, { axis }),
  );
}

export const indexLowerings: LoweringTable<IndexOps> = {
  index_select: (context, [x, index], { dim }, [out]) => [
    context.emit('Gather', [x, index], { ...out, dtype: x.dtype }, { axis: dim }),
  ],
  /** ScatterND along the first dimension; its index is the one int64 tensor that WebGPU can make. */
  index_add(context, [base, index, source], { dim }) {
    const rows = context.cast(context.reshape(index, [index.shape[0], 1]), 'int64');
    const dtype = scatterType(base.dtype);
    const target = swapToFront(context, context.cast(base, dtype), dim);
    const updates = swapToFront(context, context.cast(source, dtype), dim);
    const added = context.emit('ScatterND', [target, rows, updates], metaOf(target), { reduction: 'add' });
    return [context.cast(swapToFront(context, added, dim), base.dtype)];
  },
  gather: (context, [x, index], { dim }, [out]) => [gatherElements(context, x, index, dim, out)],
  scatter_add(context, [base, index, source], { dim }) {
    if (!isFloating(base.dtype) || !isZero(context, base)) {
      return [scatterElements(context, [base, index, source], dim, 'add')];
    }
    const sizes = base.shape.map((size, i) => (i === dim ? 1 : size));
    if (base.shape.length > 0 && index.shape.join() === sizes.join()) {
      // One source per line, as in the gradient of max(dim): no zeros are needed at all.
      const chosen = equal(context, iota(context, base, dim, base.dims), index);
      return [where(context, chosen, source, context.scalar(base.dtype, 0))];
    }
    return [scatterElements(context, [zerosFor(context, base, index), index, source], dim, 'add')];
  },
  scatter: (context, ins, { dim }) => [scatterElements(context, ins, dim, 'none')],
};
