/** Softmax, normalisation of vectors, and the activations of every ReID code base; the rarer ones stand in `rectifiers.ts`. */
import { api, badArgument } from '../../errors.js';
import * as P from '../../functions/pointwise.js';
import * as R from '../../functions/reduce.js';
import type { Tensor } from '../../tensor.js';

export { relu, sigmoid, tanh } from '../../functions/pointwise.js';
export { one_hot } from '../../functions/indexing.js';
export { linear } from '../../functions/linalg.js';

/** The dim that `softmax` and `log_softmax` sum over, alone or as option. */
export type DimArgument = number | { dim: number };

/** @internal The dim alone. Throws where there is none. */
export const dimOf = (name: string, dim: DimArgument): number => {
  const given: unknown = typeof dim === 'object' ? dim?.dim : dim;
  if (typeof given !== 'number') throw badArgument(name, 'dim', given, 'an integer');
  return given;
};

/** e^x / Σ e^x along `dim`: `softmax(x, 1)` or `softmax(x, { dim: 1 })`. */
export const softmax = api('softmax input', (x: Tensor, dim: DimArgument): Tensor =>
  R.softmax(x, dimOf('softmax', dim)),
);

/** log(softmax(x)) along `dim`, without overflow. */
export const log_softmax = api('log_softmax input', (x: Tensor, dim: DimArgument): Tensor =>
  R.log_softmax(x, dimOf('log_softmax', dim)),
);

/** log(1 + e^(beta x)) / beta, and x itself where beta x is above `threshold`. Defaults 1 and 20. */
export const softplus = api(
  'softplus input options= beta threshold',
  (x: Tensor, options: { beta?: number; threshold?: number } = {}): Tensor => {
    const { beta = 1, threshold = 20 } = options;
    if (beta === 1 && threshold === 20) return P.softplus(x);
    const scaled = P.mul(x, beta);
    const linearPart = P.gt(scaled, threshold);
    // The exponent of the branch not taken is 0, so that its infinite gradient cannot become NaN.
    const curved = P.div(P.log1p(P.exp(P.where(linearPart, 0, scaled))), beta);
    return P.where(linearPart, x, curved);
  },
);

/** x, and `negative_slope` (default 0.01) times x below 0 and at it. */
export const leaky_relu = api(
  'leaky_relu input options= negative_slope',
  (x: Tensor, options: { negative_slope?: number } = {}): Tensor =>
    P.where(P.gt(x, 0), x, P.mul(x, options.negative_slope ?? 0.01)),
);

/** log(sigmoid(x)), without overflow. */
export const logsigmoid = api('logsigmoid input', (x: Tensor): Tensor => {
  // Not by |x|, whose gradient at 0 is 0: a logit of exactly 0 must get half of the gradient.
  const negative = P.lt(x, 0);
  const ramp = P.where(negative, x, 0);
  return P.sub(ramp, P.log1p(P.exp(P.where(negative, x, P.neg(x)))));
});

/** Options of `normalize`. */
export interface NormalizeOptions {
  /** Order of the norm. Default 2. */
  p?: number;
  /** Default 1. */
  dim?: number;
  /** The norm counts at least this. Default 1e-12. */
  eps?: number;
}

/** x / max(norm of x along `dim`, eps). A zero vector gives zeros. */
export const normalize = api(
  'normalize input options= p dim eps',
  (x: Tensor, options: NormalizeOptions = {}): Tensor => {
    const { p = 2, dim = 1, eps = 1e-12 } = options;
    return P.div(x, P.clamp_min(R.norm(x, p, dim, true), eps));
  },
);
