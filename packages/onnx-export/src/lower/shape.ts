import { isFloating } from '@reidgrad/core/graph';
import type { ShapeOps, SliceAttrs } from '@reidgrad/core/graph';
import { constantInt, constantOf, formatDim, formatInt, isSymbolic, plus, times } from './dynamic-dims.js';
import type { SymbolicInt } from './dynamic-dims.js';
import { slice, take, throughFloat, throughInt, toTheEnd, transpose, where } from './steps.js';
import type { LowerContext, LoweringTable, Ref, RefMeta } from './types.js';

/** What a slice takes of one dimension. */
interface Range {
  axis: number;
  start: number;
  /** Exclusive; negative ones count from the end, `toTheEnd` is the end. */
  end: number;
  step: number;
  /** The positions, where the dimension is fixed. */
  positions: readonly number[] | undefined;
}

/** The dimensions that a slice really cuts. */
function rangesOf(context: LowerContext, x: Ref, attrs: SliceAttrs): Range[] {
  const ranges: Range[] = [];
  x.shape.forEach((size, axis) => {
    const step = attrs.steps[axis];
    const symbolicStep = context.attribute(`steps.${axis}`);
    if (symbolicStep !== undefined) {
      throw new Error(
        `slice: step ${formatInt(symbolicStep)} follows a dynamic axis, expected a fixed number (for a diagonal: diag() or trace())`,
      );
    }
    const end = Math.min(attrs.ends[axis], size);
    const start = attrs.starts[axis];
    if (start === 0 && end === size && step === 1) return;
    const dim = x.dims[axis];
    if (isSymbolic(dim)) {
      ranges.push({
        axis,
        start: fromEnd(context, `starts.${axis}`, start, dim.expression),
        end: attrs.ends[axis] >= size ? toTheEnd : fromEnd(context, `ends.${axis}`, end, dim.expression),
        step,
        positions: undefined,
      });
      return;
    }
    const positions: number[] = [];
    for (let i = start; i < end; i += step) positions.push(i);
    ranges.push({ axis, start, end, step, positions });
  });
  return ranges;
}

/** A bound that moves with the dimension, counted from its end. */
function fromEnd(context: LowerContext, path: string, value: number, size: SymbolicInt): number {
  const symbolic = context.attribute(path);
  if (symbolic === undefined) return value;
  const distance = constantOf(plus(size, times(constantInt(-1), symbolic)));
  if (distance === undefined || distance < 0) {
    throw new Error(
      `slice: ${path} is ${formatInt(symbolic)} of a dimension of ${formatInt(size)}, expected a fixed distance from one end`,
    );
  }
  return distance === 0 ? toTheEnd : -distance;
}

function sliceOf(context: LowerContext, x: Ref, ranges: readonly Range[], out: RefMeta): Ref {
  if (ranges.length === 0) return x;
  const meta: RefMeta = { ...out, dtype: x.dtype };
  if (isFloating(x.dtype) || !context.portable) {
    return slice(
      context,
      x,
      ranges.map((range) => range.axis),
      ranges.map((range) => range.start),
      ranges.map((range) => range.end),
      ranges.map((range) => range.step),
      meta,
    );
  }
  // Slice takes floats only on WebGPU; Gather takes everything.
  let value = x;
  for (const range of ranges) {
    if (range.positions === undefined) return throughFloat(context, x, (float) => sliceOf(context, float, ranges, out));
    value = take(context, value, range.axis, range.positions);
  }
  return value;
}

/** Whether all of `x` is 0. */
function isZero(context: LowerContext, x: Ref): boolean {
  const value = x.constant ?? context.producer(x)?.ins[0]?.constant;
  const isFill = x.constant !== undefined || context.producer(x)?.opType === 'Expand';
  return isFill && value !== undefined && Array.from(value).every((element) => element === 0);
}

/** The source with zeros around it; not where positions are unknown or leave gaps. */
function padded(context: LowerContext, base: Ref, source: Ref, ranges: readonly Range[]): Ref | undefined {
  const before = base.shape.map(() => 0);
  const after = [...before];
  for (const { axis, step, positions } of ranges) {
    if (positions === undefined || positions.length === 0 || step !== 1) return undefined;
    before[axis] = positions[0];
    after[axis] = base.shape[axis] - positions[0] - positions.length;
  }
  return padWith(context, source, before, after, 0, base);
}

