import { isFloating } from '@reidgrad/core/graph';
import type { DType, Shape } from '@reidgrad/core/graph';
import type { OnnxAttribute } from '../onnx/model.js';
import type { Dim } from './dynamic-dims.js';
import { broadcastDims, isSymbolic } from './dynamic-dims.js';
import type { LowerContext, Ref, RefMeta } from './types.js';

/** Small pieces that several lowerings are built from. */

export const metaOf = (ref: RefMeta, dtype: DType = ref.dtype): RefMeta => ({
  dtype,
  shape: ref.shape,
  dims: ref.dims,
});

/** What two or three values broadcast to, in the first one's dtype. */
export function broadcastMeta(operands: readonly Ref[], dtype: DType = operands[0].dtype): RefMeta {
  const dims: readonly Dim[] = broadcastDims(operands.map((ref) => ref.dims)) ?? operands[0].dims;
  return { dtype, shape: dims.map((dim) => (isSymbolic(dim) ? dim.example : dim)), dims };
}

/** An elementwise operator of one or more inputs; the result has the first input's dtype. */
export const pointwise = (context: LowerContext, opType: string, ...ins: readonly Ref[]): Ref =>
  context.emit(opType, ins, broadcastMeta(ins));

/** A comparison, or And. */
export const compare = (context: LowerContext, opType: string, a: Ref, b: Ref): Ref =>
  context.emit(opType, [a, b], broadcastMeta([a, b], 'bool'));

export function not(context: LowerContext, x: Ref): Ref {
  const producer = context.producer(x);
  return (producer?.opType === 'Not' ? producer.ins[0] : null) ?? context.emit('Not', [x], metaOf(x));
}

/**
 * Logical and. WebGPU reuses the shader that it compiled for one way of broadcasting bools for all others, across
 * sessions too, and is silently wrong then; integers broadcast right.
 */
export function and(context: LowerContext, a: Ref, b: Ref): Ref {
  if (!context.has('webgpu') || a.shape.join() === b.shape.join()) return compare(context, 'And', a, b);
  return context.cast(pointwise(context, 'Mul', context.cast(a, 'int32'), context.cast(b, 'int32')), 'bool');
}

/** WebGPU has And and Not, but no Or. */
export const or = (context: LowerContext, a: Ref, b: Ref): Ref =>
  context.portable ? not(context, and(context, not(context, a), not(context, b))) : compare(context, 'Or', a, b);

/** Equal has no bool on WebGPU. */
export function equal(context: LowerContext, a: Ref, b: Ref): Ref {
  if (a.dtype !== 'bool') return compare(context, 'Equal', a, b);
  return compare(context, 'Equal', context.cast(a, 'int32'), context.cast(b, 'int32'));
}

/** `condition ? a : b`. Where has no bool on the CPU. */
export function where(context: LowerContext, condition: Ref, a: Ref, b: Ref): Ref {
  if (a.dtype === 'bool') return or(context, and(context, condition, a), and(context, not(context, condition), b));
  return context.emit('Where', [condition, a, b], broadcastMeta([a, condition, b]));
}

/** True where a float is NaN (IsNaN has no WebGPU kernel). */
export const isNaNMask = (context: LowerContext, x: Ref): Ref =>
  context.portable ? not(context, compare(context, 'Equal', x, x)) : context.emit('IsNaN', [x], metaOf(x, 'bool'));

/** Runs `body` on int32 where the operator takes no bool. */
export function throughInt(context: LowerContext, x: Ref, body: (x: Ref) => Ref): Ref {
  return x.dtype === 'bool' ? context.cast(body(context.cast(x, 'int32')), 'bool') : body(x);
}

/** Runs `body` on float32 where the operator takes floats only; integers beyond 2^24 lose their low bits. */
export function throughFloat(context: LowerContext, x: Ref, body: (x: Ref) => Ref): Ref {
  return isFloating(x.dtype) || !context.portable ? body(x) : context.cast(body(context.cast(x, 'float32')), x.dtype);
}

