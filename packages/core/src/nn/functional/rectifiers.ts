/** Activations of mobile and transformer networks, as `torch.nn.functional` has them. */
import { api, badArgument, requireChoice, show } from '../../errors.js';
import * as P from '../../functions/pointwise.js';
import { reshape } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';

/**
 * Limits x to [min_val, max_val] (default −1 to 1). Unlike `clamp`, no gradient passes at the bounds, as in PyTorch.
 * @throws unless min_val is below max_val.
 */
export const hardtanh = api(
  'hardtanh input options= min_val max_val',
  (x: Tensor, options: { min_val?: number; max_val?: number } = {}): Tensor => {
    const { min_val = -1, max_val = 1 } = options;
    if (!(min_val < max_val)) {
      throw badArgument('hardtanh', 'min_val', min_val, `less than max_val, ${max_val}`);
    }
    return P.where(P.le(x, min_val), min_val, P.where(P.ge(x, max_val), max_val, x));
  },
);

/** min(max(x, 0), 6); gradient 0 at 0 and 6. */
export const relu6 = api('relu6 input', (x: Tensor): Tensor => hardtanh(x, { min_val: 0, max_val: 6 }));

/** relu6(x + 3) / 6. */
export const hardsigmoid = api('hardsigmoid input', (x: Tensor): Tensor => P.div(relu6(P.add(x, 3)), 6));

/** x · relu6(x + 3) / 6. */
export const hardswish = api('hardswish input', (x: Tensor): Tensor => {
  // The whole of x above 3, so that the gradient there is 1 without the product's rounding.
  const curved = P.div(P.mul(x, P.add(x, 3)), 6);
  return P.where(P.le(x, -3), 0, P.where(P.ge(x, 3), x, curved));
});

/** e^x − 1 where x is not positive, with the exponent of the other branch 0 so that it cannot overflow. */
const expm1Below = (x: Tensor, positive: Tensor): Tensor => P.expm1(P.where(positive, 0, x));

/** x above 0, alpha (e^x − 1) below and at it. Default alpha 1. */
export const elu = api('elu input options= alpha', (x: Tensor, options: { alpha?: number } = {}): Tensor => {
  const positive = P.gt(x, 0);
  return P.where(positive, x, P.mul(expm1Below(x, positive), options.alpha ?? 1));
});

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The self-normalising `elu`: scale · elu(x, alpha) with its two fixed numbers. */
export const selu = api('selu input', (x: Tensor): Tensor => {
  const positive = P.gt(x, 0);
  return P.where(positive, P.mul(x, SELU_SCALE), P.mul(expm1Below(x, positive), SELU_ALPHA * SELU_SCALE));
});

/** x · sigmoid(x), also called swish. */
export const silu = api('silu input', (x: Tensor): Tensor => P.mul(x, P.sigmoid(x)));

/** Options of `gelu`. */
export interface GeluOptions {
  /** 'none' (default) by the error function, 'tanh' by PyTorch's approximation. */
  approximate?: 'none' | 'tanh';
}

/** x times the probability that a normal number is below x. Throws for another `approximate`. */
export const gelu = api('gelu input options=', (x: Tensor, options: GeluOptions = {}): Tensor => {
  const { approximate = 'none' } = options;
  requireChoice('gelu', 'approximate', approximate, 'none tanh');
  if (approximate === 'none') return P.mul(P.mul(x, 0.5), P.add(P.erf(P.mul(x, Math.SQRT1_2)), 1));
  const inner = P.mul(P.add(x, P.mul(P.mul(P.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return P.mul(P.mul(x, 0.5), P.add(P.tanh(inner), 1));
});

/** x · tanh(softplus(x)). */
export const mish = api('mish input', (x: Tensor): Tensor => P.mul(x, P.tanh(P.softplus(x))));

/** x above `threshold`, else `value`. */
export const threshold = api('threshold input threshold: value:', (x: Tensor, limit: number, value: number): Tensor =>
  P.where(P.le(x, limit), value, x),
);

/**
 * x above 0, weight · x below and at it.
 * @param weight [1] for all channels, or [C] for dim 1.
 * @throws for a weight of another length.
 */
export const prelu = api('prelu input weight', (x: Tensor, weight: Tensor): Tensor => {
  const channels = x.ndim < 2 ? 1 : x.size(1);
  if (weight.ndim > 1 || (weight.numel() !== 1 && weight.numel() !== channels)) {
    throw badArgument('prelu', 'weight', weight, `one number, or one per channel of input ${show(x)}, [${channels}]`);
  }
  const slope = reshape(weight, weight.numel() === 1 ? [] : [-1, ...x.shape.slice(2).map(() => 1)]);
  return P.where(P.gt(x, 0), x, P.mul(slope, x));
});
