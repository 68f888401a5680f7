/** Counting and drawing by value. What they return depends on the data: they read it, and cannot be traced. */
import { isFloating, isInteger } from '../dtype.js';
import type { HostArray } from '../dtype.js';
import { allocate } from '../dtype.js';
import { roundToHalf } from '../half.js';
import { CallError, api, badArgument, requireCount, show } from '../errors.js';
import { defaultGenerator } from '../random/generator.js';
import type { Generator } from '../random/generator.js';
import type { Tensor } from '../tensor.js';
import { wrap } from './create.js';
import { elementsOf, refuseTrace } from './host.js';
import { requireFloating } from './require.js';

const eagerly = 'its result has a size that depends on the data; call it outside of the compiled function';

/** Options of `unique`. */
export interface UniqueOptions {
  /** Accepted for ported code: the values are sorted in any case. */
  sorted?: boolean;
  /** Also where each element went, int64 in the shape of `x`. Default false. */
  return_inverse?: boolean;
  /** Also how often each value occurs, int64. Default false. */
  return_counts?: boolean;
}

/**
 * The distinct values in ascending order, 1-d; with options a list: values, then inverse, then counts, as asked for.
 * NaNs count as one value. Not inside a trace.
 * @example const [ids, inverse] = unique(labels, { return_inverse: true });
 */
export const unique: typeof uniqueOf = /* @__PURE__ */ api('unique input options=', uniqueOf);

function uniqueOf(x: Tensor, options?: UniqueOptions & { return_inverse?: false; return_counts?: false }): Tensor;
function uniqueOf(x: Tensor, options: UniqueOptions): Tensor[];
function uniqueOf(x: Tensor, options: UniqueOptions = {}): Tensor | Tensor[] {
  refuseTrace('unique', eagerly);
  const data = elementsOf('unique', x);
  const counts = new Map<number, number>();
  // -0 and 0 are one value, as in ===; Map takes NaNs for one, too.
  for (const value of data) counts.set(value, (counts.get(value) ?? 0) + 1);
  const values = Float64Array.from(counts.keys()).sort();
  const result = [wrap(x.dtype, [values.length], hostArray(x.dtype, values))];
  if (options.return_inverse) {
    const place = new Map(Array.from(values, (value, i) => [value, i]));
    result.push(
      wrap(
        'int64',
        x.shape,
        Float64Array.from(data, (value) => place.get(value) ?? 0),
      ),
    );
  }
  if (options.return_counts) {
    result.push(
      wrap(
        'int64',
        [values.length],
        Float64Array.from(values, (value) => counts.get(value) ?? 0),
      ),
    );
  }
  return result.length === 1 ? result[0] : result;
}

function hostArray(dtype: Tensor['dtype'], values: Float64Array): HostArray {
  if (dtype === 'float16') return roundToHalf(values);
  const out = allocate(dtype, values.length);
  out.set(values);
  return out;
}

/** Options of `bincount`. */
export interface BincountOptions {
  /** What each element adds, in the shape of `x`. Default 1. */
  weights?: Tensor | null;
  /** The least number of bins. Default 0. */
  minlength?: number;
}

/**
 * How often each of 0, 1, … occurs in a vector of non-negative integers: int64, or with `weights` their sums (float32
 * weights stay float32, others give float64). Not inside a trace.
 * @throws for another dtype or rank, negative elements, and weights of another shape.
 */
export const bincount = api(
  'bincount input options= weights minlength',
  (x: Tensor, options: BincountOptions = {}): Tensor => {
    refuseTrace('bincount', eagerly);
    const { weights = null, minlength = 0 } = options;
    if (x.ndim !== 1 || !isInteger(x.dtype)) {
      throw badArgument('bincount', 'input', x, 'a vector of integers; convert it with .long()');
    }
    if (weights !== null && weights.shape.join() !== x.shape.join()) {
      throw badArgument('bincount', 'weights', weights, `one number per element of input ${show(x)}`);
    }
    const data = elementsOf('bincount', x);
    let size = minlength;
    for (const [at, value] of data.entries()) {
      if (value < 0) throw badArgument('bincount', `input[${at}]`, value, 'a non-negative integer');
      size = Math.max(size, value + 1);
    }
    const added = weights === null ? null : elementsOf('bincount', weights);
    const sums = new Float64Array(size);
    data.forEach((value, i) => (sums[value] += added === null ? 1 : added[i]));
    if (weights === null) return wrap('int64', [size], sums);
    return weights.dtype === 'float32'
      ? wrap('float32', [size], Float32Array.from(sums))
      : wrap('float64', [size], sums);
  },
);

/**
 * How many elements fall into each of `bins` equal parts of [min, max] (the extremes of `x` where both are 0), in the
 * dtype of `x`. Elements outside do not count. Not inside a trace.
 * @throws for integers, and for max < min.
 */
