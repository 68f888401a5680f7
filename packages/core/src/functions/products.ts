/** Products of vectors, matrices and stacks, distances between rows, and the inverse. */
import { isFloating, numelOf } from '../dtype.js';
import { CallError, api, badArgument, show } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { eye, wrap } from './create.js';
import { normaliseDim } from './dims.js';
import { elementsOf, refuseTrace } from './host.js';
import { bmm, matmul } from './linalg.js';
import type { AddmmOptions } from './linalg.js';
import { add, cast, clamp_min, div, gt, le, mul, promotedType, sqrt, sub, where } from './pointwise.js';
import { norm, sum } from './reduce.js';
import { roll } from './arrange.js';
import { requireExpandable, requireFit, requireRanks } from './require.js';
import { transpose, unsqueeze } from './shape.js';

function weighted(fn: string, x: Tensor, product: Tensor, { beta = 1, alpha = 1 }: AddmmOptions): Tensor {
  requireExpandable(fn, 'input', x, product.shape);
  return add(beta === 1 ? x : mul(x, beta), alpha === 1 ? product : mul(product, alpha));
}

/** The products of all elements of a vector with all of another: [n], [m] -> [n, m]. */
export const outer = api('outer input vec2', (a: Tensor, b: Tensor): Tensor => {
  requireRanks('outer', { input: a, vec2: b }, 1);
  return mul(unsqueeze(a, 1), b);
});

/** Sums of products over the last dims: [..., k], [... , k] -> [..., ...]; a product with a 0-d tensor. */
export const inner = api('inner input other', (a: Tensor, b: Tensor): Tensor => {
  if (a.ndim === 0 || b.ndim === 0) return mul(a, b);
  const k = a.size(-1);
  if (k !== b.size(-1)) throw badArgument('inner', 'other', b, `last size ${k}, as in input ${show(a)}`);
  const rows = (x: Tensor): Tensor => x.reshape(numelOf(x.shape.slice(0, -1)), k);
  const product = matmul(rows(a), rows(b).t());
  return product.reshape([...a.shape.slice(0, -1), ...b.shape.slice(0, -1)]);
});

/** A matrix times a vector. */
export const mv = api('mv input vec', (a: Tensor, b: Tensor): Tensor => {
  requireRanks('mv', { input: a }, 2);
  requireRanks('mv', { vec: b }, 1);
  return matmul(a, b);
});

