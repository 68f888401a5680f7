/** Statistics made of the reductions. */
import { api } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { cast, isnan, logical_not, ne, where, div } from './pointwise.js';
import { mean, std, sum, variance, varianceOptions } from './reduce.js';
import type { Dims, ReduceOptions, VarianceOptions } from './reduce.js';

/** Variance and mean, as `[variance, mean]`; arguments as `var`. */
export const var_mean = api(
  'var_mean input',
  (x: Tensor, dim?: Dims | boolean | VarianceOptions, unbiased?: boolean, keepdim?: boolean): [Tensor, Tensor] => {
    const options = varianceOptions(dim, unbiased, keepdim);
    return [variance(x, options), mean(x, options.dim, options.keepdim ?? false)];
  },
);

/** Standard deviation and mean, as `[std, mean]`; arguments as `std`. */
export const std_mean = api(
  'std_mean input',
  (x: Tensor, dim?: Dims | boolean | VarianceOptions, unbiased?: boolean, keepdim?: boolean): [Tensor, Tensor] => {
    const options = varianceOptions(dim, unbiased, keepdim);
    return [std(x, options), mean(x, options.dim, options.keepdim ?? false)];
  },
);

/** The sum without NaNs, over `dim` (all by default). */
export const nansum = api('nansum input', (x: Tensor, dim?: Dims | ReduceOptions, keepdim?: boolean): Tensor =>
  sum(where(isnan(x), 0, x), dim, keepdim),
);

/** The mean without NaNs, over `dim` (all by default); NaN where there is nothing else. */
export const nanmean = api('nanmean input', (x: Tensor, dim?: Dims, keepdim?: boolean): Tensor =>
  div(nansum(x, dim, keepdim), cast(sum(logical_not(isnan(x)), dim, keepdim), x.dtype)),
);

/** How many elements are not zero, over `dim` (all by default), int64. */
export const count_nonzero = api('count_nonzero input', (x: Tensor, dim?: Dims): Tensor => sum(ne(x, 0), dim));
