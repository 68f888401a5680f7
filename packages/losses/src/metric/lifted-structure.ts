/** Losses in which all negatives of a pair count at once. */
import { no_grad } from '@reidgrad/core';
import { distancesOf } from './batch.js';
import type { Batch } from './batch.js';
import { MetricLoss, elements, once, part, requireNumbers } from './loss.js';
import { logOrZero, scaledSum, weightedLogSumExp } from './masked.js';
import type { Mined } from './mined.js';
import type { PairMarginOptions } from './pair-losses.js';
import type { LossParts } from './reducers.js';

/**
 * Lifted structure loss, per positive pair (a, p): [log Σ_n e^(neg_margin − D) + D_ap − pos_margin]₊² / 2, the sum over
 * the negatives of a and of p. With `ref_emb` p is no anchor of its own, and the negatives of a alone count.
 * Origin: pytorch-metric-learning, after Oh Song et al.
 */
export class LiftedStructureLoss extends MetricLoss {
  readonly pos_margin: number;
  readonly neg_margin: number;

  /** @param options `pos_margin` 0, `neg_margin` 1, `distance` LpDistance, `reducer` MeanReducer. */
  constructor(options: PairMarginOptions = {}) {
    super(options);
    const { pos_margin = 0, neg_margin = 1 } = options;
    requireNumbers('LiftedStructureLoss', { pos_margin, neg_margin });
    this.pos_margin = pos_margin;
    this.neg_margin = neg_margin;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { positives, negatives } = this.pairsOf(batch, mined);
    const distances = distancesOf(this.distance, batch);
    const ofAnchor = scaledSum(this.distance.margin(this.neg_margin, distances), negatives);
    let all = logOrZero(ofAnchor.factor, ofAnchor.largest);
    if (batch.ref_emb === null) {
      const { largest, factor } = ofAnchor;
      const top = no_grad(() => largest.maximum(largest.t()));
      const sum = factor.mul(largest.sub(top).exp()).add(factor.t().mul(largest.t().sub(top).exp()));
      all = logOrZero(sum, top);
    }
    const losses = all.add(this.distance.margin(distances, this.pos_margin)).relu().pow(2).div(2);
    // Without any negative the origin has no loss at all.
    const weights = positives.mul(negatives.gt(0).any().to(positives.dtype));
    return { loss: part('pos_pair', losses, weights) };
  }
}

/**
 * Generalised lifted structure loss, per anchor: [log Σ_p e^(D_ap − pos_margin) + log Σ_n e^(neg_margin − D_an)]₊; a sum
 * over nothing counts as 0.
 * Origin: pytorch-metric-learning, after Hermans et al., In Defense of the Triplet Loss, page 4.
 */
export class GeneralizedLiftedStructureLoss extends MetricLoss {
  readonly pos_margin: number;
  readonly neg_margin: number;

  /** @param options `pos_margin` 0, `neg_margin` 1, `distance` LpDistance, `reducer` MeanReducer. */
  constructor(options: PairMarginOptions = {}) {
    super(options);
    const { pos_margin = 0, neg_margin = 1 } = options;
    requireNumbers('GeneralizedLiftedStructureLoss', { pos_margin, neg_margin });
    this.pos_margin = pos_margin;
    this.neg_margin = neg_margin;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { positives, negatives } = this.pairsOf(batch, mined);
    const { distance, pos_margin, neg_margin } = this;
    const distances = distancesOf(distance, batch);
    const far = weightedLogSumExp(distance.margin(distances, pos_margin), once(positives));
    const near = weightedLogSumExp(distance.margin(neg_margin, distances), once(negatives));
    return { loss: elements(far.add(near).relu().squeeze(1)) };
  }
}
