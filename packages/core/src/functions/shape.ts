import { dispatch } from '../dispatch.js';
import { describe, numelOf } from '../dtype.js';
import type { Shape } from '../dtype.js';
import type { Tensor } from '../tensor.js';
import { stridesOf, viewStrides } from '../strides.js';
import { makeView } from '../view.js';
import { normaliseDim } from './dims.js';
import { cast, result_type } from './pointwise.js';

function wantedShape(name: string, x: Tensor, shape: Shape): Shape {
  const { shape: from } = x;
  const known = shape.reduce((n, size) => (size === -1 ? n : n * size), 1);
  const wild = shape.indexOf(-1);
  const total = numelOf(from);
  const sizes = [...shape];
  if (wild >= 0 && known > 0) sizes[wild] = total / known;
  if (numelOf(sizes) !== total || sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new Error(`${name}: ${describe(x.dtype, from)} cannot become shape [${shape.join(', ')}]`);
  }
  return sizes;
}

/**
 * The elements in another shape; one size may be −1. A view where PyTorch gives one, else (a transposed or expanded
 * tensor whose dims are joined) a copy.
 * @throws when the number of elements differs.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const sizes = wantedShape('reshape', x, shape);
  if (x.viewOf !== null && viewStrides(x.shape, stridesOf(x), sizes) === null) {
    return dispatch('reshape', [x], { shape: sizes });
  }
  return makeView('reshape', x, { shape: sizes });
}

/** As `reshape`, but always a view: also where PyTorch throws because of the layout. */
export function view(x: Tensor, shape: Shape): Tensor {
  return makeView('reshape', x, { shape: wantedShape('view', x, shape) });
}

/** A view with dims in the order `dims`. Throws unless every dim is named once. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map((dim) => normaliseDim('permute', dim, x));
  if (order.length !== x.ndim || new Set(order).size !== order.length) {
    throw new Error(`permute: dims [${dims.join(', ')}] do not name every dim of ${describe(x.dtype, x.shape)} once`);
  }
  return makeView('permute', x, { dims: order });
}

/** A view with two dims swapped. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  if (x.ndim === 0) return reshape(x, []);
  const a = normaliseDim('transpose', dim0, x);
  const b = normaliseDim('transpose', dim1, x);
  const dims = x.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  return makeView('permute', x, { dims });
}

/** The transpose of a matrix; a vector or number as it is. Throws above 2 dims. */
export function t(x: Tensor): Tensor {
  if (x.ndim > 2) throw new Error(`t: expected at most 2 dims, got ${describe(x.dtype, x.shape)}`);
  return x.ndim < 2 ? reshape(x, x.shape) : transpose(x, 0, 1);
}

/**
 * A view broadcast to `shape`; −1 keeps a size. New dims come in front.
 * @throws when a size is neither 1 nor the wanted one.
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const { shape: from } = x;
  const offset = shape.length - from.length;
  const sizes = shape.map((size, i) => (size === -1 && i >= offset ? from[i - offset] : size));
  const fits = offset >= 0 && from.every((size, i) => size === sizes[i + offset] || size === 1);
  if (!fits || sizes.some((size) => size < 0)) {
    throw new Error(`expand: ${describe(x.dtype, from)} cannot be broadcast to [${shape.join(', ')}]`);
  }
  return makeView('expand', x, { shape: sizes });
}

/** A view broadcast to the shape of `other`. */
export function expand_as(x: Tensor, other: Tensor): Tensor {
  return expand(x, other.shape);
}

/** A view with a dim of size 1 put in before `dim`. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const rank = x.ndim + 1;
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) {
    throw new Error(`unsqueeze: dim ${dim} is out of range for ${describe(x.dtype, x.shape)}`);
  }
  const at = dim < 0 ? dim + rank : dim;
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** A view without dims of size 1: all, or those named (others are left). */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  const named =
    dim === undefined ? null : (typeof dim === 'number' ? [dim] : dim).map((d) => normaliseDim('squeeze', d, x));
  return reshape(
    x,
    x.shape.filter((size, i) => size !== 1 || (named !== null && !named.includes(i))),
  );
}

/** A view with dims `start` to `end` (included) as one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.ndim === 0) return reshape(x, [1]);
  const a = normaliseDim('flatten', start, x);
  const b = normaliseDim('flatten', end, x);
  if (a > b) throw new Error(`flatten: start dim ${start} comes after end dim ${end}`);
  const middle = numelOf(x.shape.slice(a, b + 1));
  return reshape(x, [...x.shape.slice(0, a), middle, ...x.shape.slice(b + 1)]);
}

/** All elements as one dim: a view where PyTorch gives one. */
export function ravel(x: Tensor): Tensor {
  return reshape(x, [-1]);
}

/** @internal A view of `start` to `end` (exclusive) along one dim; the end stays unnamed where it is the dim's. */
export function sliceDim(x: Tensor, dim: number, start: number, end: number, step = 1): Tensor {
  const whole = x.shape.map(() => 0);
  const starts = whole.map((zero, i) => (i === dim ? start : zero));
  const ends = whole.map((_, i) => (i === dim && end < x.shape[dim] ? end : Infinity));
  return makeView('slice', x, { starts, ends, steps: whole.map((_, i) => (i === dim ? step : 1)) });
}

