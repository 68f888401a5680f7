import { dispatch, dispatchOver, hostStorageOf } from '../dispatch.js';
import { isInteger, numelOf } from '../dtype.js';
import type { Shape } from '../dtype.js';
import { api, badArgument, dims, requireCount, show } from '../errors.js';
import { Tensor } from '../tensor.js';
import { check } from '../trace/check.js';
import { recorder } from '../trace/recorder.js';
import { assign, checkWritable } from '../view.js';
import { normaliseDim } from './dims.js';
import { requireExpandable, requireFit } from './require.js';
import { tensor, wrap } from './create.js';
import { refuseTrace } from './host.js';
import { add, asTensor, cast, ge, le, lt, mul, where } from './pointwise.js';
import type { Operand } from './pointwise.js';
import { expand, permute, reshape, sliceDim, unsqueeze, view as viewAs } from './shape.js';
import { select } from './selection.js';

/** `start:end:step` of Python; `null` means the default. */
export class Slice {
  constructor(
    readonly start: number | null,
    readonly end: number | null,
    readonly step: number = 1,
  ) {}
}

/** Python's `slice(start, end, step)`: `x.index(slice(0, 4))` is `x[0:4]`. Throws for a step below 1. */
export function slice(start: number | null = null, end: number | null = null, step = 1): Slice {
  requireCount('slice', 'step', step);
  return new Slice(start, end, step);
}

/** `...` of Python, as index. */
export const ellipsis = '...';

/**
 * One subscript: a number, a slice (`slice(0, 4)` or `'0:4'`), `null` for a new dim, `'...'`, an index tensor
 * (integers), a list of indices, or a boolean mask.
 */
export type Subscript = number | Slice | string | null | Tensor | readonly number[];

function parseSubscript(text: string): Slice | '...' | number {
  if (text === '...') return '...';
  const parts = text.split(':').map((part) => part.trim());
  const numbers = parts.map((part) => (part === '' ? null : Number(part)));
  if (parts.length > 3 || numbers.some((n) => n !== null && !Number.isInteger(n))) {
    throw badArgument('index', 'subscript', text, "'...', 'start:end' or 'start:end:step'");
  }
  if (parts.length === 1 && numbers[0] !== null) return numbers[0];
  return slice(numbers[0] ?? null, numbers[1] ?? null, numbers[2] ?? 1);
}

/** A uint8 tensor selects as a mask, as in PyTorch. */
function asMask<T>(subscript: T): T | Tensor {
  return subscript instanceof Tensor && subscript.dtype === 'uint8' ? cast(subscript, 'bool') : subscript;
}

function bound(value: number | null, size: number, fallback: number): number {
  if (value === null) return fallback;
  return Math.min(Math.max(value < 0 ? value + size : value, 0), size);
}

/** Index tensors of neighbouring dims, with the dim at which they start. */
interface Advanced {
  dim: number;
  indices: Tensor[];
}

/** A 0-d index tensor is a number, as in PyTorch; inside a trace its value is not known. */
function asNumber<T>(subscript: T): T | number {
  const isNumber = subscript instanceof Tensor && subscript.ndim === 0 && isInteger(subscript.dtype);
  return isNumber && recorder() === null ? subscript.item() : subscript;
}

