/** Attention. */
import { api, badArgument, show } from '../../errors.js';
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
export const scaled_dot_product_attention = api(
  'scaled_dot_product_attention query key value options= attn_mask dropout_p is_causal',
  (query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor => {
    const name = 'scaled_dot_product_attention';
    for (const [argument, x] of Object.entries({ query, key, value })) {
      if (x.ndim < 2) throw badArgument(name, argument, x, 'at least 2 dims');
    }
    if (query.size(-1) !== key.size(-1))
      throw badArgument(name, 'key', key, `last size ${query.size(-1)}, as in query ${show(query)}`);
    if (key.size(-2) !== value.size(-2))
      throw badArgument(name, 'value', value, `${key.size(-2)} rows, as in key ${show(key)}`);
    if (options.is_causal === true && (options.attn_mask ?? null) !== null) {
      throw badArgument(name, 'attn_mask', options.attn_mask, 'no mask beside is_causal');
    }
    return attend(query, key, value, options).out;
  },
);
