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
  // A NaN among the values is skipped by ONNX Runtime's ReduceMax and ReduceMin, where the eager kernels let it win.
  amax: plain('ReduceMax'),
  amin: plain('ReduceMin'),
  any: logical('ReduceMax'),
  all: logical('ReduceMin'),
  argmax: (context, [x], { dim, keepdim }, [out]) => [firstIndex(context, x, dim, keepdim, 'ReduceMax', out)],
  argmin: (context, [x], { dim, keepdim }, [out]) => [firstIndex(context, x, dim, keepdim, 'ReduceMin', out)],
  cumsum: (context, [x], { dim }) => [
    x.shape.length === 0 ? x : context.emit('CumSum', [x, context.constant('int32', [], [dim])], metaOf(x)),
  ],
};
