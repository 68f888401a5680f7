import type { ConvAttrs } from '@reidgrad/core/graph';
import { grown, isSymbolic } from './dynamic-dims.js';
import { reduce, slice, toTheEnd, transpose } from './steps.js';
import type { LowerContext, Ref, RefMeta } from './types.js';

/** Maps of at least this many positions multiply image by image: one long Gemm would hit power-of-two strides. */
const largeMap = 2048;
/** Below this many positions a product per image, and the sum over images, cost more than channels first. */
const smallMap = 256;
/** One-hot kernels of at most this many numbers are worth baking into the graph. */
const largestOneHot = 1 << 20;

type WeightGradient = ConvAttrs & { kernelSize: readonly [number, number] };

/** dw [O, C / g, kh, kw] from x [N, C, H, W] and dy [N, O, H', W'], in the formulation measured best for the case. */
export function convolutionWeightGradient(
  context: LowerContext,
  x: Ref,
  dy: Ref,
  attrs: WeightGradient,
  out: RefMeta,
): Ref {
  const channels = x.shape[1];
  const [kh, kw] = attrs.kernelSize;
  const isUnit = attrs.stride.every((step) => step === 1);
  if (attrs.groups > 1) return groupedTaps(context, x, dy, attrs, out);
  const isDynamicMap = x.dims.slice(2).some(isSymbolic);
  const isSmall = channels * (kh * kw) ** 2 <= largestOneHot;
  const isStem = channels <= 4;
  if (!isUnit && isDynamicMap) return oneHotColumns(context, x, dy, attrs, out);
  if ((!isUnit || isStem) && kh * kw > 1 && isSmall) return oneHotColumns(context, x, dy, attrs, out);
  return dy.shape[2] * dy.shape[3] >= largeMap
    ? imageTaps(context, x, dy, attrs, out)
    : channelTaps(context, x, dy, attrs, out);
}

/** x as the kernel's taps see it: padded, and for each tap the positions that it meets, [.., H', W']. */
function tapsOf(context: LowerContext, x: Ref, dy: Ref, attrs: WeightGradient): Ref[] {
  const [kh, kw] = attrs.kernelSize;
  const { padding, dilation, stride } = attrs;
  const size = x.shape.slice(2).map((n, i) => n + 2 * padding[i]);
  let padded = x;
  if (padding.some((pad) => pad > 0)) {
    const dims = [...x.dims.slice(0, 2), ...x.dims.slice(2).map((dim, i) => grown(dim, 2 * padding[i]))];
    const pads = context.int64s([0, 0, ...padding, 0, 0, ...padding]);
    padded = context.emit('Pad', [x, pads, context.scalar(x.dtype, 0)], {
      dtype: x.dtype,
      shape: [...x.shape.slice(0, 2), ...size],
      dims,
    });
  }
  const cut = (value: Ref, axis: 0 | 1, tap: number): Ref => {
    const start = tap * dilation[axis];
    const last = start + (dy.shape[2 + axis] - 1) * stride[axis] + 1;
    if (start === 0 && last === size[axis] && stride[axis] === 1) return value;
    // Counted from the end, the same numbers serve every map size at stride 1.
    const end = last === size[axis] ? toTheEnd : stride[axis] === 1 ? last - size[axis] : last;
    const shape = value.shape.map((n, i) => (i === 2 + axis ? dy.shape[i] : n));
    const dims = value.dims.map((dim, i) => (i === 2 + axis ? dy.dims[i] : dim));
    return slice(context, value, [2 + axis], [start], [end], [stride[axis]], { dtype: x.dtype, shape, dims });
  };
  if (kh * kw === 1 && stride.every((step) => step > 1)) return [subsampled(context, padded, dy, stride)];
  const taps: Ref[] = [];
  // Columns are cut first and shared by the rows, so that the strided innermost axis is read once per column.
  const columns = Array.from({ length: kw }, (_, j) => cut(padded, 1, j));
  for (let i = 0; i < kh; i++) for (const column of columns) taps.push(cut(column, 0, i));
  return taps;
}

/** What a strided convolution of size 1 reads: both axes at once, which takes half the time of one after the other. */
function subsampled(context: LowerContext, x: Ref, dy: Ref, stride: readonly [number, number]): Ref {
  const meta = { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...dy.shape.slice(2)] };
  const ends = stride.map((step, i) => (dy.shape[2 + i] - 1) * step + 1);
  return slice(context, x, [2, 3], [0, 0], ends, stride, {
    ...meta,
    dims: [...x.dims.slice(0, 2), ...dy.dims.slice(2)],
  });
}

/** Per tap a product over images and positions at once, channels first. */
function channelTaps(context: LowerContext, x: Ref, dy: Ref, attrs: WeightGradient, out: RefMeta): Ref {
  const channels = x.shape[1];
  const outputs = dy.shape[1];
  const gradient = channelRows(context, dy);
  const isUnit = attrs.kernelSize.every((size) => size === 1);
  const taps = isUnit
    ? tapsOf(context, x, dy, attrs).map((tap) => channelRows(context, tap))
    : tapsOf(context, transpose(context, x, [1, 0, 2, 3]), dy, attrs).map((tap) =>
        context.reshape(tap, [channels, -1]),
      );
  const products = taps.map((tap) => rowProducts(context, gradient, tap));
  return joinTaps(context, products, outputs, channels, out);
}

