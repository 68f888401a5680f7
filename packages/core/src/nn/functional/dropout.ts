import { api, badArgument, requireShare } from '../../errors.js';
import { div, mul } from '../../functions/pointwise.js';
import { dispatch } from '../../dispatch.js';
import { bernoulliLike } from '../../functions/random.js';
import type { Tensor } from '../../tensor.js';

function checkProbability(name: string, p: number): void {
  requireShare(name, 'p', p);
}

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Probability that an element becomes 0. Default 0.5. */
  p?: number;
  /** Outside of training the input comes back. Default true. */
  training?: boolean;
}

/**
 * Sets elements to 0 with probability p and divides the others by 1 − p. After `manual_seed` the same elements as in
 * PyTorch. Throws for a p outside of 0 to 1.
 */
export const dropout = api('dropout input options= p training', (x: Tensor, options: DropoutOptions = {}): Tensor => {
  const { p = 0.5, training = true } = options;
  checkProbability('dropout', p);
  if (p === 0 || !training) return x;
  if (p === 1) return mul(x, 0);
  return mul(x, div(bernoulliLike(x, 1 - p), 1 - p));
});

/**
 * Sets whole channels of [N, C, ...] to 0 with probability p and divides the others by 1 − p, with PyTorch's draws.
 * @throws for a p outside of 0 to 1, and for fewer than 2 dims.
 */
export const dropout2d = api(
  'dropout2d input options= p training',
  (x: Tensor, options: DropoutOptions = {}): Tensor => {
    const { p = 0.5, training = true } = options;
    checkProbability('dropout2d', p);
    if (x.ndim < 2) throw badArgument('dropout2d', 'input', x, '[N, C, ...]');
    if (p === 0 || !training) return x;
    if (p === 1) return mul(x, 0);
    const shape = x.shape.map((size, i) => (i < 2 ? size : 1));
    const kept = dispatch('random', [], { shape, dtype: x.dtype, distribution: 'bernoulli', p: 1 - p });
    return mul(x, div(kept, 1 - p));
  },
);
