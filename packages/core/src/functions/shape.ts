import type { Positional } from '../arguments.js';
import { dispatch } from '../dispatch.js';
import { numelOf } from '../dtype.js';
import type { Shape } from '../dtype.js';
import { api, badArgument, requireCount, show } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { stridesOf, viewStrides } from '../strides.js';
import { makeView } from '../view.js';
import { normaliseDim } from './dims.js';
import type { DimArgument } from './dims.js';
import { requireExpandable } from './require.js';
import { cast, promotedType } from './pointwise.js';

function wantedShape(name: string, x: Tensor, shape: Shape): Shape {
  const { shape: from } = x;
  const known = shape.reduce((n, size) => (size === -1 ? n : n * size), 1);
  const wild = shape.indexOf(-1);
  const total = numelOf(from);
  const sizes = [...shape];
  if (wild >= 0 && known > 0) sizes[wild] = total / known;
  if (numelOf(sizes) !== total || sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    throw badArgument(name, name === 'view' ? 'size' : 'shape', shape, `${total} elements, as many as in ${show(x)}`);
  }
  return sizes;
}

/**
 * The elements in another shape; one size may be −1. A view where PyTorch gives one, else (a transposed or expanded
 * tensor whose dims are joined) a copy.
 * @throws when the number of elements differs.
 */
export const reshape = api('reshape input shape+', (x: Tensor, shape: Shape): Tensor => {
  const sizes = wantedShape('reshape', x, shape);
  if (x.viewOf !== null && viewStrides(x.shape, stridesOf(x), sizes) === null) {
    return dispatch('reshape', [x], { shape: sizes });
  }
  return makeView('reshape', x, { shape: sizes });
});

/** As `reshape`, but always a view: also where PyTorch throws because of the layout. */
export const view = api('view input size+', (x: Tensor, shape: Shape): Tensor =>
  makeView('reshape', x, { shape: wantedShape('view', x, shape) }),
);

/** A view with dims in the order `dims`. Throws unless every dim is named once. */
export const permute = api('permute input dims+', (x: Tensor, dims: readonly number[]): Tensor => {
  const order = dims.map((dim) => normaliseDim('permute', dim, x, 'dims'));
  if (order.length !== x.ndim || new Set(order).size !== order.length) {
    throw badArgument('permute', 'dims', dims, `every dim of ${show(x)} once`);
  }
  return makeView('permute', x, { dims: order });
});

/** A view with two dims swapped. */
export const transpose = api('transpose input', (x: Tensor, dim0: number, dim1: number): Tensor => {
  if (x.ndim === 0) return reshape(x, []);
  const a = normaliseDim('transpose', dim0, x, 'dim0');
  const b = normaliseDim('transpose', dim1, x, 'dim1');
  const dims = x.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  return makeView('permute', x, { dims });
});

/** The transpose of a matrix; a vector or number as it is. Throws above 2 dims. */
export const t = api('t input', (x: Tensor): Tensor => {
  if (x.ndim > 2) throw badArgument('t', 'input', x, 'at most 2 dims; transpose(dim0, dim1) swaps dims of others');
  return x.ndim < 2 ? reshape(x, x.shape) : transpose(x, 0, 1);
});

/**
 * A view broadcast to `shape`; −1 keeps a size. New dims come in front.
 * @throws when a size is neither 1 nor the wanted one.
 */
export const expand = api('expand input size+', (x: Tensor, shape: Shape): Tensor => {
  const { shape: from } = x;
  const offset = shape.length - from.length;
  const sizes = shape.map((size, i) => (size === -1 && i >= offset ? from[i - offset] : size));
  const fits = offset >= 0 && from.every((size, i) => size === sizes[i + offset] || size === 1);
  if (!fits || sizes.some((size) => size < 0)) {
    throw badArgument('expand', 'size', shape, `sizes to which ${show(x)} broadcasts: its own, or any where it has 1`);
  }
  return makeView('expand', x, { shape: sizes });
});

/** A view broadcast to the shape of `other`. */
export const expand_as = api('expand_as input other', (x: Tensor, other: Tensor): Tensor => {
  requireExpandable('expand_as', 'input', x, other.shape);
  return expand(x, other.shape);
});

