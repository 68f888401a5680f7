import { dispatch } from '../dispatch.js';
import { describe } from '../dtype.js';
import type { Tensor } from '../tensor.js';
import { add, cast, mul, result_type } from './pointwise.js';
import { squeeze, t, unsqueeze } from './shape.js';

/**
 * Matrix product as `torch.matmul`: batch dims broadcast, a vector counts as a row on the left and a column on the right.
 * @throws when the inner sizes differ or an operand is 0-d.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0) throw new Error('matmul: both arguments need at least 1 dim');
  const dtype = result_type(a, b);
  const left = a.ndim === 1 ? unsqueeze(a, 0) : a;
  const right = b.ndim === 1 ? unsqueeze(b, 1) : b;
  let result = dispatch('matmul', [cast(left, dtype), cast(right, dtype)], {});
  if (b.ndim === 1) result = squeeze(result, -1);
  if (a.ndim === 1) result = squeeze(result, b.ndim === 1 ? -1 : -2);
  return result;
}

/** Product of two matrices. Throws unless both are 2-d. */
export function mm(a: Tensor, b: Tensor): Tensor {
  for (const [name, x] of [
    ['mat1', a],
    ['mat2', b],
  ] as const) {
    if (x.ndim !== 2) throw new Error(`mm: ${name} must be 2-d, got ${describe(x.dtype, x.shape)}`);
  }
  return matmul(a, b);
}

/** Products of two stacks of matrices. Throws unless both are 3-d. */
export function bmm(a: Tensor, b: Tensor): Tensor {
  if (a.ndim !== 3 || b.ndim !== 3) {
    throw new Error(`bmm: expected 3-d tensors, got ${describe(a.dtype, a.shape)} and ${describe(b.dtype, b.shape)}`);
  }
  return matmul(a, b);
}

/** Inner product of two vectors. */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new Error(`dot: expected vectors, got ${describe(a.dtype, a.shape)} and ${describe(b.dtype, b.shape)}`);
  }
  return matmul(a, b);
}

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
export function addmm(x: Tensor, a: Tensor, b: Tensor, options?: AddmmOptions): Tensor;
export function addmm(beta: number, x: Tensor, alpha: number, a: Tensor, b: Tensor): Tensor;
export function addmm(
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
  return add(beta === 1 ? first : mul(first, beta), alpha === 1 ? product : mul(product, alpha));
}

/** x @ weightᵀ + bias, as `F.linear`: x [..., in], weight [out, in], bias [out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  if (x.shape[x.ndim - 1] !== weight.shape[1]) {
    throw new Error(
      `linear: input ${describe(x.dtype, x.shape)} does not fit weight ${describe(weight.dtype, weight.shape)}; ` +
        `expected ${weight.shape[1]} features`,
    );
  }
  const product = matmul(x, t(weight));
  return bias === null || bias === undefined ? product : add(product, bias);
}