/** The dtype to add up scattered values in: neither the CPU nor WebGPU scatters sums of float16. */
export const scatterType = (dtype: DType): DType => (dtype === 'float16' ? 'float32' : dtype);

export function reduce(
  context: LowerContext,
  opType: string,
  x: Ref,
  axes: readonly number[],
  keepdims: boolean,
  shape: Shape,
): Ref {
  return context.emit(opType, [x, context.int64s(axes)], { dtype: x.dtype, shape }, { keepdims: keepdims ? 1 : 0 });
}

/** The shape of a reduction over `dims`. */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  if (keepdim) return shape.map((size, i) => (dims.includes(i) ? 1 : size));
  return shape.filter((_, i) => !dims.includes(i));
}

const isList = (attribute: OnnxAttribute | undefined): attribute is readonly number[] => Array.isArray(attribute);

/** What `x` is a transposition of. */
function transposition(context: LowerContext, x: Ref): { source: Ref; perm: readonly number[] } | undefined {
  const producer = context.producer(x);
  if (producer?.opType !== 'Transpose') return undefined;
  const { perm } = producer.attributes;
  const [source] = producer.ins;
  return source && isList(perm) ? { source, perm } : undefined;
}

/** Dims in the order `perm`. A transposition of a transposition is one, or none. */
export function transpose(context: LowerContext, x: Ref, perm: readonly number[]): Ref {
  if (perm.every((dim, i) => dim === i)) return x;
  const before = transposition(context, x);
  if (before !== undefined) {
    const order = perm.map((dim) => before.perm[dim]);
    return transpose(context, before.source, order);
  }
  const meta: RefMeta = {
    dtype: x.dtype,
    shape: perm.map((dim) => x.shape[dim]),
    dims: perm.map((dim) => x.dims[dim]),
  };
  return throughInt(context, x, (value) =>
    context.emit('Transpose', [value], { ...meta, dtype: value.dtype }, { perm: [...perm] }),
  );
}

/** End of a slice that reaches the end of its dimension, whatever that is. */
export const toTheEnd = 2 ** 31 - 1;

/** A Slice of a float tensor along some axes. */
export function slice(
  context: LowerContext,
  x: Ref,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
  meta: RefMeta,
): Ref {
  const vectors = [starts, ends, axes, steps].map((values) => context.int64s(values));
  return context.emit('Slice', [x, ...vectors], meta);
}

/** Slices of `x` along `axis` at fixed positions; exact for every dtype, unlike Slice on WebGPU. */
export function take(context: LowerContext, x: Ref, axis: number, positions: readonly number[]): Ref {
  const shape = x.shape.map((size, i) => (i === axis ? positions.length : size));
  const dims = x.dims.map((dim, i) => (i === axis ? positions.length : dim));
  const index = context.constant('int32', [positions.length], positions);
  return context.emit('Gather', [x, index], { dtype: x.dtype, shape, dims }, { axis });
}

/** 0, 1, … along `axis` of a tensor of this rank, as int32 [1, …, n, …, 1]. */
export function iota(context: LowerContext, x: RefMeta, axis: number, dims: readonly Dim[]): Ref {
  const shape = x.shape.map((size, i) => (i === axis ? size : 1));
  const dim = dims[axis];
  if (!isSymbolic(dim))
    return context.constant(
      'int32',
      shape,
      Array.from({ length: dim }, (_, i) => i),
    );
  return context.reshape(counting(context, [dim.example], 'int32'), shape);
}

/** 0, 1, …, n − 1 with a dynamic n: the running sum of ones, less one. */
export function counting(context: LowerContext, shape: readonly number[], dtype: DType): Ref {
  const ones = context.dynamicOnes('float32', shape);
  const sums = context.emit('CumSum', [ones, context.constant('int32', [], [0])], metaOf(ones));
  return context.cast(pointwise(context, 'Sub', sums, context.scalar('float32', 1)), dtype);
}
