import type { Positional } from '../arguments.js';
import { dispatch } from '../dispatch.js';
import { isFloating } from '../dtype.js';
import type { DType } from '../dtype.js';
import { api, badArgument } from '../errors.js';
import { Tensor } from '../tensor.js';
import { check } from '../trace/check.js';
import { normaliseDim, normaliseDims } from './dims.js';
import type { DimArgument } from './dims.js';
import { isclose } from './elementwise.js';
import type { CloseOptions } from './elementwise.js';
import { cast, maximum, minimum, mul, sqrt, square, sub, abs, pow, exp, log, eq, where, div, ne } from './pointwise.js';
import { requireFloating } from './require.js';
import { reshape, squeeze } from './shape.js';
import { unselected } from './selection.js';

/** One dim, several, or all (`undefined`, `null` or an empty list). */
export type Dims = number | readonly number[] | null | undefined;

/** Options of reductions. */
export interface ReduceOptions {
  dim?: Dims;
  /** Keep reduced dims with size 1. Default false. */
  keepdim?: boolean;
  /** Convert before reducing. */
  dtype?: DType;
}

type ReduceName = 'sum' | 'mean' | 'prod' | 'amax' | 'amin' | 'any' | 'all';

/** What a selection's other elements count as, so that they do not count. */
const neutral: Readonly<Record<ReduceName, number>> = {
  sum: 0,
  mean: 0,
  prod: 1,
  amax: -Infinity,
  amin: Infinity,
  any: 0,
  all: 1,
};

function reduceSelection(name: ReduceName, x: Tensor, mask: Tensor): Tensor {
  const all = unselected(x);
  if (name === 'any' || name === 'all') {
    const kept = name === 'any' ? mask.logical_and(all) : mask.logical_not().logical_or(all);
    return reduce(name, kept, null, false);
  }
  if (name === 'amax' || name === 'amin') {
    check(mask.any(), () => `${name === 'amax' ? 'max' : 'min'}: the boolean mask selects no element`);
  }
  const kept = where(mask, all, neutral[name]);
  if (name !== 'mean') return reduce(name, kept, null, false);
  return div(reduce('sum', kept, null, false), sum(cast(mask, x.dtype)));
}

function reduce(name: ReduceName, x: Tensor, dim: Dims, keepdim: boolean): Tensor {
  if (x.selection !== null) {
    if (dim !== null && dim !== undefined) {
      throw badArgument(
        name,
        'dim',
        dim,
        'none: a boolean-mask selection inside a trace reduces over all its elements',
      );
    }
    return reduceSelection(name, x, x.selection);
  }
  const dims = normaliseDims(name, dim, x);
  if (x.ndim === 0) return x.clone();
  return dispatch(name, [x], { dims, keepdim });
}

function arrange(dim: Dims | ReduceOptions, keepdim: boolean | undefined): ReduceOptions {
  if (typeof dim === 'object' && dim !== null && !Array.isArray(dim)) return dim as ReduceOptions;
  return { dim: dim as Dims, keepdim: keepdim ?? false };
}

/** The sum over `dim` (all by default): `sum(x)`, `sum(x, 1, true)`, `sum(x, { dim: 1, keepdim: true })`. Integers and bool sum in int64. */
export const sum = api('sum input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor => {
  const options = arrange(dim, keepdim);
  const dtype = options.dtype ?? (isFloating(x.dtype) ? x.dtype : 'int64');
  return reduce('sum', cast(x, dtype), options.dim, options.keepdim ?? false);
});

/** The mean over `dim` (all by default). Throws for integers: cast first. */
export const mean = api('mean input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor => {
  const options = arrange(dim, keepdim);
  const input = options.dtype === undefined ? x : cast(x, options.dtype);
  requireFloating('mean', input);
  return reduce('mean', input, options.dim, options.keepdim ?? false);
});

/** The product over one dim or all. Integers multiply in int64. */
export const prod = api('prod input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor => {
  const options = arrange(dim, keepdim);
  const dtype = options.dtype ?? (isFloating(x.dtype) ? x.dtype : 'int64');
  return reduce('prod', cast(x, dtype), options.dim, options.keepdim ?? false);
});

