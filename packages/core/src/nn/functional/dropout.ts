import { div, mul } from '../../functions/pointwise.js';
import { bernoulliLike } from '../../functions/random.js';
import type { Tensor } from '../../tensor.js';

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
export function dropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  const { p = 0.5, training = true } = options;
  if (!(p >= 0 && p <= 1)) throw new Error(`dropout: p: got ${p}, expected 0 to 1`);
  if (p === 0 || !training) return x;
  if (p === 1) return mul(x, 0);
  return mul(x, div(bernoulliLike(x, 1 - p), 1 - p));
}