/** A view of `length` elements from `start` along `dim`. Throws when they are not there. */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const at = normaliseDim('narrow', dim, x);
  const size = x.shape[at] ?? 0;
  const from = start < 0 ? start + size : start;
  if (from < 0 || length < 0 || from + length > size) {
    throw new Error(`narrow: [${start}, ${start} + ${length}) is out of range for size ${size} of dim ${dim}`);
  }
  return sliceDim(x, at, from, from + length);
}

/** A view of the slice at `index` along `dim`, which goes away. */
export function selectIndex(x: Tensor, dim: number, index: number): Tensor {
  if (x.ndim === 0) throw new Error('select: a 0-d tensor has no dims to index');
  const at = normaliseDim('select', dim, x);
  const size = x.shape[at];
  const i = index < 0 ? index + size : index;
  if (!Number.isInteger(i) || i < 0 || i >= size) {
    throw new Error(`select: index ${index} is out of range for dim ${dim} of ${describe(x.dtype, x.shape)}`);
  }
  return reshape(sliceDim(x, at, i, i + 1), [...x.shape.slice(0, at), ...x.shape.slice(at + 1)]);
}

export { selectIndex as select };

/** Joins tensors along `dim`; dtypes are promoted. Throws for 0-d tensors, none, or other sizes that differ. */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new Error('cat: expected at least one tensor');
  for (const [i, x] of tensors.entries()) {
    if (x.ndim === 0) throw new Error(`cat: tensor ${i} is 0-d and cannot be concatenated; unsqueeze(0) it first`);
  }
  // PyTorch skips tensors of shape [0], whatever the rank of the others.
  const kept = tensors.filter((x) => x.ndim !== 1 || x.numel() > 0);
  if (kept.length === 0) return first.clone();
  const dtype = result_type(...tensors);
  return dispatch(
    'cat',
    kept.map((x) => cast(x, dtype)),
    { dim: normaliseDim('cat', dim, kept[0]) },
  );
}

/** As `cat`. */
export const concat = cat;

/** Joins tensors of one shape along a new dim. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new Error('stack: expected at least one tensor');
  for (const [i, x] of tensors.entries()) {
    if (x.shape.join() !== first.shape.join()) {
      throw new Error(`stack: tensor ${i} has shape [${x.shape.join(', ')}], expected [${first.shape.join(', ')}]`);
    }
  }
  return cat(
    tensors.map((x) => unsqueeze(x, dim)),
    dim < 0 ? dim + first.ndim + 1 : dim,
  );
}

/** Views of `size` elements each along `dim` (the last may be shorter), or of the sizes listed. */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const at = normaliseDim('split', dim, x);
  const total = x.shape[at] ?? 0;
  if (typeof size === 'number' && !(size > 0)) throw new Error(`split: size must be positive, got ${size}`);
  const sizes =
    typeof size === 'number'
      ? Array.from({ length: Math.max(Math.ceil(total / size), 1) }, (_, i) => Math.min(size, total - i * size))
      : size;
  if (sizes.reduce((a, b) => a + b, 0) !== total) {
    throw new Error(`split: sizes [${sizes.join(', ')}] do not add up to ${total}, the size of dim ${dim}`);
  }
  let start = 0;
  return sizes.map((length) => {
    start += length;
    return sliceDim(x, at, start - length, start);
  });
}

/** At most `chunks` views of equal size along `dim` (the last may be smaller). */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  if (!Number.isInteger(chunks) || chunks < 1) {
    throw new Error(`chunk: chunks: got ${chunks}, expected a positive integer`);
  }
  const total = x.shape[normaliseDim('chunk', dim, x)] ?? 0;
  return split(x, Math.max(Math.ceil(total / chunks), 1), dim);
}

/** All slices along `dim`, which goes away. */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  normaliseDim('unbind', dim, x);
  return Array.from({ length: x.size(dim) }, (_, i) => selectIndex(x, dim, i));
}

/** A copy with the order along `dims` reversed. */
export function flip(x: Tensor, dims: readonly number[]): Tensor {
  return dispatch('flip', [x], { dims: dims.map((dim) => normaliseDim('flip', dim, x)) });
}

/** Copies of `x` along every dim: `repeat(x, [2, 1])`. */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  const offset = repeats.length - x.ndim;
  if (offset < 0) {
    throw new Error(`repeat: ${repeats.length} repeats for ${describe(x.dtype, x.shape)}; expected at least ${x.ndim}`);
  }
  const sizes = repeats.map((_, i) => (i < offset ? 1 : x.shape[i - offset]));
  // Not the public functions: their results would be views, and a write to the copies would write x.
  const interleaved = dispatch('reshape', [x], { shape: sizes.flatMap((size) => [1, size]) });
  const wide = dispatch('expand', [interleaved], { shape: sizes.flatMap((size, i) => [repeats[i], size]) });
  return dispatch('reshape', [wide], { shape: sizes.map((size, i) => size * repeats[i]) });
}

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