/** Applies the basic subscripts as views; collects the tensors that remain. */
function applyBasic(x: Tensor, subscripts: readonly Subscript[]): { view: Tensor; advanced: Advanced | null } {
  const parsed = subscripts.map((s) => (typeof s === 'string' ? parseSubscript(s) : asNumber(asMask(s))));
  const consumed = parsed.reduce<number>(
    (n, s) => n + (s === null || s === '...' ? 0 : s instanceof Tensor && s.dtype === 'bool' ? s.ndim : 1),
    0,
  );
  if (consumed > x.ndim) throw badArgument('index', 'subscripts', subscripts, `at most ${x.ndim} for ${show(x)}`);
  const at = parsed.indexOf('...');
  const rest = Array.from({ length: x.ndim - consumed }, () => slice());
  const full = at < 0 ? [...parsed, ...rest] : [...parsed.slice(0, at), ...rest, ...parsed.slice(at + 1)];
  let view = x;
  let dim = 0;
  const placed: { dim: number; index: Tensor }[] = [];
  for (const s of full) {
    if (s === null) {
      view = unsqueeze(view, dim++);
    } else if (typeof s === 'number') {
      view = view.select(dim, s);
    } else if (s instanceof Slice) {
      const size = view.shape[dim];
      const start = bound(s.start, size, 0);
      const end = Math.max(bound(s.end, size, size), start);
      if (start !== 0 || end !== size || s.step !== 1) view = sliceDim(view, dim, start, end, s.step);
      dim++;
    } else if (s instanceof Tensor && s.dtype === 'bool') {
      for (const index of maskIndices(s, view, dim)) placed.push({ dim: dim++, index });
    } else if (s === '...') {
      throw badArgument('index', 'subscripts', subscripts, "'...' once at most");
    } else {
      const index = s instanceof Tensor ? s : tensor(s, { dtype: 'int64' });
      if (!isInteger(index.dtype)) {
        throw badArgument('index', `subscript of dim ${dim}`, index, 'integers or bool; convert it with .long()');
      }
      placed.push({ dim: dim++, index });
    }
  }
  const [first] = placed;
  if (first === undefined) return { view, advanced: null };
  if (placed.some((p, i) => p.dim !== first.dim + i)) {
    // With a slice between them the dims that they make come first.
    const indexed = placed.map((p) => p.dim);
    const others = view.shape.map((_, i) => i).filter((i) => !indexed.includes(i));
    return { view: permute(view, [...indexed, ...others]), advanced: { dim: 0, indices: placed.map((p) => p.index) } };
  }
  return { view, advanced: { dim: first.dim, indices: placed.map((p) => p.index) } };
}

function maskIndices(mask: Tensor, view: Tensor, dim: number): Tensor[] {
  const against = view.shape.slice(dim, dim + mask.ndim);
  if (against.join() !== mask.shape.join()) {
    throw badArgument('index', `mask of dim ${dim}`, mask, `shape [${against.join(', ')}], for ${show(view)}`);
  }
  const found = nonzero(mask);
  return Array.from({ length: mask.ndim }, (_, i) => found.select(1, i));
}

/** Positions that an error lists. */
const MOST_LISTED = 5;

/**
 * @internal The text of a check on indices. What stands at the positions is known eagerly, not in a compiled run.
 * @param place what a position is.
 */
export function indexText(
  fn: string,
  argument: string,
  indices: Tensor,
  failing: readonly number[],
  range: readonly [low: number, high: number],
  place = 'position',
): string {
  const { storage } = indices.cell.value;
  const listed = failing.slice(0, MOST_LISTED);
  const got = storage.kind === 'host' ? `got ${listed.map((at) => storage.data[at]).join(', ')}` : 'out of range';
  const places = `${place}${failing.length > 1 ? 's' : ''} ${listed.join(', ')}${failing.length > listed.length ? ', …' : ''}`;
  return `${fn}: ${argument}: ${got} at ${places}, expected integers from ${range[0]} to ${range[1]}`;
}

/** Whose indices they are, for errors: a function, and its argument where there is one only. */
interface Speaker {
  fn: string;
  argument?: string;
}

/** Row-major index into the indexed dims taken as one, negative indices wrapped, out-of-range ones rejected. */
function linearIndex({ fn, argument }: Speaker, { dim, indices }: Advanced, sizes: Shape): Tensor {
  let linear: Tensor | null = null;
  for (const [i, index] of indices.entries()) {
    const size = sizes[i];
    const wide = cast(index, 'int64');
    check(le(wide, size - 1).logical_and(ge(wide, -size)), (failing) =>
      indexText(fn, argument ?? `index of dim ${dim + i}`, wide, failing, [-size, size - 1]),
    );
    const positive = where(lt(wide, 0), add(wide, size), wide);
    linear = linear === null ? positive : add(mul(linear, size), positive);
  }
  return linear as Tensor;
}

/** `x[subscripts]`: a view for numbers and slices, a copy for index tensors and masks. */
export const index = api('index input', (x: Tensor, ...subscripts: Subscript[]): Tensor =>
  indexAs({ fn: 'index' }, x, subscripts),
);

