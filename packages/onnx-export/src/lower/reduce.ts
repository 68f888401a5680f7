import { isFloating } from '@reidgrad/core/graph';
import type { ReduceOps } from '@reidgrad/core/graph';
import { equal, iota, isNaNMask, metaOf, reduce, reducedShape, where } from './steps.js';
import type { LowerContext, Lowering, LoweringTable, Ref, RefMeta } from './types.js';

type Reduction = Lowering<'sum'>;

const plain =
  (opType: string): Reduction =>
  (context, [x], { dims, keepdim }, [out]) => [
    dims.length === 0 ? x : reduce(context, opType, x, dims, keepdim, out.shape),
  ];

/** Sums over batch and map of an image tensor go faster in two stages on the CPU. */
const staged =
  (opType: string): Reduction =>
  (context, [x], attrs, outs) => {
    const { dims, keepdim } = attrs;
    if (x.shape.length !== 4 || dims.length !== 3 || dims.includes(1)) return plain(opType)(context, [x], attrs, outs);
    const maps = reduce(context, opType, x, [2, 3], keepdim, reducedShape(x.shape, [2, 3], keepdim));
    return [reduce(context, opType, maps, [0], keepdim, outs[0].shape)];
  };

/** ReduceMax and ReduceMin take no bool on WebGPU. */
const logical =
  (opType: string): Reduction =>
  (context, [x], { dims, keepdim }, [out]) => [
    dims.length === 0
      ? x
      : context.cast(reduce(context, opType, context.cast(x, 'int32'), dims, keepdim, out.shape), 'bool'),
  ];

/**
 * ONNX Runtime's ReduceMax and ReduceMin skip every NaN but the first element; here it must win. Asking for NaNs costs as
 * much as two more passes over x. A sum would tell for one pass, but takes opposite infinities for a NaN.
 */
const extreme =
  (opType: 'ReduceMax' | 'ReduceMin'): Reduction =>
  (context, [x], attrs, outs) => {
    const [best] = plain(opType)(context, [x], attrs, outs);
    if (!isFloating(x.dtype) || attrs.dims.length === 0) return [best];
    const flags = context.cast(isNaNMask(context, x), 'float32');
    const any = reduce(context, 'ReduceMax', flags, attrs.dims, attrs.keepdim, outs[0].shape);
    return [where(context, context.cast(any, 'bool'), context.scalar(x.dtype, NaN), best)];
  };

/**
 * First index of the extremum as int32 (ONNX's own ArgMax gives int64, which WebGPU cannot cast): the smallest
 * position at which x equals it. A NaN counts as infinite, so the first NaN wins unless an infinity stands before it.
 */
function firstIndex(
  context: LowerContext,
  x: Ref,
  dim: number,
  keepdim: boolean,
  opType: 'ReduceMax' | 'ReduceMin',
  out: RefMeta,
): Ref {
  if (x.shape.length === 0) return context.scalar('int32', 0);
  let value = x.dtype === 'bool' ? context.cast(x, 'int32') : x;
  if (isFloating(x.dtype)) {
    const infinity = context.scalar(x.dtype, opType === 'ReduceMax' ? Infinity : -Infinity);
    value = where(context, isNaNMask(context, x), infinity, x);
  }
  const best = reduce(context, opType, value, [dim], true, reducedShape(x.shape, [dim], true));
  const positions = iota(context, x, dim, x.dims);
  const candidates = where(context, equal(context, value, best), positions, context.scalar('int32', 2 ** 31 - 1));
  return reduce(context, 'ReduceMin', candidates, [dim], keepdim, out.shape);
}

export const reduceLowerings: LoweringTable<ReduceOps> = {
  sum: staged('ReduceSum'),
  mean: staged('ReduceMean'),
  prod: plain('ReduceProd'),
  amax: extreme('ReduceMax'),
  amin: extreme('ReduceMin'),
  any: logical('ReduceMax'),
  all: logical('ReduceMin'),
  argmax: (context, [x], { dim, keepdim }, [out]) => [firstIndex(context, x, dim, keepdim, 'ReduceMax', out)],
  argmin: (context, [x], { dim, keepdim }, [out]) => [firstIndex(context, x, dim, keepdim, 'ReduceMin', out)],
  cumsum: (context, [x], { dim }) => [
    x.shape.length === 0 ? x : context.emit('CumSum', [x, context.constant('int32', [], [dim])], metaOf(x)),
  ],
};
