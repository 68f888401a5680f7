import * as L from '../functions/linalg.js';
import * as R from '../functions/reduce.js';
import type { Dims, ExtremeOptions, ReduceOptions, ValuesAndIndices, VarianceOptions } from '../functions/reduce.js';
import type { AddmmOptions } from '../functions/linalg.js';
import type { Tensor } from '../tensor.js';
import { ArithmeticMethods } from './arithmetic.js';

/** Reductions and matrix products; each is the function of its name in `torch`. */
export abstract class ReductionMethods extends ArithmeticMethods {
  sum(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return R.sum(this, dim, keepdim);
  }
  mean(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return R.mean(this, dim, keepdim);
  }
  prod(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return R.prod(this, dim, keepdim);
  }
  amax(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return R.amax(this, dim, keepdim);
  }
  amin(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return R.amin(this, dim, keepdim);
  }
  any(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return R.any(this, dim, keepdim);
  }
  all(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return R.all(this, dim, keepdim);
  }
  argmax(this: Tensor, dim?: number | null, keepdim?: boolean): Tensor {
    return R.argmax(this, dim, keepdim);
  }
  argmin(this: Tensor, dim?: number | null, keepdim?: boolean): Tensor {
    return R.argmin(this, dim, keepdim);
  }
  max(this: Tensor): Tensor;
  max(this: Tensor, other: Tensor): Tensor;
  max(this: Tensor, dim: number | ExtremeOptions, keepdim?: boolean): ValuesAndIndices;
  max(this: Tensor, arg?: Tensor | number | ExtremeOptions, keepdim?: boolean): Tensor | ValuesAndIndices {
    // The overloads of the function cannot be chosen by a union argument; both sides list the same three.
    return (R.max as (x: Tensor, arg?: unknown, keepdim?: boolean) => Tensor | ValuesAndIndices)(this, arg, keepdim);
  }
  min(this: Tensor): Tensor;
  min(this: Tensor, other: Tensor): Tensor;
  min(this: Tensor, dim: number | ExtremeOptions, keepdim?: boolean): ValuesAndIndices;
  min(this: Tensor, arg?: Tensor | number | ExtremeOptions, keepdim?: boolean): Tensor | ValuesAndIndices {
    return (R.min as (x: Tensor, arg?: unknown, keepdim?: boolean) => Tensor | ValuesAndIndices)(this, arg, keepdim);
  }
  cumsum(this: Tensor, dim: number): Tensor {
    return R.cumsum(this, dim);
  }
  var(this: Tensor, options?: VarianceOptions): Tensor {
    return R.variance(this, options);
  }
  std(this: Tensor, options?: VarianceOptions): Tensor {
    return R.std(this, options);
  }
  norm(this: Tensor, p?: number | ({ p?: number } & ReduceOptions), dim?: Dims, keepdim?: boolean): Tensor {
    return R.norm(this, p, dim, keepdim);
  }
  logsumexp(this: Tensor, dim: Dims, keepdim?: boolean): Tensor {
    return R.logsumexp(this, dim, keepdim);
  }
  softmax(this: Tensor, dim: number): Tensor {
    return R.softmax(this, dim);
  }
  log_softmax(this: Tensor, dim: number): Tensor {
    return R.log_softmax(this, dim);
  }
  allclose(this: Tensor, other: Tensor, options?: { rtol?: number; atol?: number; equal_nan?: boolean }): boolean {
    return R.allclose(this, other, options);
  }
  equal(this: Tensor, other: Tensor): boolean {
    return R.equal(this, other);
  }
  matmul(this: Tensor, other: Tensor): Tensor {
    return L.matmul(this, other);
  }
  mm(this: Tensor, other: Tensor): Tensor {
    return L.mm(this, other);
  }
  bmm(this: Tensor, other: Tensor): Tensor {
    return L.bmm(this, other);
  }
  dot(this: Tensor, other: Tensor): Tensor {
    return L.dot(this, other);
  }
  addmm(this: Tensor, a: Tensor, b: Tensor, options?: AddmmOptions): Tensor;
  addmm(this: Tensor, beta: number, alpha: number, a: Tensor, b: Tensor): Tensor;
  addmm(this: Tensor, p: Tensor | number, q: Tensor | number, r?: Tensor | AddmmOptions, s?: Tensor): Tensor {
    if (typeof p === 'number') return L.addmm(p, this, q as number, r as Tensor, s as Tensor);
    return L.addmm(this, p, q as Tensor, r as AddmmOptions);
  }
}
