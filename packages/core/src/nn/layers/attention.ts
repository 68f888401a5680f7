import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { DType } from '../../dtype.js';
import { badArgument, isTensor, requireCounts, show } from '../../errors.js';
import { zeros } from '../../functions/create.js';
import { linear } from '../../functions/linalg.js';
import { add, relu, where } from '../../functions/pointwise.js';
import { mean } from '../../functions/reduce.js';
import { chunk, reshape, squeeze, transpose, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { attend } from '../functional/attention.js';
import { gelu } from '../functional/rectifiers.js';
import * as init from '../init.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { Dropout } from './activation.js';
import { Linear } from './linear.js';
import { LayerNorm } from './norm-groups.js';

/** Options of MultiheadAttention. */
export interface MultiheadAttentionOptions {
  /** Probability of dropping a weight in training. Default 0. */
  dropout?: number;
  /** Default true. */
  bias?: boolean;
  /** Inputs are [N, L, E] instead of [L, N, E]. Default false. */
  batch_first?: boolean;
  dtype?: DType;
}

/** Options of a call of MultiheadAttention. */
export interface MultiheadCallOptions {
  /** [N, S], bool: true for keys that do not count. */
  key_padding_mask?: Tensor | null;
  /** [L, S] or [N heads, L, S]: bool, true where a query may not look, or floating, added to the scores. */
  attn_mask?: Tensor | null;
  /** Whether to return the weights. Default true. */
  need_weights?: boolean;
  /** Average the weights over the heads. Default true. */
  average_attn_weights?: boolean;
}

/** A mask of what does not count as numbers to add. */
const additive = (mask: Tensor, dtype: DType): Tensor =>
  mask.dtype === 'bool' ? where(mask, -Infinity, zeros(mask.shape, { dtype })) : mask;

/** Throws unless the second number, the heads, divides the first, the features. */
function checkHeads(fn: string, sizes: Readonly<Record<string, number>>): void {
  requireCounts(fn, sizes);
  const [[features, size], [heads, count]] = Object.entries(sizes);
  if (size % count !== 0) throw badArgument(fn, heads, count, `a divisor of ${features}, ${size}`);
}

/**
 * Attention by several heads over parts of the vectors, as `nn.MultiheadAttention` of one embedding size.
 * `forward(query, key, value, options)` returns [output, weights or null]. Starts as PyTorch's.
 * @throws when the heads do not divide the embedding, and for inputs of another rank or size.
 */
export class MultiheadAttention extends Module {
  dropout: number;
  batch_first: boolean;
  in_proj_weight: Parameter;
  in_proj_bias: Parameter | null;
  out_proj: Linear;

  constructor(
    readonly embed_dim: number,
    readonly num_heads: number,
    ...args: Positional<MultiheadAttentionOptions, 'dropout bias'>
  ) {
    super();
    const options = named(this.constructor.name, 'dropout bias', args);
    checkHeads('MultiheadAttention', { embed_dim, num_heads });
    const { bias = true, dtype } = options;
    this.dropout = options.dropout ?? 0;
    this.batch_first = options.batch_first ?? false;
    this.in_proj_weight = new Parameter(zeros([3 * embed_dim, embed_dim], { dtype }));
    this.in_proj_bias = bias ? new Parameter(zeros([3 * embed_dim], { dtype })) : null;
    this.out_proj = new Linear(embed_dim, embed_dim, { bias, dtype });
    init.xavier_uniform_(this.in_proj_weight);
    if (this.out_proj.bias !== null) init.zeros_(this.out_proj.bias);
  }

  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiheadCallOptions = {},
  ): [Tensor, Tensor | null] {
    const { embed_dim, num_heads } = this;
    const wanted = this.batch_first ? `[N, L, ${embed_dim}]` : `[L, N, ${embed_dim}]`;
    for (const [name, x] of Object.entries({ query, key, value })) {
      if (isTensor(x) && x.ndim === query.ndim && (x.ndim === 2 || x.ndim === 3) && x.size(-1) === embed_dim) continue;
      const why = x === query ? '' : `, of the rank of query ${show(query)}`;
      throw badArgument('MultiheadAttention', name, x, `${wanted} or [L, ${embed_dim}]${why}`);
    }
    const single = query.ndim === 2;
    const batched = (x: Tensor): Tensor => {
      if (single) return unsqueeze(x, 0);
      return this.batch_first ? x : transpose(x, 0, 1);
    };
    const weights = chunk(this.in_proj_weight, 3);
    const biases = this.in_proj_bias === null ? [null, null, null] : chunk(this.in_proj_bias, 3);
    // [N, heads, L, head size]
    const [q, k, v] = [query, key, value].map((x, i) => {
      const projected = linear(batched(x), weights[i], biases[i]);
      const [n, length] = projected.shape;
      return transpose(reshape(projected, [n, length, num_heads, embed_dim / num_heads]), 1, 2);
    });
    const found = attend(q, k, v, {
      attn_mask: this.mask(options, q.size(0), q.dtype),
      dropout_p: this.training ? this.dropout : 0,
    });
    const [n, , length] = found.out.shape;
    const joined = reshape(transpose(found.out, 1, 2), [n, length, embed_dim]);
    const out = this.out_proj.forward(joined);
    const placed = single ? squeeze(out, 0) : this.batch_first ? out : transpose(out, 0, 1);
    const { need_weights = true, average_attn_weights = true } = options;
    if (!need_weights) return [placed, null];
    const perQuery = average_attn_weights ? mean(found.weights, 1) : found.weights;
    return [placed, single ? squeeze(perQuery, 0) : perQuery];
  }

  /** Both masks as one to add to [N, heads, L, S], or null. */
  private mask(options: MultiheadCallOptions, n: number, dtype: DType): Tensor | null {
    const { key_padding_mask = null, attn_mask = null } = options;
    let sum: Tensor | null = null;
    if (attn_mask !== null) {
      const mask = additive(attn_mask, dtype);
      sum = mask.ndim === 3 ? reshape(mask, [n, this.num_heads, ...mask.shape.slice(1)]) : mask;
    }
    if (key_padding_mask === null) return sum;
    const keys = additive(key_padding_mask, dtype);
    const placed = reshape(keys, [n, 1, 1, -1]);
    return sum === null ? placed : add(sum, placed);
  }
}