/**
 * Into zeros, as the gradient of a slice is put, by padding. Else the source is spread over the base's positions by Gather,
 * and picked where a constant mask says so.
 */
function scatterSlice(context: LowerContext, base: Ref, source: Ref, ranges: readonly Range[]): Ref {
  if (ranges.length === 0) return source;
  const inZeros = isZero(context, base) ? padded(context, base, source, ranges) : undefined;
  if (inZeros !== undefined) return inZeros;
  let spread = source;
  let inside: Ref | undefined;
  for (const { axis, positions } of ranges) {
    if (positions === undefined) {
      throw new Error(
        `slice_scatter: dimension ${axis} of ${formatDim(base.dims[axis])} is dynamic, expected a fixed one where the slice cuts`,
      );
    }
    const size = base.shape[axis];
    if (positions.length === 0) return base;
    const from = new Array<number>(size).fill(0);
    const mask = new Array<number>(size).fill(0);
    positions.forEach((position, i) => {
      from[position] = i;
      mask[position] = 1;
    });
    spread = take(context, spread, axis, from);
    const shape = base.shape.map((_, i) => (i === axis ? size : 1));
    const along = context.constant('bool', shape, mask);
    inside =
      inside === undefined
        ? along
        : context.emit('And', [inside, along], {
            dtype: 'bool',
            shape: inside.shape.map((n, i) => Math.max(n, shape[i])),
          });
  }
  return inside === undefined ? source : where(context, inside, spread, base);
}

function padWith(
  context: LowerContext,
  x: Ref,
  before: readonly number[],
  after: readonly number[],
  value: number,
  out: RefMeta,
): Ref {
  return throughInt(context, x, (inner) =>
    context.emit('Pad', [inner, context.int64s([...before, ...after]), context.scalar(inner.dtype, value)], {
      ...out,
      dtype: inner.dtype,
    }),
  );
}

export const shapeLowerings: LoweringTable<ShapeOps> = {
  reshape: (context, [x], _attrs, [out]) => [context.reshape(x, out.shape)],
  permute: (context, [x], { dims }) => [transpose(context, x, dims)],
  expand: (context, [x], _attrs, [out]) => [context.expand(x, out.shape)],
  slice: (context, [x], attrs, [out]) => [sliceOf(context, x, rangesOf(context, x, attrs), out)],
  slice_scatter: (context, [base, source], attrs) => [
    scatterSlice(context, base, source, rangesOf(context, base, attrs)),
  ],
  pad(context, [x], { before, after, value }, [out]) {
    if (before.every((n) => n === 0) && after.every((n) => n === 0)) return [x];
    for (let i = 0; i < before.length; i++) {
      for (const path of [`before.${i}`, `after.${i}`]) {
        const symbolic = context.attribute(path);
        if (symbolic !== undefined) throw new Error(`pad: ${path} is ${formatInt(symbolic)}, expected a fixed number`);
      }
    }
    return [padWith(context, x, before, after, value, out)];
  },
  cat(context, ins, { dim }, [out]) {
    const parts = ins.filter((x) => x.shape.length > dim && x.shape[dim] > 0);
    if (parts.length === 1) return parts;
    const isBool = out.dtype === 'bool';
    const joined = context.emit(
      'Concat',
      parts.map((x) => (isBool ? context.cast(x, 'int32') : x)),
      { ...out, dtype: isBool ? 'int32' : out.dtype },
      { axis: dim },
    );
    return [isBool ? context.cast(joined, 'bool') : joined];
  },
  flip(context, [x], { dims }) {
    let value = x;
    for (const axis of dims) {
      const size = x.dims[axis];
      if (!isSymbolic(size)) {
        value = take(
          context,
          value,
          axis,
          Array.from({ length: size }, (_, i) => size - 1 - i),
        );
        continue;
      }
      const meta: RefMeta = { dtype: x.dtype, shape: x.shape, dims: x.dims };
      value = throughFloat(context, value, (y) =>
        slice(context, y, [axis], [-1], [-toTheEnd], [-1], { ...meta, dtype: y.dtype }),
      );
    }
    return [value];
  },
};
