/** The margin loss, with a boundary that may be learned. */
import { nn, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { minedOrAll } from './batch.js';
import type { Batch } from './batch.js';
import { MetricLoss, requireNumbers } from './loss.js';
import type { MetricLossOptions } from './loss.js';
import type { Mined } from './mined.js';
import { DivisorReducer } from './reducers.js';
import type { LossPart, LossParts } from './reducers.js';
import { tripletDistances } from './triplet-margin.js';

/** Options of `MarginLoss`. */
export interface MarginLossOptions extends MetricLossOptions {
  /** Half the width between positives and negatives. Default 0.2. */
  margin?: number;
  /** Weight of the learned boundaries in the loss. Default 0. */
  nu?: number;
  /** The distance that separates positives from negatives. Default 1.2. */
  beta?: number;
  /** Train `beta`. Default false. */
  learn_beta?: boolean;
  /** A boundary per class, by the anchor's label. Default null: one for all. */
  num_classes?: number | null;
}

/**
 * Margin loss over triplets: [D_ap − β + margin]₊ + [β − D_an + margin]₊, the sum divided by the number of terms above 0.
 * With `learn_beta`, ν β is added: once, or per triplet and divided by the same number where there is a β per class.
 * Needs Q · R² elements, but for miners that give one triplet per anchor.
 *
 * `beta` is [1] or [num_classes], a parameter where it is learned.
 * Origin: pytorch-metric-learning, after Wu et al., Sampling Matters in Deep Embedding Learning.
 */
export class MarginLoss extends MetricLoss {
  readonly margin: number;
  readonly nu: number;
  readonly learn_beta: boolean;
  declare beta: Tensor;

  /** @param options `margin` 0.2, `nu` 0, `beta` 1.2, `learn_beta` false, `num_classes` null, `reducer` DivisorReducer. */
  constructor(options: MarginLossOptions = {}) {
    super(options, { reducer: () => new DivisorReducer() });
    const { margin = 0.2, nu = 0, beta = 1.2, learn_beta = false, num_classes = null } = options;
    requireNumbers('MarginLoss', { margin, nu, beta });
    this.margin = margin;
    this.nu = nu;
    this.learn_beta = learn_beta;
    const start = tensor(Array.from({ length: num_classes ?? 1 }, () => beta));
    if (learn_beta) this.register_parameter('beta', new nn.Parameter(start));
    else this.register_buffer('beta', start, false);
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { distance, margin } = this;
    const triplets = minedOrAll('MarginLoss', batch, mined).triplets();
    const { ap, an, weights } = tripletDistances(distance, batch, triplets, false);
    const perClass = this.beta.size(0) > 1;
    const typed = this.beta.to(ap.dtype);
    const ofAnchor = perClass ? typed.index_select(0, batch.labels) : typed;
    const beta = weights.ndim === 3 ? ofAnchor.unsqueeze(1).unsqueeze(2) : ofAnchor;
    const positive = distance.margin(ap, beta).add(margin).relu();
    const negative = distance.margin(beta, an).add(margin).relu();
    const count = (losses: Tensor): Tensor => weights.mul(losses.gt(0).to(weights.dtype)).sum();
    const divisor = count(positive).add(count(negative));
    const margin_loss: LossPart = { kind: 'triplet', losses: positive.add(negative), weights, divisor };
    if (!this.learn_beta) return { margin_loss };
    if (!perClass) {
      const found = weights.sum().gt(0).to(typed.dtype);
      return {
        margin_loss,
        beta_reg_loss: { kind: 'already_reduced', losses: typed.mul(this.nu).mul(found), weights },
      };
    }
    // One term per triplet: a β counts as often as its anchor has triplets.
    const losses = ofAnchor.mul(this.nu);
    const perAnchor = weights.ndim === 3 ? weights.sum([1, 2]) : weights;
    return { margin_loss, beta_reg_loss: { kind: 'element', losses, weights: perAnchor, divisor } };
  }
}