/** @internal `index` in another function's name. */
export function indexAs(speaker: Speaker, x: Tensor, subscripts: readonly Subscript[]): Tensor {
  const only = asMask(subscripts[0]);
  if (recorder() !== null && subscripts.length === 1 && only instanceof Tensor && only.dtype === 'bool') {
    if (only.shape.join() !== x.shape.join()) {
      throw badArgument(
        'index',
        'mask',
        only,
        `the shape of ${show(x)} inside a trace; where(mask, x, ...) broadcasts`,
      );
    }
    return select(expand(x, x.shape), only);
  }
  const { view, advanced } = applyBasic(x, subscripts);
  if (advanced === null) return view === x ? reshape(x, x.shape) : view;
  const { dim, indices } = advanced;
  const count = indices.length;
  const sizes = view.shape.slice(dim, dim + count);
  const linear = linearIndex(speaker, advanced, sizes);
  const flat = reshape(view, [...view.shape.slice(0, dim), numelOf(sizes), ...view.shape.slice(dim + count)]);
  const picked = dispatch('index_select', [flat, reshape(linear, [-1])], { dim });
  return reshape(picked, [...view.shape.slice(0, dim), ...linear.shape, ...view.shape.slice(dim + count)]);
}

/** What can be written: a tensor that broadcasts (leading sizes of 1 more than that do not count), or a number. */
function valueLike(fn: string, value: Tensor | number, like: Tensor, shape: Shape): Tensor {
  let source = asTensor(value, like.dtype);
  while (source.ndim > shape.length && source.shape[0] === 1) source = source.select(0, 0);
  requireExpandable(fn, 'value', source, shape);
  return expand(source, shape);
}

/**
 * `x[subscripts] = value`, in place.
 * @throws where an in-place write is not allowed, and when `value` does not broadcast.
 */
export function setIndex(
  x: Tensor,
  subscripts: readonly Subscript[],
  value: Tensor | number,
  accumulate = false,
  speaker: Speaker = { fn: 'index_put_' },
): Tensor {
  checkWritable(speaker.fn, x);
  const only = asMask(subscripts[0]);
  const masked = subscripts.length === 1 && only instanceof Tensor && only.dtype === 'bool';
  if (
    masked &&
    only.shape.every((size, i) => size === x.shape[i]) &&
    (typeof value === 'number' || value.numel() === 1)
  ) {
    // One value for all: no positions are needed, so this traces.
    const source = valueLike(speaker.fn, typeof value === 'number' ? value : reshape(value, []), x, x.shape);
    const mask = reshape(only, [...only.shape, ...x.shape.slice(only.ndim).map(() => 1)]);
    assign(x, where(mask, accumulate ? add(x, source) : source, x));
    return x;
  }
  const { view, advanced } = applyBasic(x, subscripts);
  if (advanced === null) {
    const target = view === x ? reshape(x, x.shape) : view;
    const source = valueLike(speaker.fn, value, x, target.shape);
    assign(target, accumulate ? add(target, source) : source);
    return x;
  }
  const { dim, indices } = advanced;
  const sizes = view.shape.slice(dim, dim + indices.length);
  const before = view.shape.slice(0, dim);
  const after = view.shape.slice(dim + indices.length);
  const linear = linearIndex(speaker, advanced, sizes);
  const source = reshape(valueLike(speaker.fn, value, x, [...before, ...linear.shape, ...after]), [
    ...before,
    linear.numel(),
    ...after,
  ]);
  // Always a view: `reshape` would copy a permuted tensor, and the write would be lost.
  const flat = indices.length === 1 ? view : viewAs(view, [...before, numelOf(sizes), ...after]);
  const rows = reshape(linear, [-1]);
  if (accumulate) writeOver('index_add', flat, rows, source, dim);
  else writeOver('scatter', flat, alongDim(rows, source.shape, dim), source, dim);
  return x;
}

/** Over the bytes where nobody else sees them, else by rebinding. */
function writeOver(op: 'index_add' | 'scatter', target: Tensor, at: Tensor, source: Tensor, dim: number): void {
  if (!dispatchOver(op, [target, at, source], { dim })) assign(target, dispatch(op, [target, at, source], { dim }));
}

/** A 1-d index laid along `dim` and broadcast to `shape`. */
function alongDim(rows: Tensor, shape: Shape, dim: number): Tensor {
  return expand(
    reshape(
      rows,
      shape.map((_, i) => (i === dim ? -1 : 1)),
    ),
    shape,
  );
}