/** Options of TransformerEncoderLayer. */
export interface TransformerLayerOptions {
  /** Size between the two linear layers. Default 2048. */
  dim_feedforward?: number;
  /** Default 0.1. */
  dropout?: number;
  /** Default 'relu'. */
  activation?: 'relu' | 'gelu' | ((x: Tensor) => Tensor);
  /** Of the layer norms. Default 1e-5. */
  layer_norm_eps?: number;
  /** Inputs are [N, L, E] instead of [L, N, E]. Default false. */
  batch_first?: boolean;
  /** Normalise before each part instead of after it. Default false. */
  norm_first?: boolean;
  /** Default true. */
  bias?: boolean;
  dtype?: DType;
}

/** Options of a call of TransformerEncoderLayer. */
export interface EncoderCallOptions {
  src_mask?: Tensor | null;
  src_key_padding_mask?: Tensor | null;
}

/** Self-attention and two linear layers, each with a residual and a layer norm, as `nn.TransformerEncoderLayer`. */
export class TransformerEncoderLayer extends Module {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm_first: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  activation: 'relu' | 'gelu' | ((x: Tensor) => Tensor);

  constructor(
    d_model: number,
    nhead: number,
    ...args: Positional<TransformerLayerOptions, 'dim_feedforward dropout activation'>
  ) {
    super();
    const options = named(this.constructor.name, 'dim_feedforward dropout activation', args);
    checkHeads('TransformerEncoderLayer', { d_model, nhead });
    const { dim_feedforward = 2048, dropout = 0.1, layer_norm_eps: eps = 1e-5, bias = true, dtype } = options;
    this.self_attn = new MultiheadAttention(d_model, nhead, { dropout, bias, dtype, batch_first: options.batch_first });
    this.linear1 = new Linear(d_model, dim_feedforward, { bias, dtype });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dim_feedforward, d_model, { bias, dtype });
    this.norm_first = options.norm_first ?? false;
    this.norm1 = new LayerNorm(d_model, { eps, bias, dtype });
    this.norm2 = new LayerNorm(d_model, { eps, bias, dtype });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = options.activation ?? 'relu';
  }

  override forward(src: Tensor, options: EncoderCallOptions = {}): Tensor {
    const { src_mask: attn_mask, src_key_padding_mask: key_padding_mask } = options;
    const act = this.activation === 'relu' ? relu : this.activation === 'gelu' ? gelu : this.activation;
    const look = (x: Tensor): Tensor => {
      const [out] = this.self_attn.forward(x, x, x, { attn_mask, key_padding_mask, need_weights: false });
      return this.dropout1.forward(out);
    };
    const feed = (x: Tensor): Tensor => {
      const hidden = this.dropout.forward(act(this.linear1.forward(x)));
      return this.dropout2.forward(this.linear2.forward(hidden));
    };
    if (this.norm_first) {
      const looked = add(src, look(this.norm1.forward(src)));
      return add(looked, feed(this.norm2.forward(looked)));
    }
    const looked = this.norm1.forward(add(src, look(src)));
    return this.norm2.forward(add(looked, feed(looked)));
  }
}