/** The largest over `dim`; ties share the gradient evenly, NaN wins. */
export const amax = api('amax input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor => {
  const options = arrange(dim, keepdim);
  return reduce('amax', x, options.dim, options.keepdim ?? false);
});

/** The smallest over `dim`; ties share the gradient evenly, NaN wins. */
export const amin = api('amin input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor => {
  const options = arrange(dim, keepdim);
  return reduce('amin', x, options.dim, options.keepdim ?? false);
});

/** uint8, the masks of old PyTorch, stay uint8. */
const asMask = (x: Tensor, result: Tensor): Tensor => (x.dtype === 'uint8' ? cast(result, 'uint8') : result);

/** Whether any element is not zero, as bool (uint8 for uint8). */
export const any = api('any input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor => {
  const options = arrange(dim, keepdim);
  return asMask(x, reduce('any', cast(x, 'bool'), options.dim, options.keepdim ?? false));
});

/** Whether no element is zero, as bool (uint8 for uint8). */
export const all = api('all input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor => {
  const options = arrange(dim, keepdim);
  return asMask(x, reduce('all', cast(x, 'bool'), options.dim, options.keepdim ?? false));
});

/** Result of `max(dim)` and the like: `{ values, indices }`, and destructures as `[values, indices]`. */
export class ValuesAndIndices implements Iterable<Tensor> {
  constructor(
    readonly values: Tensor,
    readonly indices: Tensor,
  ) {}

  *[Symbol.iterator](): Iterator<Tensor, undefined> {
    yield this.values;
    yield this.indices;
    return undefined;
  }

  get 0(): Tensor {
    return this.values;
  }

  get 1(): Tensor {
    return this.indices;
  }
}

function argReduce(name: 'argmax' | 'argmin', x: Tensor, dim: number | null | undefined, keepdim: boolean): Tensor {
  const source = dim === null || dim === undefined ? reshape(x, [-1]) : x;
  if (source.ndim === 0) return dispatch('full', [], { shape: [], dtype: 'int64', value: 0 });
  const at = normaliseDim(name, dim ?? 0, source);
  const result = dispatch(name, [cast(source, source.dtype === 'bool' ? 'uint8' : source.dtype)], {
    dim: at,
    keepdim: false,
  });
  if (!keepdim) return result;
  return dim === null || dim === undefined
    ? reshape(
        result,
        x.shape.map(() => 1),
      )
    : result.unsqueeze(at);
}

interface ArgOptions {
  dim?: number | null;
  keepdim?: boolean;
}

/** What `argmax` and `argmin` take after the tensor. */
export type ArgArguments = Positional<ArgOptions, 'dim keepdim'>;

/** The index of the first largest element along `dim` (of the flattened tensor without one), int64. */
export const argmax = api(
  'argmax input options= dim keepdim',
  (x: Tensor, { dim, keepdim = false }: ArgOptions = {}): Tensor => argReduce('argmax', x, dim, keepdim),
);

/** The index of the first smallest element along `dim`, int64. */
export const argmin = api(
  'argmin input options= dim keepdim',
  (x: Tensor, { dim, keepdim = false }: ArgOptions = {}): Tensor => argReduce('argmin', x, dim, keepdim),
);

function extreme(which: 'max' | 'min', x: Tensor, dim: number, keepdim: boolean): ValuesAndIndices {
  const indices = argReduce(which === 'max' ? 'argmax' : 'argmin', x, dim, true);
  if (x.ndim === 0) return new ValuesAndIndices(x.clone(), indices);
  // The indices are argmax's own: no range check.
  const values = dispatch('gather', [x, indices], { dim: normaliseDim(which, dim, x) });
  if (keepdim) return new ValuesAndIndices(values, indices);
  return new ValuesAndIndices(squeeze(values, dim), squeeze(indices, dim));
}

/** Options of `max` and `min` along a dim. */
export interface ExtremeOptions {
  dim: number;
  keepdim?: boolean;
}