/** x [N, C, H, W] as [C, N H W]. */
const channelRows = (context: LowerContext, x: Ref): Ref =>
  context.reshape(transpose(context, x, [1, 0, 2, 3]), [x.shape[1], -1]);

/** a [O, n], b [C, n] -> a bᵀ. */
const rowProducts = (context: LowerContext, a: Ref, b: Ref): Ref =>
  context.emit('Gemm', [a, b], { dtype: a.dtype, shape: [a.shape[0], b.shape[0]] }, { transB: 1 });

/** Per tap a product per image, then a sum over images. */
function imageTaps(context: LowerContext, x: Ref, dy: Ref, attrs: WeightGradient, out: RefMeta): Ref {
  const [images, channels] = x.shape;
  const outputs = dy.shape[1];
  const gradient = context.reshape(dy, [images, outputs, -1]);
  const products = tapsOf(context, x, dy, attrs).map((tap) => {
    const columns = transpose(context, context.reshape(tap, [images, channels, -1]), [0, 2, 1]);
    const product = context.emit('MatMul', [gradient, columns], { dtype: x.dtype, shape: [images, outputs, channels] });
    return reduce(context, 'ReduceSum', product, [0], false, [outputs, channels]);
  });
  return joinTaps(context, products, outputs, channels, out);
}

/** One [O, C] per tap -> [O, C, kh, kw]. */
function joinTaps(
  context: LowerContext,
  products: readonly Ref[],
  outputs: number,
  channels: number,
  out: RefMeta,
): Ref {
  if (products.length === 1) return context.reshape(products[0], out.shape);
  const taps = products.length;
  const joined = context.emit('Concat', products, { dtype: out.dtype, shape: [outputs, taps * channels] }, { axis: 1 });
  const split = context.reshape(joined, [outputs, taps, channels]);
  return context.reshape(transpose(context, split, [0, 2, 1]), out.shape);
}

/** Any number of groups: per tap a product per image and group. */
function groupedTaps(context: LowerContext, x: Ref, dy: Ref, attrs: WeightGradient, out: RefMeta): Ref {
  const { groups } = attrs;
  const images = x.shape[0];
  const inputs = x.shape[1] / groups;
  const outputs = dy.shape[1] / groups;
  const gradient = context.reshape(dy, [images, groups, outputs, -1]);
  const products = tapsOf(context, x, dy, attrs).map((tap) => {
    const columns = transpose(context, context.reshape(tap, [images, groups, inputs, -1]), [0, 1, 3, 2]);
    const product = context.emit('MatMul', [gradient, columns], {
      dtype: x.dtype,
      shape: [images, groups, outputs, inputs],
    });
    return reduce(context, 'ReduceSum', product, [0], false, [groups, outputs, inputs]);
  });
  const flat = products.map((product) => context.reshape(product, [groups * outputs, inputs]));
  return joinTaps(context, flat, groups * outputs, inputs, out);
}

/**
 * im2col as one grouped convolution with one-hot kernels, then one product per image: faster than strided Slices, and
 * for few channels faster than a thin product per tap. Exact, but an infinity or NaN in x spreads over its window.
 */
function oneHotColumns(context: LowerContext, x: Ref, dy: Ref, attrs: WeightGradient, out: RefMeta): Ref {
  const [images, channels] = x.shape;
  const outputs = dy.shape[1];
  const [kh, kw] = attrs.kernelSize;
  const taps = kh * kw;
  const kernel = new Float32Array(channels * taps * taps);
  for (let i = 0; i < channels * taps; i++) kernel[i * taps + (i % taps)] = 1;
  const columns = context.emit(
    'Conv',
    [x, context.constant(x.dtype, [channels * taps, 1, kh, kw], kernel)],
    {
      dtype: x.dtype,
      shape: [images, channels * taps, dy.shape[2], dy.shape[3]],
      dims: [x.dims[0], channels * taps, dy.dims[2], dy.dims[3]],
    },
    {
      strides: [...attrs.stride],
      pads: [...attrs.padding, ...attrs.padding],
      dilations: [...attrs.dilation],
      group: channels,
      kernel_shape: [kh, kw],
    },
  );
  if (dy.shape[2] * dy.shape[3] < smallMap && channels > 4) {
    const product = rowProducts(context, channelRows(context, dy), channelRows(context, columns));
    return context.reshape(product, out.shape);
  }
  const rows = transpose(context, context.reshape(columns, [images, channels * taps, -1]), [0, 2, 1]);
  const gradient = context.reshape(dy, [images, outputs, -1]);
  const product = context.emit('MatMul', [gradient, rows], {
    dtype: x.dtype,
    shape: [images, outputs, channels * taps],
  });
  return context.reshape(reduce(context, 'ReduceSum', product, [0], false, [outputs, channels * taps]), out.shape);
}