export const histc = api('histc input', (x: Tensor, bins = 100, min = 0, max = 0): Tensor => {
  refuseTrace('histc', eagerly);
  requireFloating('histc', x);
  requireCount('histc', 'bins', bins);
  if (max < min) throw badArgument('histc', 'max', max, `at least min, ${min}`);
  const data = elementsOf('histc', x);
  let [low, high] = [min, max];
  if (low === high && data.length > 0) {
    [low, high] = [Infinity, -Infinity];
    for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low === high) [low, high] = [low - 1, high + 1];
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new CallError('histc', `input: its range ${show([low, high])} is not finite; pass min and max`);
  }
  const counts = new Float64Array(bins);
  for (const value of data) {
    if (!(value >= low && value <= high)) continue;
    counts[Math.min(Math.floor(((value - low) / (high - low)) * bins), bins - 1)]++;
  }
  return wrap(x.dtype, [bins], hostArray(x.dtype, counts));
});

/** One draw without replacement per row: the `count` largest of weight / exponential number, as PyTorch draws them. */
function drawDistinct(weights: Float64Array, count: number, single: boolean, generator: Generator): number[] {
  const uniform = generator.uniform_(new Float64Array(weights.length));
  const round = single ? Math.fround : (value: number): number => value;
  const keys = uniform.map((u, i) => round(weights[i] / round(-Math.log1p(-u))));
  const order = Array.from(keys, (_, i) => i).sort((i, j) => keys[j] - keys[i] || i - j);
  return order.slice(0, count);
}

/** `count` draws by binary search in the running sums. */
function drawRepeated(weights: Float64Array, count: number, single: boolean, generator: Generator): number[] {
  const round = single ? Math.fround : (value: number): number => value;
  let total = 0;
  const sums = weights.map((weight) => (total = round(total + weight)));
  const bounds = sums.map((sum) => round(sum / total));
  bounds[bounds.length - 1] = 1;
  return Array.from({ length: count }, () => {
    const [u] = generator.uniform_(new Float64Array(1));
    let [left, right] = [0, bounds.length];
    while (left < right) {
      const middle = (left + right) >> 1;
      if (bounds[middle] < u) left = middle + 1;
      else right = middle;
    }
    return left;
  });
}

/** Options of `multinomial`. */
export interface MultinomialOptions {
  /** Draw an index more than once. Default false. */
  replacement?: boolean;
  /** Default: the default generator. */
  generator?: Generator;
}

/**
 * Indices drawn with the probabilities of each row of `weights` ([n] or [rows, n], non-negative, not all 0; they need
 * not add up to 1): int64 [count] or [rows, count]. After `manual_seed` these are PyTorch's draws (of its builds that do
 * not draw exponential numbers by MKL, which they do on Intel processors when `replacement` is false). Not in a trace.
 * @throws for other shapes or dtypes, negative or no weights, and more draws than there are without replacement.
 * @example multinomial(tensor([0.1, 0.9]), 4, { replacement: true });
 */
export const multinomial = api(
  'multinomial input num_samples: replacement/',
  (weights: Tensor, count: number, options: boolean | MultinomialOptions = {}): Tensor => {
    refuseTrace('multinomial', 'draw outside of the compiled function and pass the indices in');
    const { replacement = false, generator = defaultGenerator } =
      typeof options === 'boolean' ? { replacement: options } : options;
    if (!isFloating(weights.dtype) || weights.ndim < 1 || weights.ndim > 2) {
      throw badArgument('multinomial', 'input', weights, 'floats [n] or [rows, n]');
    }
    const n = weights.shape[weights.ndim - 1];
    if (!Number.isInteger(count) || count < 1 || (!replacement && count > n)) {
      const expected = replacement ? 'a positive integer' : `1 to ${n}, the number of weights, without replacement`;
      throw badArgument('multinomial', 'num_samples', count, expected);
    }
    const data = Float64Array.from(elementsOf('multinomial', weights));
    const rows = data.length / n;
    const single = weights.dtype !== 'float64';
    const cut = Array.from({ length: rows }, (_, r) => data.subarray(r * n, (r + 1) * n));
    for (const [r, row] of cut.entries()) {
      if (!row.every((weight) => weight >= 0 && weight < Infinity) || !row.some((weight) => weight > 0)) {
        throw badArgument('multinomial', `row ${r} of input`, [...row], 'finite non-negative weights, not all 0');
      }
    }
    const draw = !replacement || count === 1 ? drawDistinct : drawRepeated;
    const drawn = cut.flatMap((row) => draw(row, count, single, generator));
    return wrap('int64', [...weights.shape.slice(0, -1), count], Float64Array.from(drawn));
  },
);
