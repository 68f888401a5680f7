/** Losses over positive and negative pairs, each pair or anchor by itself. */
import { softplus, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { distancesOf } from './batch.js';
import type { Batch } from './batch.js';
import { CosineSimilarity } from './distance.js';
import { MetricLoss, elements, once, part, requireNumbers } from './loss.js';
import type { MetricLossOptions } from './loss.js';
import { difference, divideOrZero, weightedLogSumExp } from './masked.js';
import type { Mined } from './mined.js';
import { AvgNonZeroReducer } from './reducers.js';
import type { LossParts } from './reducers.js';

/** Margins of the distances of positive and negative pairs. */
export interface PairMarginOptions extends MetricLossOptions {
  /** Positive pairs up to here cost nothing. Default 0. */
  pos_margin?: number;
  /** Negative pairs from here on cost nothing. Default 1. */
  neg_margin?: number;
}

const averageOfNonZero = { reducer: () => new AvgNonZeroReducer() };
const cosine = { distance: () => new CosineSimilarity() };

/**
 * Contrastive loss: [D_ap − pos_margin]₊ over positive pairs plus [neg_margin − D_an]₊ over negative pairs, each
 * averaged over what is above 0. With a similarity both differences turn round: give margins 1 and 0.
 * Origin: pytorch-metric-learning, after Hadsell et al.
 * @example const loss = new ContrastiveLoss({ neg_margin: 0.5 }).forward(embeddings, labels);
 */
export class ContrastiveLoss extends MetricLoss {
  readonly pos_margin: number;
  readonly neg_margin: number;

  /** @param options `pos_margin` 0, `neg_margin` 1, `distance` LpDistance, `reducer` AvgNonZeroReducer. */
  constructor(options: PairMarginOptions = {}) {
    super(options, averageOfNonZero);
    const { pos_margin = 0, neg_margin = 1 } = options;
    requireNumbers('ContrastiveLoss', { pos_margin, neg_margin });
    this.pos_margin = pos_margin;
    this.neg_margin = neg_margin;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { positives, negatives } = this.pairsOf(batch, mined);
    const distances = distancesOf(this.distance, batch);
    return {
      pos_loss: part('pos_pair', this.distance.margin(distances, this.pos_margin).relu(), positives),
      neg_loss: part('neg_pair', this.distance.margin(this.neg_margin, distances).relu(), negatives),
    };
  }
}

/** Options of `CircleLoss`. */
export interface CircleOptions {
  /** Relaxation of the margins. Default 0.4. */
  m?: number;
  /** Scale. Default 80. */
  gamma?: number;
  /** Default AvgNonZeroReducer. */
  reducer?: MetricLossOptions['reducer'];
}

/**
 * Circle loss over cosines s, per anchor: softplus(log Σ_p e^(−γ [1 + m − s_p]₊ (s_p − 1 + m)) +
 * log Σ_n e^(γ [s_n + m]₊ (s_n − m))), the brackets without gradient; 0 for anchors that lack positives or negatives.
 * Origin: pytorch-metric-learning, after Sun et al., who advise m 0.25 and γ 128 for person re-identification.
 */
export class CircleLoss extends MetricLoss {
  readonly m: number;
  readonly gamma: number;

  /** @param options `m` 0.4, `gamma` 80, `reducer` AvgNonZeroReducer. The distance is always the cosine. */
  constructor(options: CircleOptions = {}) {
    super({ reducer: options.reducer }, { ...averageOfNonZero, ...cosine });
    const { m = 0.4, gamma = 80 } = options;
    requireNumbers('CircleLoss', { m, gamma });
    this.m = m;
    this.gamma = gamma;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { positives, negatives } = this.pairsOf(batch, mined);
    const { m, gamma } = this;
    const s = distancesOf(this.distance, batch);
    const fixed = s.detach();
    const positive = difference(1 + m, fixed)
      .relu()
      .mul(s.sub(1 - m))
      .mul(-gamma);
    const negative = fixed.add(m).relu().mul(s.sub(m)).mul(gamma);
    const sum = weightedLogSumExp(positive, once(positives)).add(weightedLogSumExp(negative, once(negatives)));
    const complete = positives.gt(0).any(1).logical_and(negatives.gt(0).any(1));
    return { loss: elements(where(complete, softplus(sum.squeeze(1)), 0)) };
  }
}

/** Options of `MultiSimilarityLoss`. */
export interface MultiSimilarityOptions extends MetricLossOptions {
  /** Weight of positive pairs. Default 2. */
  alpha?: number;
  /** Weight of negative pairs. Default 50. */
  beta?: number;
  /** The similarity that pairs are compared with. Default 0.5. */
  base?: number;
}

/**
 * Multi-similarity loss, per anchor: log(1 + Σ_p e^(α (base − s_p))) / α + log(1 + Σ_n e^(β (s_n − base))) / β.
 * Origin: pytorch-metric-learning, after Wang et al.
 */
export class MultiSimilarityLoss extends MetricLoss {
  readonly alpha: number;
  readonly beta: number;
  readonly base: number;

  /** @param options `alpha` 2, `beta` 50, `base` 0.5, `distance` CosineSimilarity, `reducer` MeanReducer. */
  constructor(options: MultiSimilarityOptions = {}) {
    super(options, cosine);
    const { alpha = 2, beta = 50, base = 0.5 } = options;
    requireNumbers('MultiSimilarityLoss', { alpha, beta, base });
    this.alpha = alpha;
    this.beta = beta;
    this.base = base;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { positives, negatives } = this.pairsOf(batch, mined);
    const { alpha, beta, base, distance } = this;
    const s = distancesOf(distance, batch);
    const term = (gap: Tensor, scale: number, weights: Tensor): Tensor =>
      weightedLogSumExp(gap.mul(scale), once(weights), 1, true).div(scale);
    const sum = term(distance.margin(s, base), alpha, positives).add(term(distance.margin(base, s), beta, negatives));
    return { loss: elements(sum.squeeze(1)) };
  }
}

/** Options of `IntraPairVarianceLoss`. */
export interface IntraPairVarianceOptions extends MetricLossOptions {
  /** Default 0.01. */
  pos_eps?: number;
  /** Default 0.01. */
  neg_eps?: number;
}

/**
 * Squares of how far positive pairs fall below (1 − pos_eps) times their mean similarity, and negative pairs rise above
 * (1 + neg_eps) times theirs; the other way round for distances.
 * Origin: pytorch-metric-learning, after Yu and Tao, Deep Metric Learning with Tuplet Margin Loss.
 */
export class IntraPairVarianceLoss extends MetricLoss {
  readonly pos_eps: number;
  readonly neg_eps: number;

  /** @param options `pos_eps` 0.01, `neg_eps` 0.01, `distance` CosineSimilarity, `reducer` MeanReducer. */
  constructor(options: IntraPairVarianceOptions = {}) {
    super(options, cosine);
    const { pos_eps = 0.01, neg_eps = 0.01 } = options;
    requireNumbers('IntraPairVarianceLoss', { pos_eps, neg_eps });
    this.pos_eps = pos_eps;
    this.neg_eps = neg_eps;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { positives, negatives } = this.pairsOf(batch, mined);
    const distances = distancesOf(this.distance, batch);
    const inverted = this.distance.is_inverted;
    const squares = (weights: Tensor, eps: number, increase: boolean): Tensor => {
      const mean = divideOrZero(distances.mul(weights).sum(), weights.sum());
      const gap = increase ? mean.mul(1 - eps).sub(distances) : distances.sub(mean.mul(1 + eps));
      return gap.relu().pow(2);
    };
    return {
      pos_loss: part('pos_pair', squares(positives, this.pos_eps, inverted), positives),
      neg_loss: part('neg_pair', squares(negatives, this.neg_eps, !inverted), negatives),
    };
  }
}