/** beta · x + alpha · (a @ b) for a matrix and a vector. */
export const addmv = api(
  'addmv input mat vec options=',
  (x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor => weighted('addmv', x, mv(a, b), options),
);

/** beta · x + alpha · (a @ b) for stacks of matrices. */
export const baddbmm = api(
  'baddbmm input batch1 batch2 options=',
  (x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor => weighted('baddbmm', x, bmm(a, b), options),
);

/** The vector product along `dim` (of size 3; the last by default). */
export const cross = api('cross input other', (a: Tensor, b: Tensor, dim = -1): Tensor => {
  normaliseDim('cross', dim, a);
  requireFit('cross', { input: a, other: b });
  for (const x of [a, b]) {
    if (x.size(dim) !== 3) throw badArgument('cross', x === a ? 'input' : 'other', x, `size 3 at dim ${dim}`);
  }
  const turned = (x: Tensor, by: number): Tensor => roll(x, -by, dim);
  return sub(mul(turned(a, 1), turned(b, 2)), mul(turned(a, 2), turned(b, 1)));
});

/** How `cdist` finds Euclidean distances. */
export type CdistMode =
  'use_mm_for_euclid_dist_if_necessary' | 'use_mm_for_euclid_dist' | 'donot_use_mm_for_euclid_dist';

/** From this many rows on PyTorch takes a matrix product for p = 2. */
const MANY_ROWS = 25;

/**
 * Distances of all rows: a [..., n, d], b [..., m, d] -> [..., n, m], of the p-norm (Infinity: the largest difference; 0: how
 * many coordinates differ). p = 2 with more than 25 rows, or with 'use_mm_for_euclid_dist', goes by one matrix product
 * and is good to about 1e-3 of the rows' size for near rows in float32; name the mode where the number of rows is a
 * dynamic axis. The gradient of coincident rows is 0.
 * @throws for fewer than 2 dims, other dtypes than floats, rows of unequal length.
 */
export const cdist = api(
  'cdist x1 x2 options= p compute_mode',
  (a: Tensor, b: Tensor, options: { p?: number; compute_mode?: CdistMode } = {}): Tensor => {
    const { p = 2, compute_mode = 'use_mm_for_euclid_dist_if_necessary' } = options;
    for (const x of [a, b]) {
      if (x.ndim < 2 || !isFloating(x.dtype))
        throw badArgument('cdist', x === a ? 'x1' : 'x2', x, 'floats [..., rows, d]');
    }
    if (a.size(-1) !== b.size(-1))
      throw badArgument('cdist', 'x2', b, `rows of ${a.size(-1)} numbers, as in x1 ${show(a)}`);
    if (!(p >= 0)) throw badArgument('cdist', 'p', p, 'a number of at least 0');
    const dtype = promotedType(a, b);
    const [x, y] = [cast(a, dtype), cast(b, dtype)];
    const many = a.size(-2) > MANY_ROWS || b.size(-2) > MANY_ROWS;
    const byProduct =
      compute_mode === 'use_mm_for_euclid_dist' || (many && compute_mode !== 'donot_use_mm_for_euclid_dist');
    if (p !== 2 || !byProduct) return norm(sub(unsqueeze(x, -2), unsqueeze(y, -3)), p, -1);
    const lengths = (rows: Tensor): Tensor => sum(mul(rows, rows), -1, true);
    const both = add(lengths(x), transpose(lengths(y), -2, -1));
    const squares = clamp_min(sub(both, mul(matmul(x, transpose(y, -2, -1)), 2)), 0);
    const zero = le(squares, 0);
    return where(zero, 0, sqrt(where(zero, 1, squares)));
  },
);

/**
 * `x` with every slice along `dim` whose p-norm exceeds `maxnorm` scaled down to it: `renorm(x, 2, 0, 1)`.
 * @throws for fewer than 2 dims.
 */
export const renorm = api('renorm input p:', (x: Tensor, p: number, dim: number, maxnorm: number): Tensor => {
  if (x.ndim < 2) throw badArgument('renorm', 'input', x, 'at least 2 dims');
  const at = normaliseDim('renorm', dim, x);
  const others = x.shape.map((_, i) => i).filter((i) => i !== at);
  const size = norm(x, p, others, true);
  // PyTorch's constant against division by zero.
  return mul(x, where(gt(size, maxnorm), div(maxnorm, add(size, 1e-7)), 1));
});

/** Gauss and Jordan with row exchanges, in double. */
function invert(matrix: Float64Array, n: number): Float64Array {
  const left = matrix.slice();
  const right = new Float64Array(n * n);
  for (let i = 0; i < n; i++) right[i * n + i] = 1;
  const swap = (m: Float64Array, i: number, j: number): void => {
    const row = m.slice(i * n, (i + 1) * n);
    m.copyWithin(i * n, j * n, (j + 1) * n);
    m.set(row, j * n);
  };
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(left[r * n + c]) > Math.abs(left[pivot * n + c])) pivot = r;
    const value = left[pivot * n + c];
    if (value === 0)
      throw new CallError('inverse', `the matrix has no pivot in column ${c}, expected an invertible one`);
    for (const m of [left, right]) {
      if (pivot !== c) swap(m, c, pivot);
      for (let k = 0; k < n; k++) m[c * n + k] /= value;
    }
    for (let r = 0; r < n; r++) {
      const factor = left[r * n + c];
      if (r === c || factor === 0) continue;
      for (const m of [left, right]) for (let k = 0; k < n; k++) m[r * n + k] -= factor * m[c * n + k];
    }
  }
  return right;
}

/** Newton steps of `inverse`: they carry its gradients, the first two derivatives exactly. */
const INVERSE_STEPS = 2;

/**
 * Inverses of square matrices [..., n, n]; for small ones, eager. Differentiable. Not inside a trace.
 * @throws for other shapes or dtypes, and a matrix without an inverse.
 */
export const inverse = api('inverse input', (x: Tensor): Tensor => {
  refuseTrace('inverse', 'its pivots depend on the data; invert outside and pass the inverse in');
  const n = x.shape[x.ndim - 1];
  if (x.ndim < 2 || x.size(-2) !== n || !isFloating(x.dtype)) {
    throw badArgument('inverse', 'input', x, 'a floating tensor of square matrices [..., n, n]');
  }
  const data = Float64Array.from(elementsOf('inverse', x));
  const found = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += n * n) found.set(invert(data.subarray(at, at + n * n), n), at);
  let y = cast(wrap('float64', x.shape, found), x.dtype);
  if (!x.requires_grad) return y;
  const twice = mul(eye(n, n, { dtype: x.dtype }), 2);
  for (let step = 0; step < INVERSE_STEPS; step++) y = matmul(y, sub(twice, matmul(x, y)));
  return y;
});

/** Functions under their names in `torch.linalg`. */
export const linalg = {
  inv: /* @__PURE__ */ api('linalg.inv A', inverse),
  norm: /* @__PURE__ */ api('linalg.norm A ord/', norm),
  cross: /* @__PURE__ */ api('linalg.cross input other', cross),
} as const;
