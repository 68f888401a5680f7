import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { Tensor } from '../../tensor.js';
import { cosine_similarity, pairwise_distance } from '../functional/loss.js';
import type { PairwiseOptions } from '../functional/loss.js';
import { Module } from '../module.js';

/** The cosine of the angle between two tensors along `dim` (default 1); see `F.cosine_similarity`. */
export class CosineSimilarity extends Module {
  dim: number;
  eps: number;

  constructor(...args: Positional<{ dim?: number; eps?: number }, 'dim eps'>) {
    super();
    const options = named(this.constructor.name, 'dim eps', args);
    this.dim = options.dim ?? 1;
    this.eps = options.eps ?? 1e-8;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosine_similarity(x1, x2, { dim: this.dim, eps: this.eps });
  }
}

/** The p-norm of differences of rows; see `F.pairwise_distance`. */
export class PairwiseDistance extends Module {
  p: number;
  eps: number;
  keepdim: boolean;

  constructor(...args: Positional<PairwiseOptions, 'p eps keepdim'>) {
    super();
    const options = named(this.constructor.name, 'p eps keepdim', args);
    this.p = options.p ?? 2;
    this.eps = options.eps ?? 1e-6;
    this.keepdim = options.keepdim ?? false;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwise_distance(x1, x2, { p: this.p, eps: this.eps, keepdim: this.keepdim });
  }
}