/** A view with a dim of size 1 put in before `dim`. */
export const unsqueeze = api('unsqueeze input', (x: Tensor, dim: DimArgument): Tensor => {
  const at = normaliseDim('unsqueeze', dim, x, 'dim', 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
});

/** A view without dims of size 1: all, or those named (others are left). */
export const squeeze = api('squeeze input', (x: Tensor, dim?: DimArgument | readonly number[]): Tensor => {
  const dims = dim === undefined ? null : [dim].flat().map((d) => normaliseDim('squeeze', d, x));
  return reshape(
    x,
    x.shape.filter((size, i) => size !== 1 || dims?.includes(i) === false),
  );
});

interface FlattenOptions {
  start_dim?: number;
  end_dim?: number;
}

/** What `flatten` takes after the tensor. */
export type FlattenArguments = Positional<FlattenOptions, 'start_dim end_dim'>;

/** A view with dims `start_dim` to `end_dim` (included) as one: `flatten(x, 1)`, `flatten(x, { start_dim: 1 })`. */
export const flatten = api(
  'flatten input options= start_dim end_dim',
  (x: Tensor, options: FlattenOptions = {}): Tensor => {
    const { start_dim: start = 0, end_dim: end = -1 } = options;
    if (x.ndim === 0) return reshape(x, [1]);
    const a = normaliseDim('flatten', start, x, 'start_dim');
    const b = normaliseDim('flatten', end, x, 'end_dim');
    if (a > b) throw badArgument('flatten', 'end_dim', end, `start_dim, ${start}, or a dim after it`);
    const middle = numelOf(x.shape.slice(a, b + 1));
    return reshape(x, [...x.shape.slice(0, a), middle, ...x.shape.slice(b + 1)]);
  },
);

/** All elements as one dim: a view where PyTorch gives one. */
export const ravel = api('ravel input', (x: Tensor): Tensor => reshape(x, [-1]));

/** @internal A view of `start` to `end` (exclusive) along one dim; the end stays unnamed where it is the dim's. */
export function sliceDim(x: Tensor, dim: number, start: number, end: number, step = 1): Tensor {
  const whole = x.shape.map(() => 0);
  const starts = whole.map((zero, i) => (i === dim ? start : zero));
  const ends = whole.map((_, i) => (i === dim && end < x.shape[dim] ? end : Infinity));
  return makeView('slice', x, { starts, ends, steps: whole.map((_, i) => (i === dim ? step : 1)) });
}

/** A view of `length` elements from `start` along `dim`. Throws when they are not there. */
export const narrow = api('narrow input', (x: Tensor, dim: number, start: number, length: number): Tensor => {
  const at = normaliseDim('narrow', dim, x);
  const size = x.shape[at] ?? 0;
  const from = start < 0 ? start + size : start;
  if (from < 0 || length < 0 || from + length > size) {
    throw badArgument('narrow', 'length', length, `start ${start} + length within dim ${dim} of ${show(x)}`);
  }
  return sliceDim(x, at, from, from + length);
});

/** @internal See `select`. */
export function selectIndex(x: Tensor, dim: number, index: number): Tensor {
  if (x.ndim === 0) throw badArgument('select', 'input', x, 'at least 1 dim; item() reads its number');
  const at = normaliseDim('select', dim, x);
  const size = x.shape[at];
  const i = index < 0 ? index + size : index;
  if (!Number.isInteger(i) || i < 0 || i >= size) {
    throw badArgument('select', 'index', index, `an integer from ${-size} to ${size - 1} for dim ${dim} of ${show(x)}`);
  }
  return reshape(sliceDim(x, at, i, i + 1), [...x.shape.slice(0, at), ...x.shape.slice(at + 1)]);
}

/** A view of the slice at `index` along `dim`, which goes away. */
export const select: typeof selectIndex = /* @__PURE__ */ api('select input', selectIndex);

/** Joins tensors along `dim`; dtypes are promoted. Throws for 0-d tensors, none, or other sizes that differ. */
export const cat = api('cat tensors*', (tensors: readonly Tensor[], dim: DimArgument = 0): Tensor => {
  const [first] = tensors;
  if (first === undefined) throw badArgument('cat', 'tensors', tensors, 'at least one tensor');
  for (const [i, x] of tensors.entries()) {
    if (x.ndim === 0) throw badArgument('cat', `tensors[${i}]`, x, 'at least 1 dim; stack() joins numbers');
  }
  // PyTorch skips tensors of shape [0], whatever the rank of the others.
  const kept = tensors.filter((x) => x.ndim !== 1 || x.numel() > 0);
  const dtype = promotedType(...tensors);
  if (kept.length === 0) return cast(first.clone(), dtype);
  return dispatch(
    'cat',
    kept.map((x) => cast(x, dtype)),
    { dim: normaliseDim('cat', dim, kept[0]) },
  );
});

/** As `cat`. */
export const concat: typeof cat = /* @__PURE__ */ api('concat tensors*', cat);

/** Joins tensors of one shape along a new dim. */
export const stack = api('stack tensors*', (tensors: readonly Tensor[], dim: DimArgument = 0): Tensor => {
  const [first] = tensors;
  if (first === undefined) throw badArgument('stack', 'tensors', tensors, 'at least one tensor');
  for (const [i, x] of tensors.entries()) {
    if (x.shape.join() !== first.shape.join()) {
      throw badArgument('stack', `tensors[${i}]`, x, `the shape of tensors[0], ${show(first)}`);
    }
  }
  return cat(
    tensors.map((x) => unsqueeze(x, dim)),
    normaliseDim('stack', dim, first, 'dim', 1),
  );
});

/** Views of `size` elements each along `dim` (the last may be shorter), or of the sizes listed. */
export const split = api(
  'split tensor split_size~',
  (x: Tensor, size: number | readonly number[], dim: DimArgument = 0): Tensor[] => {
    const at = normaliseDim('split', dim, x);
    const total = x.shape[at] ?? 0;
    if (typeof size === 'number' && !(size > 0)) throw badArgument('split', 'split_size', size, 'a positive integer');
    const sizes =
      typeof size === 'number'
        ? Array.from({ length: Math.max(Math.ceil(total / size), 1) }, (_, i) => Math.min(size, total - i * size))
        : size;
    if (sizes.reduce((a, b) => a + b, 0) !== total) {
      throw badArgument('split', 'split_size', sizes, `sizes that add up to ${total}, that of dim ${at} of ${show(x)}`);
    }
    let start = 0;
    return sizes.map((length) => {
      start += length;
      return sliceDim(x, at, start - length, start);
    });
  },
);

/** At most `chunks` views of equal size along `dim` (the last may be smaller). */
export const chunk = api('chunk input', (x: Tensor, chunks: number, dim: DimArgument = 0): Tensor[] => {
  requireCount('chunk', 'chunks', chunks);
  const total = x.shape[normaliseDim('chunk', dim, x)] ?? 0;
  return split(x, total === 0 ? new Array<number>(chunks).fill(0) : Math.ceil(total / chunks), dim);
});

/** All slices along `dim`, which goes away. */
export const unbind = api('unbind input', (x: Tensor, dim: DimArgument = 0): Tensor[] => {
  const at = normaliseDim('unbind', dim, x);
  return Array.from({ length: x.size(at) }, (_, i) => selectIndex(x, at, i));
});

/** A copy with the order along `dims` reversed. */
export const flip = api('flip input dims~', (x: Tensor, dims: number | readonly number[]): Tensor => {
  const along = [dims].flat().map((dim) => normaliseDim('flip', dim, x, 'dims'));
  return x.ndim === 0 ? x.clone() : dispatch('flip', [x], { dims: along });
});

/** Copies of `x` along every dim: `repeat(x, [2, 1])`. */
export const repeat = api('repeat input repeats+', (x: Tensor, repeats: readonly number[]): Tensor => {
  const offset = repeats.length - x.ndim;
  if (offset < 0) {
    throw badArgument('repeat', 'repeats', repeats, `at least ${x.ndim} numbers for ${show(x)}`);
  }
  const sizes = repeats.map((_, i) => (i < offset ? 1 : x.shape[i - offset]));
  // Not the public functions: their results would be views, and a write to the copies would write x.
  const interleaved = dispatch('reshape', [x], { shape: sizes.flatMap((size) => [1, size]) });
  const wide = dispatch('expand', [interleaved], { shape: sizes.flatMap((size, i) => [repeats[i], size]) });
  return dispatch('reshape', [wide], { shape: sizes.map((size, i) => size * repeats[i]) });
});

/** @internal Constant padding per dim. */
export function padConstant(x: Tensor, before: readonly number[], after: readonly number[], value: number): Tensor {
  return dispatch('pad', [x], { before, after, value });
}

/** @internal Sums `x` down to `shape`, the inverse of broadcasting; what every broadcasting gradient does. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const offset = x.ndim - shape.length;
  const dims = x.shape.map((_, i) => i).filter((i) => i < offset || (shape[i - offset] === 1 && x.shape[i] !== 1));
  if (dims.length === 0) return x;
  const summed = dispatch('sum', [x], { dims, keepdim: true });
  return offset === 0 ? summed : dispatch('reshape', [summed], { shape });
}