/**
 * `max(x)`: the largest of all, ties share the gradient evenly. `max(x, dim, keepdim)`: values and indices along `dim`,
 * the gradient goes to the first of ties. `max(x, other)`: elementwise, as `maximum`.
 * @throws for an empty tensor or dim.
 */
export const max: typeof maxOf = /* @__PURE__ */ api('max input dim/', maxOf);

function maxOf(x: Tensor): Tensor;
function maxOf(x: Tensor, other: Tensor): Tensor;
function maxOf(x: Tensor, dim: number | ExtremeOptions, keepdim?: boolean): ValuesAndIndices;
function maxOf(x: Tensor, arg?: Tensor | number | ExtremeOptions, keepdim = false): Tensor | ValuesAndIndices {
  if (arg === undefined) return amax(x);
  if (arg instanceof Tensor) return maximum(x, arg);
  return typeof arg === 'number' ? extreme('max', x, arg, keepdim) : extreme('max', x, arg.dim, arg.keepdim ?? false);
}

/** As `max`, for the smallest. */
export const min: typeof minOf = /* @__PURE__ */ api('min input dim/', minOf);

function minOf(x: Tensor): Tensor;
function minOf(x: Tensor, other: Tensor): Tensor;
function minOf(x: Tensor, dim: number | ExtremeOptions, keepdim?: boolean): ValuesAndIndices;
function minOf(x: Tensor, arg?: Tensor | number | ExtremeOptions, keepdim = false): Tensor | ValuesAndIndices {
  if (arg === undefined) return amin(x);
  if (arg instanceof Tensor) return minimum(x, arg);
  return typeof arg === 'number' ? extreme('min', x, arg, keepdim) : extreme('min', x, arg.dim, arg.keepdim ?? false);
}

/** Running sum along `dim`. Integers and bool sum in int64. */
export const cumsum = api('cumsum input', (x: Tensor, dim: DimArgument): Tensor => {
  const input = isFloating(x.dtype) ? x : cast(x, 'int64');
  if (x.ndim === 0) return input.clone();
  return dispatch('cumsum', [input], { dim: normaliseDim('cumsum', dim, x) });
});

/** Options of `var` and `std`. */
export interface VarianceOptions {
  dim?: Dims;
  keepdim?: boolean;
  /** Divide by n − 1 (default) instead of n. */
  unbiased?: boolean;
  /** n − correction in the divisor; overrides `unbiased`. */
  correction?: number;
}

/** @internal The options of `var(x, dim, unbiased, keepdim)`, `var(x, unbiased)` and `var(x, { ... })`. */
export function varianceOptions(
  dim?: Dims | boolean | VarianceOptions,
  unbiased?: boolean,
  keepdim?: boolean,
): VarianceOptions {
  if (typeof dim === 'boolean') return { unbiased: dim };
  if (typeof dim === 'object' && dim !== null && !Array.isArray(dim)) return dim as VarianceOptions;
  return { dim: dim as Dims, unbiased: unbiased ?? true, keepdim: keepdim ?? false };
}

/**
 * The variance over `dim` (all by default), divided by n − 1 unless `unbiased` is false: `var(x)`, `var(x, 0)`,
 * `var(x, 0, false, true)`, `var(x, { dim: 0, unbiased: false, keepdim: true })`.
 */
export function variance(
  x: Tensor,
  dim?: Dims | boolean | VarianceOptions,
  unbiased?: boolean,
  keepdim?: boolean,
): Tensor {
  const options = varianceOptions(dim, unbiased, keepdim);
  const correction = options.correction ?? (options.unbiased === false ? 0 : 1);
  const dims = normaliseDims('var', options.dim, x);
  const n = dims.reduce((count, d) => count * x.shape[d], 1);
  const squares = sum(square(sub(x, mean(x, dims, true))), dims, options.keepdim ?? false);
  return div(squares, Math.max(n - correction, 0));
}

const varOf: typeof variance = /* @__PURE__ */ api('var input', variance);

export { varOf as var };

/** `root` of what is not 0; 0 with gradient 0 where it is. */
function awayFromZero(total: Tensor, root: (safe: Tensor) => Tensor): Tensor {
  const zero = eq(total, 0);
  return where(zero, 0, root(where(zero, 1, total)));
}

