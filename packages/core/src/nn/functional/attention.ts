/** Attention. */
import { describe } from '../../dtype.js';
import { arange } from '../../functions/create.js';
import { matmul } from '../../functions/linalg.js';
import { add, ge, mul, where } from '../../functions/pointwise.js';
import { softmax } from '../../functions/reduce.js';
import { transpose, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { dropout } from './dropout.js';

/** Options of `scaled_dot_product_attention`. */
export interface AttentionOptions {
  /** Broadcast to [..., L, S]: bool, true where a query may look, or floating, added to the scores. */
  attn_mask?: Tensor | null;
  /** Probability of dropping a weight; drop nothing outside of training. Default 0. */
  dropout_p?: number;
  /** Each query looks at the keys up to its own position. Default false. */
  is_causal?: boolean;
  /** Factor of the scores. Default 1 / √E. */
  scale?: number | null;
}

/** @internal Weights softmax(query keyᵀ · scale + mask), after dropout, and what they draw from `value`. */
export function attend(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions,
): { out: Tensor; weights: Tensor } {
  const { attn_mask = null, dropout_p = 0, is_causal = false } = options;
  const scale = options.scale ?? 1 / Math.sqrt(query.size(-1));
  let scores = matmul(mul(query, scale), transpose(key, -2, -1));
  if (is_causal) {
    const allowed = ge(unsqueeze(arange(query.size(-2)), 1), arange(key.size(-2)));
    scores = where(allowed, scores, -Infinity);
  }
  if (attn_mask !== null) {
    scores = attn_mask.dtype === 'bool' ? where(attn_mask, scores, -Infinity) : add(scores, attn_mask);
  }
  const weights = dropout(softmax(scores, -1), { p: dropout_p });
  return { out: matmul(weights, value), weights };
}

/**
 * softmax(query keyᵀ / √E) value, as `F.scaled_dot_product_attention`.
 * @param query [..., L, E]; `key` [..., S, E]; `value` [..., S, Ev].
 * @returns [..., L, Ev].
 * @throws when the sizes do not fit, and for a mask together with `is_causal`.
 */
export function scaled_dot_product_attention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const name = 'scaled_dot_product_attention';
  const fits =
    [query, key, value].every((x) => x.ndim >= 2) && query.size(-1) === key.size(-1) && key.size(-2) === value.size(-2);
  if (!fits) {
    const [q, k, v] = [query, key, value].map((x) => describe(x.dtype, x.shape));
    throw new Error(`${name}: got query ${q}, key ${k}, value ${v}, expected [..., L, E], [..., S, E], [..., S, Ev]`);
  }
  if (options.is_causal === true && (options.attn_mask ?? null) !== null) {
    throw new Error(`${name}: attn_mask: got a mask and is_causal, expected one or the other`);
  }
  return attend(query, key, value, options).out;
}