/** @internal Integers as int64. */
export function requireIndex(fn: string, indices: Tensor, argument = 'index'): Tensor {
  if (!isInteger(indices.dtype)) throw badArgument(fn, argument, indices, 'integers; convert it with .long()');
  return cast(indices, 'int64');
}

/** @internal Throws for indices below 0 and from `size` on. */
export function checkRange(fn: string, indices: Tensor, size: number, argument = 'index'): void {
  check(ge(indices, 0).logical_and(lt(indices, size)), (failing) =>
    indexText(fn, argument, indices, failing, [0, size - 1]),
  );
}

/** The slices of `x` at `indexTensor` (1-d integers) along `dim`. Throws for indices out of range. */
export const index_select = api(
  'index_select input dim: index',
  (x: Tensor, dim: number, indexTensor: Tensor): Tensor => {
    const at = normaliseDim('index_select', dim, x);
    const wide = requireIndex('index_select', indexTensor);
    checkRange('index_select', wide, x.size(at));
    return dispatch('index_select', [x, reshape(wide, [-1])], { dim: at });
  },
);

/** out[i][j] = x[index[i][j]][j] for dim 0, and so on. Throws for indices out of range or another rank. */
export const gather = api('gather input dim: index', (x: Tensor, dim: number, indexTensor: Tensor): Tensor =>
  gatherAs({ fn: 'gather', argument: 'index' }, x, dim, indexTensor),
);

/** @internal `gather` in another function's name. */
export function gatherAs({ fn, argument }: Speaker, x: Tensor, dim: number, indexTensor: Tensor): Tensor {
  const at = normaliseDim(fn, dim, x);
  const wide = requireIndex(fn, indexTensor, argument);
  if (wide.ndim !== x.ndim) {
    throw badArgument(fn, argument ?? 'index', wide, `${dims(x.ndim)}, as many as input ${show(x)}`);
  }
  checkRange(fn, wide, x.size(at), argument);
  return dispatch('gather', [x, wide], { dim: at });
}

function scatterInto(
  op: 'scatter' | 'scatter_add',
  x: Tensor,
  dim: number,
  indexTensor: Tensor,
  source: Tensor | number,
): Tensor {
  const at = normaliseDim(op, dim, x);
  const wide = requireIndex(op, indexTensor);
  checkRange(op, wide, x.size(at));
  const values = typeof source === 'number' ? expand(asTensor(source, x.dtype), wide.shape) : source;
  if (values.dtype !== x.dtype) throw badArgument(op, 'src', values, `${x.dtype}, as input ${show(x)}`);
  let cut = values;
  wide.shape.forEach((size, i) => {
    if (cut.shape[i] > size) cut = sliceDim(cut, i, 0, size);
  });
  return dispatch(op, [x, wide, cut], { dim: at });
}

/** Options of `scatter`. */
export interface ScatterOptions {
  /** 'add' instead of writing; PyTorch's 'multiply' is not supported. */
  reduce?: 'add';
}

/** @internal The op that does it. Throws for a reduction that is not supported. */
export function scatterOp({ reduce }: ScatterOptions = {}): 'scatter' | 'scatter_add' {
  if (reduce !== undefined && reduce !== 'add') throw badArgument('scatter', 'reduce', reduce, "'add' or nothing");
  return reduce === undefined ? 'scatter' : 'scatter_add';
}

/** A copy of `x` with `source` written (or added) at `index` along `dim`. Throws for indices out of range. */
export const scatter = api(
  'scatter input dim: index src#',
  (x: Tensor, dim: number, indexTensor: Tensor, source: Tensor | number, options?: ScatterOptions): Tensor => {
    return scatterInto(scatterOp(options), x, dim, indexTensor, source);
  },
);

/** A copy of `x` with `source` added at `index` along `dim`. */
export const scatter_add = api(
  'scatter_add input dim: index src',
  (x: Tensor, dim: number, indexTensor: Tensor, source: Tensor): Tensor =>
    scatterInto('scatter_add', x, dim, indexTensor, source),
);

/** A copy of `x` with slices of `source` added at `index` (1-d) along `dim`. */
export const index_add = api(
  'index_add input dim: index source',
  (x: Tensor, dim: number, indexTensor: Tensor, source: Tensor): Tensor => {
    const at = normaliseDim('index_add', dim, x);
    const wide = requireIndex('index_add', indexTensor);
    checkRange('index_add', wide, x.size(at));
    return dispatch('index_add', [x, wide, source], { dim: at });
  },
);

