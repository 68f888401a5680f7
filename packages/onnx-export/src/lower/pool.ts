import type { PoolAttrs } from '@reidgrad/core/graph';
import { isSymbolic } from './dynamic-dims.js';
import { and, equal, metaOf, not, pointwise, scatterType, slice, toTheEnd, where } from './steps.js';
import type { LowerContext, Ref, RefMeta } from './types.js';

/** How far each window reaches. */
const reachOf = ({ kernel, dilation }: PoolAttrs): number[] => kernel.map((size, i) => dilation[i] * (size - 1) + 1);

/** Whether no two windows meet, so that an element is the maximum of one at most. */
const isApart = (attrs: PoolAttrs): boolean => reachOf(attrs).every((reach, i) => attrs.stride[i] >= reach);

/** Padding at the end of each axis such that windows number exactly H' and W', as PyTorch counts them. */
function endPadding(attrs: PoolAttrs, x: RefMeta, out: RefMeta): number[] {
  const reach = reachOf(attrs);
  return [0, 1].map((i) => {
    if (!attrs.ceilMode) return attrs.padding[i];
    if (isSymbolic((x.dims ?? x.shape)[2 + i])) {
      throw new Error('max_pool2d: ceil_mode with a dynamic map size, expected a fixed size');
    }
    return Math.max(0, (out.shape[2 + i] - 1) * attrs.stride[i] + reach[i] - x.shape[2 + i] - attrs.padding[i]);
  });
}

const poolAttributes = (attrs: PoolAttrs, x: RefMeta, out: RefMeta) => ({
  kernel_shape: [...attrs.kernel],
  strides: [...attrs.stride],
  pads: [...attrs.padding, ...endPadding(attrs, x, out)],
  dilations: [...attrs.dilation],
});

export function maxPool(context: LowerContext, x: Ref, attrs: PoolAttrs, out: RefMeta): Ref {
  return context.emit('MaxPool', [x], out, poolAttributes(attrs, x, out));
}

/** Flat positions of the maxima within the whole of x, int64. Not on WebGPU, where it fails only when run. */
function flatIndices(context: LowerContext, x: Ref, attrs: PoolAttrs, out: RefMeta): Ref {
  const meta: RefMeta = { ...out, dtype: x.dtype };
  return context.emitMany('MaxPool', [x], [meta, { ...out, dtype: 'int64' }], poolAttributes(attrs, x, out))[1];
}

/** `x` at each tap of the windows, [N, C, H', W'] each, in the order in which ties are decided. */
function tapsOf(context: LowerContext, x: Ref, attrs: PoolAttrs, fill: number, out: RefMeta): Ref[] {
  const { kernel, stride, padding, dilation } = attrs;
  const end = endPadding(attrs, x, out);
  const size = [0, 1].map((i) => x.shape[2 + i] + padding[i] + end[i]);
  let padded = x;
  if (size.some((n, i) => n !== x.shape[2 + i])) {
    const pads = context.int64s([0, 0, ...padding, 0, 0, ...end]);
    const shape = [...x.shape.slice(0, 2), ...size];
    const dims = [...x.dims.slice(0, 2), ...size];
    padded = context.emit('Pad', [x, pads, context.scalar(x.dtype, fill)], { dtype: x.dtype, shape, dims });
  }
  const cut = (value: Ref, axis: 0 | 1, tap: number): Ref => {
    const start = tap * dilation[axis];
    const last = start + (out.shape[2 + axis] - 1) * stride[axis] + 1;
    if (isSymbolic(x.dims[2 + axis])) {
      throw new Error(
        'max_pool2d: the gradient for a dynamic map size, expected a fixed size (or the cpu provider alone)',
      );
    }
    const shape = value.shape.map((n, i) => (i === 2 + axis ? out.shape[i] : n));
    const dims = value.dims.map((dim, i) => (i === 2 + axis ? out.shape[i] : dim));
    return slice(context, value, [2 + axis], [start], [last >= size[axis] ? toTheEnd : last], [stride[axis]], {
      dtype: x.dtype,
      shape,
      dims,
    });
  };
  const columns = Array.from({ length: kernel[1] }, (_, j) => cut(padded, 1, j));
  return Array.from({ length: kernel[0] }, (_, i) => columns.map((column) => cut(column, 0, i))).flat();
}

