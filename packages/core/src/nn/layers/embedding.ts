import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { DType } from '../../dtype.js';
import { badArgument, requireCounts } from '../../errors.js';
import { zeros } from '../../functions/create.js';
import { no_grad } from '../../autograd/mode.js';
import type { Tensor } from '../../tensor.js';
import { embedding, paddingRow } from '../functional/embedding.js';
import * as init from '../init.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';

/** Options of Embedding. */
export interface EmbeddingLayerOptions {
  /** The row of zeros that is not trained; negative numbers count from the end. */
  padding_idx?: number | null;
  dtype?: DType;
}

/**
 * A table of vectors, looked up by integers of any shape: [...] to [..., embedding_dim]. Starts normal, as PyTorch's.
 * @throws for a padding_idx out of range; in `forward` for floating or too large indices.
 */
export class Embedding extends Module {
  padding_idx: number | null;
  weight: Parameter;

  constructor(
    readonly num_embeddings: number,
    readonly embedding_dim: number,
    ...args: Positional<EmbeddingLayerOptions, 'padding_idx'>
  ) {
    super();
    const options = named(this.constructor.name, 'padding_idx', args);
    requireCounts('Embedding', { num_embeddings, embedding_dim });
    this.padding_idx = paddingRow('Embedding', options.padding_idx, num_embeddings);
    this.weight = new Parameter(zeros([num_embeddings, embedding_dim], { dtype: options.dtype }));
    this.reset_parameters();
  }

  /** An embedding with the rows of `table` [rows, features], frozen by default. Throws for another rank. */
  static from_pretrained(table: Tensor, options: { freeze?: boolean; padding_idx?: number | null } = {}): Embedding {
    if (table.ndim !== 2) {
      throw badArgument('Embedding.from_pretrained', 'table', table, '[rows, features]');
    }
    const { freeze = true, padding_idx } = options;
    const layer = new Embedding(table.size(0), table.size(1), { padding_idx, dtype: table.dtype });
    layer.weight = new Parameter(table, !freeze);
    return layer;
  }

  /** Draws the table anew, with zeros at the padding row. */
  reset_parameters(): void {
    init.normal_(this.weight);
    const { padding_idx } = this;
    if (padding_idx !== null) no_grad(() => this.weight.index(padding_idx).fill_(0));
  }

  override forward(x: Tensor): Tensor {
    return embedding(x, this.weight, { padding_idx: this.padding_idx });
  }

  override extra_repr(): string {
    const { num_embeddings, embedding_dim, padding_idx } = this;
    return `${num_embeddings}, ${embedding_dim}${padding_idx === null ? '' : `, padding_idx=${padding_idx}`}`;
  }
}
