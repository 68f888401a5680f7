import { dispatch } from '../dispatch.js';
import { api, badArgument, show } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { add, cast, mul, promotedType } from './pointwise.js';
import { requireExpandable, requireRanks } from './require.js';
import { squeeze, t, unsqueeze } from './shape.js';

/**
 * Matrix product as `torch.matmul`: batch dims broadcast, a vector counts as a row on the left and a column on the right.
 * @throws when the inner sizes differ or an operand is 0-d.
 */
export const matmul = api('matmul input other', (a: Tensor, b: Tensor): Tensor => {
  for (const x of [a, b]) {
    if (x.ndim === 0)
      throw badArgument('matmul', x === a ? 'input' : 'other', x, 'at least 1 dim; mul multiplies by a number');
  }
  const inner = b.ndim === 1 ? 0 : b.ndim - 2;
  if (a.size(-1) !== b.shape[inner]) {
    const wanted = `size ${a.size(-1)} at dim ${inner}, that of the last dim of the first operand, ${show(a)}`;
    throw badArgument('matmul', 'other', b, wanted);
  }
  const dtype = promotedType(a, b);
  const left = a.ndim === 1 ? unsqueeze(a, 0) : a;
  const right = b.ndim === 1 ? unsqueeze(b, 1) : b;
  let result = dispatch('matmul', [cast(left, dtype), cast(right, dtype)], {});
  if (b.ndim === 1) result = squeeze(result, -1);
  if (a.ndim === 1) result = squeeze(result, b.ndim === 1 ? -1 : -2);
  return result;
});

/** Product of two matrices. Throws unless both are 2-d. */
export const mm = api('mm input mat2', (a: Tensor, b: Tensor): Tensor => {
  requireRanks('mm', { input: a, mat2: b }, 2);
  return matmul(a, b);
});

/** Products of two stacks of matrices. Throws unless both are 3-d. */
export const bmm = api('bmm input mat2', (a: Tensor, b: Tensor): Tensor => {
  requireRanks('bmm', { input: a, mat2: b }, 3);
  if (a.size(0) !== b.size(0)) throw badArgument('bmm', 'mat2', b, `${a.size(0)} matrices, as in input ${show(a)}`);
  return matmul(a, b);
});

/** Inner product of two vectors. */
export const dot = api('dot input tensor', (a: Tensor, b: Tensor): Tensor => {
  requireRanks('dot', { input: a, tensor: b }, 1);
  return matmul(a, b);
});

/** Factors of `addmm`. */
export interface AddmmOptions {
  /** Of the first tensor. Default 1. */
  beta?: number;
  /** Of the product. Default 1. */
  alpha?: number;
}

/**
 * beta · x + alpha · (a @ b): `addmm(x, a, b, { beta, alpha })`, or the older order `addmm(beta, x, alpha, a, b)`.
 */
export const addmm: typeof addmmOf = /* @__PURE__ */ api('addmm input# mat1# mat2#', addmmOf);

function addmmOf(x: Tensor, a: Tensor, b: Tensor, options?: AddmmOptions): Tensor;
function addmmOf(beta: number, x: Tensor, alpha: number, a: Tensor, b: Tensor): Tensor;
function addmmOf(
  first: Tensor | number,
  second: Tensor,
  third: Tensor | number,
  fourth?: Tensor | AddmmOptions,
  fifth?: Tensor,
): Tensor {
  if (typeof first === 'number') {
    return addmm(second, fourth as Tensor, fifth as Tensor, { beta: first, alpha: third as number });
  }
  const { beta = 1, alpha = 1 } = (fourth ?? {}) as AddmmOptions;
  const product = mm(second, third as Tensor);
  requireExpandable('addmm', 'input', first, product.shape);
  return add(beta === 1 ? first : mul(first, beta), alpha === 1 ? product : mul(product, alpha));
}

/** x @ weightᵀ + bias, as `F.linear`: x [..., in], weight [out, in], bias [out]. */
export const linear = api('linear input weight bias?', (x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor => {
  if (weight.ndim !== 2) throw badArgument('linear', 'weight', weight, '[out_features, in_features]');
  if (x.ndim < 1 || x.size(-1) !== weight.shape[1]) {
    throw badArgument('linear', 'input', x, `${weight.shape[1]} features in the last dim, for weight ${show(weight)}`);
  }
  const product = matmul(x, t(weight));
  if (bias === null || bias === undefined) return product;
  requireExpandable('linear', 'bias', bias, product.shape);
  return add(product, bias);
});