/** The standard deviation over `dim`; see `variance`. The gradient where it is 0 is 0. */
export const std = api(
  'std input',
  (x: Tensor, dim?: Dims | boolean | VarianceOptions, unbiased?: boolean, keepdim?: boolean): Tensor =>
    awayFromZero(variance(x, dim, unbiased, keepdim), sqrt),
);

/** The p of `norm`; 'fro' is 2. */
export type NormOrder = number | 'fro';

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** Default 2. */
  p?: NormOrder;
}

/**
 * The p-norm over `dim` (all by default): `norm(x, 2, 1, true)`. p = 2 by default; Infinity is the largest absolute
 * value, −Infinity the smallest. The gradient at a zero vector is 0.
 */
export const norm = api(
  'norm input',
  (x: Tensor, p: NormOrder | NormOptions = 2, dim?: Dims, keepdim = false): Tensor => {
    if (typeof p === 'object' && p !== null) return norm(x, p.p ?? 2, p.dim, p.keepdim ?? false);
    if (p === 'fro') return norm(x, 2, dim, keepdim);
    if (typeof p !== 'number') throw badArgument('norm', 'p', p, "a number, 'fro' or an object of options");
    requireFloating('norm', x);
    if (p === 1) return sum(abs(x), dim, keepdim);
    if (p === Infinity) return amax(abs(x), dim, keepdim);
    if (p === 0) return sum(cast(ne(x, 0), x.dtype), dim, keepdim);
    if (p === -Infinity) return amin(abs(x), dim, keepdim);
    const total = p === 2 ? sum(mul(x, x), dim, keepdim) : sum(pow(abs(x), p), dim, keepdim);
    return awayFromZero(total, p === 2 ? sqrt : (safe) => pow(safe, 1 / p));
  },
);

/** What may be taken off x before e^x along `dim`: the largest, a constant. Nothing has no largest. */
const largestOf = (x: Tensor, dim: Dims): Tensor => (x.numel() === 0 ? sum : amax)(x, dim, true).detach();

/** What `logsumexp` takes after the tensor. */
export type DimArguments = Positional<{ dim?: Dims; keepdim?: boolean }, 'dim keepdim'>;

/** log Σ e^x over `dim`, without overflow: `logsumexp(x, 1, true)`, `logsumexp(x, { dim: 1 })`. */
export const logsumexp = api(
  'logsumexp input options= dim keepdim',
  (x: Tensor, { dim, keepdim }: ReduceOptions = {}): Tensor => {
    const dims = normaliseDims('logsumexp', dim, x);
    const largest = largestOf(x, dims);
    const shift = where(eq(abs(largest), Infinity), 0, largest);
    const result = log(sum(exp(sub(x, shift)), dims, true)).add(shift);
    return keepdim ? result : squeeze(result, dims);
  },
);

/** e^x / Σ e^x along `dim`. */
export const softmax = api('softmax input', (x: Tensor, dim: DimArgument): Tensor => {
  const at = normaliseDim('softmax', dim, x);
  const e = exp(sub(x, largestOf(x, at)));
  return div(e, sum(e, at, true));
});

/** log(softmax(x)) along `dim`, without overflow. */
export const log_softmax = api('log_softmax input', (x: Tensor, dim: DimArgument): Tensor => {
  const at = normaliseDim('log_softmax', dim, x);
  const shifted = sub(x, largestOf(x, at));
  return sub(shifted, log(sum(exp(shifted), at, true)));
});

/** Whether `a` and `b` have equal shapes and elements within `atol + rtol * |b|`. Reads data. */
export const allclose = api(
  'allclose input other options= rtol atol equal_nan',
  (a: Tensor, b: Tensor, options?: CloseOptions): boolean => all(isclose(a, b, options)).item() === 1,
);

/** Whether two tensors have the same shape and elements. Reads data. */
export const equal = api(
  'equal input other',
  (a: Tensor, b: Tensor): boolean => a.shape.join() === b.shape.join() && all(eq(a, b)).item() === 1,
);
