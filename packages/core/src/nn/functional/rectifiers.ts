/** Activations of mobile and transformer networks, as `torch.nn.functional` has them. */
import { describe } from '../../dtype.js';
import * as P from '../../functions/pointwise.js';
import { reshape } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';

/**
 * Limits x to [min_val, max_val] (default −1 to 1). Unlike `clamp`, no gradient passes at the bounds, as in PyTorch.
 * @throws unless min_val is below max_val.
 */
export function hardtanh(x: Tensor, options: { min_val?: number; max_val?: number } = {}): Tensor {
  const { min_val = -1, max_val = 1 } = options;
  if (!(min_val < max_val)) {
    throw new Error(`hardtanh: min_val: got ${min_val}, expected less than max_val, ${max_val}`);
  }
  return P.where(P.le(x, min_val), min_val, P.where(P.ge(x, max_val), max_val, x));
}

/** min(max(x, 0), 6); gradient 0 at 0 and 6. */
export function relu6(x: Tensor): Tensor {
  return hardtanh(x, { min_val: 0, max_val: 6 });
}

/** relu6(x + 3) / 6. */
export function hardsigmoid(x: Tensor): Tensor {
  return P.div(relu6(P.add(x, 3)), 6);
}

/** x · relu6(x + 3) / 6. */
export function hardswish(x: Tensor): Tensor {
  // The whole of x above 3, so that the gradient there is 1 without the product's rounding.
  const curved = P.div(P.mul(x, P.add(x, 3)), 6);
  return P.where(P.le(x, -3), 0, P.where(P.ge(x, 3), x, curved));
}

/** e^x − 1 where x is not positive, with the exponent of the other branch 0 so that it cannot overflow. */
const expm1Below = (x: Tensor, positive: Tensor): Tensor => P.expm1(P.where(positive, 0, x));

/** x above 0, alpha (e^x − 1) below and at it. Default alpha 1. */
export function elu(x: Tensor, options: { alpha?: number } = {}): Tensor {
  const positive = P.gt(x, 0);
  return P.where(positive, x, P.mul(expm1Below(x, positive), options.alpha ?? 1));
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The self-normalising `elu`: scale · elu(x, alpha) with its two fixed numbers. */
export function selu(x: Tensor): Tensor {
  const positive = P.gt(x, 0);
  return P.where(positive, P.mul(x, SELU_SCALE), P.mul(expm1Below(x, positive), SELU_ALPHA * SELU_SCALE));
}

/** x · sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return P.mul(x, P.sigmoid(x));
}

/** Options of `gelu`. */
export interface GeluOptions {
  /** 'none' (default) by the error function, 'tanh' by PyTorch's approximation. */
  approximate?: 'none' | 'tanh';
}

/** x times the probability that a normal number is below x. Throws for another `approximate`. */
export function gelu(x: Tensor, options: GeluOptions = {}): Tensor {
  const { approximate = 'none' } = options;
  if (approximate !== 'none' && approximate !== 'tanh') {
    throw new Error(`gelu: approximate: got '${String(approximate)}', expected 'none' or 'tanh'`);
  }
  if (approximate === 'none') return P.mul(P.mul(x, 0.5), P.add(P.erf(P.mul(x, Math.SQRT1_2)), 1));
  const inner = P.mul(P.add(x, P.mul(P.mul(P.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return P.mul(P.mul(x, 0.5), P.add(P.tanh(inner), 1));
}

/** x · tanh(softplus(x)). */
export function mish(x: Tensor): Tensor {
  return P.mul(x, P.tanh(P.softplus(x)));
}

/** x above `threshold`, else `value`. */
export function threshold(x: Tensor, limit: number, value: number): Tensor {
  return P.where(P.le(x, limit), value, x);
}

/**
 * x above 0, weight · x below and at it.
 * @param weight [1] for all channels, or [C] for dim 1.
 * @throws for a weight of another length.
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const channels = x.ndim < 2 ? 1 : x.size(1);
  if (weight.ndim > 1 || (weight.numel() !== 1 && weight.numel() !== channels)) {
    throw new Error(
      `prelu: weight: got ${describe(weight.dtype, weight.shape)} for input ${describe(x.dtype, x.shape)}, ` +
        `expected one number or one per channel, [${channels}]`,
    );
  }
  const slope = reshape(weight, weight.numel() === 1 ? [] : [-1, ...x.shape.slice(2).map(() => 1)]);
  return P.where(P.gt(x, 0), x, P.mul(slope, x));
}
