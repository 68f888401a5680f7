import { isFloating } from '@reidgrad/core/graph';
import type { ReduceOps, Shape } from '@reidgrad/core/graph';
import { equal, iota, isNaNMask, metaOf, or, pointwise, reduce, reducedShape, where } from './steps.js';
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

/** Of flags as floats: ReduceMax and ReduceMin take no bool on WebGPU, and are slower for int32 on the CPU. */
function reduceFlags(
  context: LowerContext,
  opType: 'ReduceMax' | 'ReduceMin',
  x: Ref,
  dims: readonly number[],
  keepdim: boolean,
  shape: Shape,
): Ref {
  return context.cast(reduce(context, opType, context.cast(x, 'float32'), dims, keepdim, shape), 'bool');
}

const logical =
  (opType: 'ReduceMax' | 'ReduceMin'): Reduction =>
  (context, [x], { dims, keepdim }, [out]) => [
    dims.length === 0 ? x : reduceFlags(context, opType, x, dims, keepdim, out.shape),
  ];

/**
 * ONNX Runtime's ReduceMax and ReduceMin skip every NaN but the first element; here `forNaN` is the result where there
 * is one. Asking for NaNs costs as much as two more passes over x. A sum would tell for one pass, but takes opposite
 * infinities for a NaN.
 */
function extremeOf(
  context: LowerContext,
  opType: 'ReduceMax' | 'ReduceMin',
  x: Ref,
  dims: readonly number[],
  keepdim: boolean,
  shape: Shape,
  forNaN: number,
): Ref {
  const best = reduce(context, opType, x, dims, keepdim, shape);
  if (!isFloating(x.dtype)) return best;
  const any = reduceFlags(context, 'ReduceMax', isNaNMask(context, x), dims, keepdim, shape);
  return where(context, any, context.scalar(x.dtype, forNaN), best);
}

const extreme =
  (opType: 'ReduceMax' | 'ReduceMin'): Reduction =>
  (context, [x], { dims, keepdim }, [out]) => [
    dims.length === 0 ? x : extremeOf(context, opType, x, dims, keepdim, out.shape, NaN),
  ];

/** From this number of positions on float32 does not tell them all apart. */
const MANY = 2 ** 24;

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
  const value = x.dtype === 'bool' ? context.cast(x, 'int32') : x;
  const infinity = opType === 'ReduceMax' ? Infinity : -Infinity;
  const best = extremeOf(context, opType, value, [dim], true, reducedShape(x.shape, [dim], true), infinity);
  let hit = equal(context, value, best);
  if (isFloating(x.dtype)) hit = or(context, hit, isNaNMask(context, value));
  // Where would do it as well, but takes five times as long as any other elementwise operator on the CPU. Positions count
  // up to 0, so that they are below the 0 of those that are no hit.
  const dtype = x.shape[dim] < MANY ? 'float32' : 'int32';
  const offset = context.scalar(dtype, dtype === 'float32' ? MANY : 2 ** 31 - 1);
  const positions = pointwise(context, 'Sub', context.cast(iota(context, x, dim, x.dims), dtype), offset);
  const candidates = pointwise(context, 'Mul', context.cast(hit, dtype), positions);
  const first = reduce(context, 'ReduceMin', candidates, [dim], keepdim, out.shape);
  return context.cast(pointwise(context, 'Add', first, offset), 'int32');
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
