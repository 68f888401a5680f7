/** Order: the largest, sorting, ranks. All differentiable in their values and traceable. */
import { dispatch, dispatchAll } from '../dispatch.js';
import { isFloating } from '../dtype.js';
import { api, badArgument, show } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { normaliseDim } from './dims.js';
import { add, cast, div, eq, isnan, logical_not, sub, where } from './pointwise.js';
import { amax, any, sum, ValuesAndIndices } from './reduce.js';
import { reshape, sliceDim, squeeze } from './shape.js';

/** Options of `topk`. */
export interface TopkOptions {
  /** Default: the last. */
  dim?: number;
  /** The smallest instead, where false. Default true. */
  largest?: boolean;
  /** Accepted for ported code: the result is sorted in any case. */
  sorted?: boolean;
}

function sorted(name: string, x: Tensor, k: number, dim: number, largest: boolean): ValuesAndIndices {
  if (x.ndim === 0) {
    const one = sorted(name, reshape(x, [1]), k, 0, largest);
    return new ValuesAndIndices(reshape(one.values, []), reshape(one.indices, []));
  }
  const at = normaliseDim(name, dim, x);
  if (!Number.isInteger(k) || k < 0 || k > x.shape[at]) {
    throw badArgument(name, 'k', k, `an integer from 0 to ${x.shape[at]}, the size of dim ${dim} of ${show(x)}`);
  }
  const input = x.dtype === 'bool' ? cast(x, 'uint8') : x;
  const [values, indices] = dispatchAll('topk', [input], { k, dim: at, largest });
  return new ValuesAndIndices(cast(values, x.dtype), indices);
}

/**
 * The `k` largest (or smallest) along `dim`, in order, with their int64 indices: `topk(x, 5)`, `topk(x, 5, 1, false)`,
 * `topk(x, 5, { dim: 1, largest: false })`. Of ties the lowest index comes first (PyTorch promises none); NaN counts as
 * largest. The gradient goes to the elements chosen.
 * @throws unless 0 <= k <= the size of `dim`.
 */
export const topk = api(
  'topk input k: dim/',
  (x: Tensor, k: number, dim: number | TopkOptions = -1, largest = true): ValuesAndIndices => {
    if (typeof dim === 'object') return topk(x, k, dim.dim ?? -1, dim.largest ?? true);
    return sorted('topk', x, k, dim, largest);
  },
);

/** Options of `sort` and `argsort`. */
export interface SortOptions {
  /** Default: the last. */
  dim?: number;
  /** Default false. */
  descending?: boolean;
  /** Accepted for ported code: sorting is stable in any case. */
  stable?: boolean;
}

/**
 * The elements in order along `dim` (the last by default), with their int64 indices: `sort(x, 1, true)` or
 * `sort(x, { dim: 1, descending: true })`. Stable in both directions; NaN counts as largest.
 */
export const sort = api(
  'sort input dim/',
  (x: Tensor, dim: number | SortOptions = -1, descending = false): ValuesAndIndices => {
    if (typeof dim === 'object') return sort(x, dim.dim ?? -1, dim.descending ?? false);
    return sorted('sort', x, x.ndim === 0 ? 1 : x.shape[normaliseDim('sort', dim, x)], dim, descending);
  },
);

/** The indices that sort `x` along `dim`, int64; see `sort`. */
export const argsort = api(
  'argsort input dim/',
  (x: Tensor, dim: number | SortOptions = -1, descending = false): Tensor => sort(x, dim, descending).indices,
);

function at(ordered: ValuesAndIndices, dim: number, position: Tensor, keepdim: boolean): ValuesAndIndices {
  const pick = (from: Tensor): Tensor => {
    const found = dispatch('gather', [from, position], { dim });
    return keepdim ? found : squeeze(found, dim);
  };
  return new ValuesAndIndices(pick(ordered.values), pick(ordered.indices));
}

/**
 * The `k`-th smallest (k from 1) along `dim` with its index.
 * @throws unless 1 <= k <= the size of `dim`.
 */
export const kthvalue = api('kthvalue input', (x: Tensor, k: number, dim = -1, keepdim = false): ValuesAndIndices => {
  if (x.ndim === 0) return sorted('kthvalue', x, k, 0, false);
  const d = normaliseDim('kthvalue', dim, x);
  if (!(k >= 1 && k <= x.shape[d])) {
    throw badArgument('kthvalue', 'k', k, `an integer from 1 to ${x.shape[d]}, the size of dim ${dim} of ${show(x)}`);
  }
  const { values, indices } = sorted('kthvalue', x, k, d, false);
  const cut = (from: Tensor): Tensor => {
    const last = sliceDim(from, d, k - 1, k);
    return keepdim ? last : squeeze(last, d);
  };
  return new ValuesAndIndices(cut(values), cut(indices));
});

/**
 * The median: the lower of the two middle elements of an even count, NaN where there is one. `median(x)` is that of all
 * elements (ties share the gradient evenly), `median(x, dim, keepdim)` values and indices.
 * @throws for an empty tensor.
 */
export const median: typeof medianOf = /* @__PURE__ */ api('median input', medianOf);

function medianOf(x: Tensor): Tensor;
function medianOf(x: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
function medianOf(x: Tensor, dim?: number, keepdim = false): Tensor | ValuesAndIndices {
  const source = dim === undefined ? reshape(x, [-1]) : x.ndim === 0 ? reshape(x, [1]) : x;
  const d = normaliseDim('median', dim ?? 0, source);
  const size = source.shape[d];
  if (size === 0) throw badArgument('median', 'input', x, dim === undefined ? 'elements' : `elements at dim ${dim}`);
  const ordered = sort(source, d);
  // NaNs stand last; the first of them is the result where there is any. The middle comes from a count, not from `size`:
  // a file with a dynamic axis is traced at sizes of one parity and would halve the other wrongly.
  const absent = isnan(source);
  const present = sum(logical_not(absent), d, true);
  const position = where(any(absent, d, true), present, div(sub(present, 1), 2, { rounding_mode: 'floor' }));
  const middle = at(ordered, d, position, keepdim || dim === undefined);
  if (dim !== undefined) {
    if (x.ndim > 0) return middle;
    return new ValuesAndIndices(reshape(middle.values, []), reshape(middle.indices, []));
  }
  if (!isFloating(x.dtype)) return reshape(middle.values, []);
  const value = middle.values.detach();
  const same = where(eq(source, value), source, -Infinity);
  return reshape(where(isnan(value), add(middle.values, 0), amax(same, 0, true)), []);
}