/**
 * Positions of elements that are not zero, int64 [count, rank]; with `as_tuple` one vector per dim, as index tensors.
 * Not inside a trace: its length depends on the data.
 */
export const nonzero: typeof nonzeroOf = /* @__PURE__ */ api('nonzero input options=', nonzeroOf);

function nonzeroOf(x: Tensor, options?: { as_tuple?: false }): Tensor;
function nonzeroOf(x: Tensor, options: { as_tuple: true }): Tensor[];
function nonzeroOf(x: Tensor, options: { as_tuple?: boolean } = {}): Tensor | Tensor[] {
  if (options.as_tuple === true) {
    const found = nonzero(x.ndim === 0 ? reshape(x, [1]) : x);
    return Array.from({ length: found.size(1) }, (_, i) => found.select(1, i));
  }
  refuseTrace('nonzero', 'its length depends on the data; use where(mask, ...) or a masked reduction instead');
  const { shape, storage } = cast(x, 'bool').read();
  const { data } = hostStorageOf({ dtype: 'bool', shape, storage }, 'nonzero');
  const positions: number[] = [];
  const strides = shape.map((_, i) => numelOf(shape.slice(i + 1)));
  data.forEach((set, flat) => {
    if (set !== 0) shape.forEach((size, i) => positions.push(Math.floor(flat / strides[i]) % size));
  });
  return wrap(
    'int64',
    [shape.length === 0 ? data.filter(Boolean).length : positions.length / shape.length, shape.length],
    Float64Array.from(positions),
  );
}

/** The elements where `mask` holds, 1-d; both broadcast. */
export const masked_select = api('masked_select input mask', (x: Tensor, mask: Tensor): Tensor => {
  const shape = requireFit('masked_select', { input: x, mask });
  if (asMask(mask).dtype !== 'bool')
    throw badArgument('masked_select', 'mask', mask, 'bool; compare first, as in x.gt(0)');
  const fit = (t: Tensor): Tensor => (t.shape.join() === shape.join() ? t : expand(t, shape));
  return index(fit(x), fit(mask));
});

/** A copy with `value` where `mask` holds. */
export const masked_fill = api('masked_fill input mask value#', (x: Tensor, mask: Tensor, value: Operand): Tensor => {
  requireFit('masked_fill', { input: x, mask });
  return where(mask, asTensor(value, x.dtype), x);
});

/** A number of classes, alone or under its name. */
export type ClassesArgument = number | { num_classes?: number };

/** One column per class, int64: 1 at the label. Throws for labels out of range. `num_classes` −1 reads the largest label. */
export const one_hot = api('one_hot input num_classes/', (labels: Tensor, classCount: ClassesArgument = -1): Tensor => {
  const num_classes = typeof classCount === 'object' ? (classCount.num_classes ?? -1) : classCount;
  const wide = requireIndex('one_hot', labels, 'input');
  if (num_classes !== -1) requireCount('one_hot', 'num_classes', num_classes);
  else if (recorder() !== null) {
    throw badArgument('one_hot', 'num_classes', num_classes, 'a number of classes inside a trace');
  }
  const classes = num_classes > 0 ? num_classes : wide.max().item() + 1;
  checkRange('one_hot', wide, classes, 'input');
  const columns = dispatch('arange', [], { n: classes, dtype: 'int64' });
  return cast(unsqueeze(wide, wide.ndim).eq(columns), 'int64');
});

/** @internal Writes over `x` in place with a kernel where nobody else sees the bytes, else by rebinding. */
export function scatterOver(
  op: 'scatter' | 'scatter_add',
  x: Tensor,
  dim: number,
  indexTensor: Tensor,
  source: Tensor | number,
): Tensor {
  checkWritable(`${op}_`, x);
  const at = normaliseDim(op, dim, x);
  if (source instanceof Tensor && source.shape.join() === indexTensor.shape.join() && source.dtype === x.dtype) {
    const wide = requireIndex(op, indexTensor);
    checkRange(op, wide, x.size(at));
    if (dispatchOver(op, [x, wide, source], { dim: at })) return x;
  }
  assign(x, scatterInto(op, x, dim, indexTensor, source));
  return x;
}
