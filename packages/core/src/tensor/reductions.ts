import * as C from '../functions/counting.js';
import type { CloseArguments } from '../functions/elementwise.js';
import type { BincountOptions, MultinomialOptions, UniqueOptions } from '../functions/counting.js';
import type { DimArgument } from '../functions/dims.js';
import * as L from '../functions/linalg.js';
import * as P from '../functions/products.js';
import * as R from '../functions/reduce.js';
import type {
  ArgArguments,
  DimArguments,
  Dims,
  ExtremeOptions,
  NormOptions,
  NormOrder,
  ReduceOptions,
  ValuesAndIndices,
  VarianceOptions,
} from '../functions/reduce.js';
import type { AddmmOptions } from '../functions/linalg.js';
import * as O from '../functions/sort.js';
import type { SortOptions, TopkOptions } from '../functions/sort.js';
import * as St from '../functions/statistics.js';
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
  argmax(this: Tensor, ...args: ArgArguments): Tensor {
    return R.argmax(this, ...args);
  }
  argmin(this: Tensor, ...args: ArgArguments): Tensor {
    return R.argmin(this, ...args);
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
  cumsum(this: Tensor, dim: DimArgument): Tensor {
    return R.cumsum(this, dim);
  }
  var(this: Tensor, dim?: Dims | boolean | VarianceOptions, unbiased?: boolean, keepdim?: boolean): Tensor {
    return R.variance(this, dim, unbiased, keepdim);
  }
  std(this: Tensor, dim?: Dims | boolean | VarianceOptions, unbiased?: boolean, keepdim?: boolean): Tensor {
    return R.std(this, dim, unbiased, keepdim);
  }
  nansum(this: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor {
    return St.nansum(this, dim, keepdim);
  }
  nanmean(this: Tensor, dim?: Dims, keepdim?: boolean): Tensor {
    return St.nanmean(this, dim, keepdim);
  }
  count_nonzero(this: Tensor, dim?: Dims): Tensor {
    return St.count_nonzero(this, dim);
  }
  /** `x.topk(5)`, `x.topk(5, 1, false)`, `x.topk(5, { dim: 1, largest: false })`. */
  topk(this: Tensor, k: number, dim?: number | TopkOptions, largest?: boolean): ValuesAndIndices {
    return O.topk(this, k, dim, largest);
  }
  sort(this: Tensor, dim?: number | SortOptions, descending?: boolean): ValuesAndIndices {
    return O.sort(this, dim, descending);
  }
  argsort(this: Tensor, dim?: number | SortOptions, descending?: boolean): Tensor {
    return O.argsort(this, dim, descending);
  }
  kthvalue(this: Tensor, k: number, dim?: number, keepdim?: boolean): ValuesAndIndices {
    return O.kthvalue(this, k, dim, keepdim);
  }
  median(this: Tensor): Tensor;
  median(this: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
  median(this: Tensor, dim?: number, keepdim?: boolean): Tensor | ValuesAndIndices {
    return dim === undefined ? O.median(this) : O.median(this, dim, keepdim);
  }
  unique(this: Tensor, options?: UniqueOptions & { return_inverse?: false; return_counts?: false }): Tensor;
  unique(this: Tensor, options: UniqueOptions): Tensor[];
  unique(this: Tensor, options: UniqueOptions = {}): Tensor | Tensor[] {
    return C.unique(this, options);
  }
  bincount(this: Tensor, options?: BincountOptions): Tensor {
    return C.bincount(this, options);
  }
  histc(this: Tensor, bins?: number, min?: number, max?: number): Tensor {
    return C.histc(this, bins, min, max);
  }
  multinomial(this: Tensor, count: number, options?: boolean | MultinomialOptions): Tensor {
    return C.multinomial(this, count, options);
  }
  norm(this: Tensor, p?: NormOrder | NormOptions, dim?: Dims, keepdim?: boolean): Tensor {
    return R.norm(this, p, dim, keepdim);
  }
  logsumexp(this: Tensor, ...args: DimArguments): Tensor {
    return R.logsumexp(this, ...args);
  }
  softmax(this: Tensor, dim: DimArgument): Tensor {
    return R.softmax(this, dim);
  }
  log_softmax(this: Tensor, dim: DimArgument): Tensor {
    return R.log_softmax(this, dim);
  }
  allclose(this: Tensor, other: Tensor, ...args: CloseArguments): boolean {
    return R.allclose(this, other, ...args);
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
  mv(this: Tensor, vec: Tensor): Tensor {
    return P.mv(this, vec);
  }
  outer(this: Tensor, other: Tensor): Tensor {
    return P.outer(this, other);
  }
  inner(this: Tensor, other: Tensor): Tensor {
    return P.inner(this, other);
  }
  cross(this: Tensor, other: Tensor, dim?: number): Tensor {
    return P.cross(this, other, dim);
  }
  addmv(this: Tensor, a: Tensor, b: Tensor, options?: AddmmOptions): Tensor {
    return P.addmv(this, a, b, options);
  }
  baddbmm(this: Tensor, a: Tensor, b: Tensor, options?: AddmmOptions): Tensor {
    return P.baddbmm(this, a, b, options);
  }
  renorm(this: Tensor, p: number, dim: number, maxnorm: number): Tensor {
    return P.renorm(this, p, dim, maxnorm);
  }
  inverse(this: Tensor): Tensor {
    return P.inverse(this);
  }
  addmm(this: Tensor, a: Tensor, b: Tensor, options?: AddmmOptions): Tensor;
  addmm(this: Tensor, beta: number, alpha: number, a: Tensor, b: Tensor): Tensor;
  addmm(this: Tensor, p: Tensor | number, q: Tensor | number, r?: Tensor | AddmmOptions, s?: Tensor): Tensor {
    if (typeof p === 'number') return L.addmm(p, this, q as number, r as Tensor, s as Tensor);
    return L.addmm(this, p, q as Tensor, r as AddmmOptions);
  }
}
