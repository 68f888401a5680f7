import type { AvgPoolAttrs } from '@reidgrad/core/graph';
import { isSymbolic } from './dynamic-dims.js';
import { pointwise } from './steps.js';
import type { LowerContext, Ref, RefMeta } from './types.js';

/** How many elements each window along one axis counts, as PyTorch counts them. */
function countsAlong(size: number, windows: number, attrs: AvgPoolAttrs, axis: 0 | 1): number[] {
  const [kernel, stride, padding] = [attrs.kernel[axis], attrs.stride[axis], attrs.padding[axis]];
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride - padding;
    const end = Math.min(start + kernel, size + padding);
    return attrs.countIncludePad ? end - start : Math.min(end, size) - Math.max(start, 0);
  });
}

/** Whether every window counts all of its kernel, whatever the size of the map. */
const isUniform = ({ ceilMode, countIncludePad, padding }: AvgPoolAttrs): boolean =>
  !ceilMode && (countIncludePad || padding.every((size) => size === 0));

/** `factor(count)` per window as [1, 1, H', W']; 0-d where all windows count the whole kernel. */
function perWindow(
  context: LowerContext,
  x: RefMeta,
  pooled: RefMeta,
  attrs: AvgPoolAttrs,
  factor: (count: number) => number,
): Ref {
  if (isUniform(attrs)) return context.scalar(pooled.dtype, factor(attrs.kernel[0] * attrs.kernel[1]));
  if ([2, 3].some((dim) => isSymbolic((x.dims ?? x.shape)[dim]))) {
    throw new Error(
      'avg_pool2d: windows that count less than their kernel on a dynamic map size, expected a fixed size',
    );
  }
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    countsAlong(x.shape[2 + axis], pooled.shape[2 + axis], attrs, axis),
  );
  const values = rows.flatMap((row) => columns.map((column) => factor(row * column)));
  return context.constant(pooled.dtype, [1, 1, rows.length, columns.length], values);
}

/** Padding at the end such that the windows number exactly those of `pooled`. */
function endPadding(attrs: AvgPoolAttrs, size: readonly number[], pooled: readonly number[]): number[] {
  return [0, 1].map((i) => {
    if (!attrs.ceilMode) return attrs.padding[i];
    return Math.max(0, (pooled[i] - 1) * attrs.stride[i] + attrs.kernel[i] - size[i] - attrs.padding[i]);
  });
}

/** The mean with all padding counted, corrected per window where PyTorch counts less. */
export function avgPool(context: LowerContext, x: Ref, attrs: AvgPoolAttrs, out: RefMeta): Ref {
  const { kernel, stride, padding } = attrs;
  const all = context.emit('AveragePool', [x], out, {
    kernel_shape: [...kernel],
    strides: [...stride],
    pads: [...padding, ...endPadding(attrs, x.shape.slice(2), out.shape.slice(2))],
    count_include_pad: 1,
  });
  if (isUniform(attrs)) return all;
  return pointwise(
    context,
    'Mul',
    all,
    perWindow(context, x, out, attrs, (count) => (kernel[0] * kernel[1]) / count),
  );
}

/** Each window's share laid over its elements: a ConvTranspose of every plane with a kernel of ones. */
export function avgPoolGradient(context: LowerContext, dy: Ref, attrs: AvgPoolAttrs, out: RefMeta): Ref {
  const { kernel, stride, padding } = attrs;
  const [size, pooled] = [out.shape.slice(2), dy.shape.slice(2)];
  if ([2, 3].some((dim) => isSymbolic((out.dims ?? out.shape)[dim]))) {
    throw new Error('avg_pool2d: the gradient for a dynamic map size, expected a fixed size');
  }
  const share = pointwise(
    context,
    'Mul',
    dy,
    perWindow(context, out, dy, attrs, (count) => 1 / count),
  );
  const planes = context.reshape(share, [-1, 1, ...pooled]);
  const end = endPadding(attrs, size, pooled);
  const extra = [0, 1].map((i) => size[i] - ((pooled[i] - 1) * stride[i] - padding[i] - end[i] + kernel[i]));
  const image = context.emit(
    'ConvTranspose',
    [planes, context.constant(dy.dtype, [1, 1, ...kernel], new Array<number>(kernel[0] * kernel[1]).fill(1))],
    { dtype: dy.dtype, shape: [planes.shape[0], 1, ...size] },
    { kernel_shape: [...kernel], strides: [...stride], pads: [...padding, ...end], output_padding: extra },
  );
  return context.reshape(image, out.shape);
}