/** Per tap a mask of the windows whose first maximum it is. */
function firstMaxima(context: LowerContext, x: Ref, attrs: PoolAttrs, out: RefMeta): Ref[] {
  const maxima = maxPool(context, x, attrs, { ...out, dtype: x.dtype });
  let free: Ref | undefined;
  return tapsOf(context, x, attrs, -Infinity, out).map((tap) => {
    const hit = equal(context, tap, maxima);
    const first = free === undefined ? hit : and(context, hit, free);
    const missed = not(context, hit);
    free = free === undefined ? missed : and(context, free, missed);
    return first;
  });
}

/** The gradient of x: dy goes to the first maximum of its window. */
export function maxPoolGradient(context: LowerContext, dy: Ref, x: Ref, attrs: PoolAttrs, out: RefMeta): Ref {
  if (!context.portable) {
    const indices = flatIndices(context, x, attrs, dy);
    if (isApart(attrs) && x.dtype === 'float32' && !x.dims.some(isSymbolic)) {
      const { kernel, stride, padding } = attrs;
      const attributes = { kernel_shape: [...kernel], strides: [...stride], pads: [...padding, ...padding] };
      return context.emit('MaxUnpool', [dy, indices, context.int64s(out.shape)], out, attributes);
    }
    const dtype = scatterType(x.dtype);
    const zeros = context.reshape(context.expand(context.scalar(dtype, 0), x.shape), [-1]);
    const flat = context.emit(
      'ScatterElements',
      [zeros, context.reshape(indices, [-1]), context.reshape(context.cast(dy, dtype), [-1])],
      metaOf(zeros),
      { axis: 0, reduction: 'add' },
    );
    return context.cast(context.reshape(flat, out.shape), x.dtype);
  }
  // The masked gradients of all taps are channels that a one-hot ConvTranspose puts back in place.
  const { kernel, stride, padding, dilation } = attrs;
  const taps = kernel[0] * kernel[1];
  const parts = firstMaxima(context, x, attrs, dy).map((mask) => {
    const part = where(context, mask, dy, context.scalar(dy.dtype, 0));
    return context.reshape(part, [-1, 1, dy.shape[2], dy.shape[3]]);
  });
  const [count] = parts[0].shape;
  const stacked = context.emit(
    'Concat',
    parts,
    { dtype: dy.dtype, shape: [count, taps, dy.shape[2], dy.shape[3]] },
    { axis: 1 },
  );
  const oneHot = new Array<number>(taps * taps).fill(0);
  for (let i = 0; i < taps; i++) oneHot[i * taps + i] = 1;
  const end = endPadding(attrs, x, dy);
  const reach = reachOf(attrs);
  const extra = [0, 1].map(
    (i) => x.shape[2 + i] - ((dy.shape[2 + i] - 1) * stride[i] - padding[i] - end[i] + reach[i]),
  );
  const image = context.emit(
    'ConvTranspose',
    [stacked, context.constant(dy.dtype, [taps, 1, ...kernel], oneHot)],
    { dtype: dy.dtype, shape: [count, 1, x.shape[2], x.shape[3]] },
    {
      kernel_shape: [...kernel],
      strides: [...stride],
      dilations: [...dilation],
      pads: [...padding, ...end],
      output_padding: extra,
    },
  );
  return context.reshape(image, out.shape);
}

/** v at the first maximum of each window of x. */
export function maxPoolPick(context: LowerContext, v: Ref, x: Ref, attrs: PoolAttrs, out: RefMeta): Ref {
  if (!context.portable) {
    const indices = flatIndices(context, x, attrs, out);
    return context.emit('Gather', [context.reshape(v, [-1]), indices], out, { axis: 0 });
  }
  const values = tapsOf(context, v, attrs, 0, out);
  const zero = context.scalar(v.dtype, 0);
  return firstMaxima(context, x, attrs, out)
    .map((mask, i) => where(context, mask, values[i], zero))
    .reduce((sum, part) => pointwise(context, 'Add', sum, part));
}
