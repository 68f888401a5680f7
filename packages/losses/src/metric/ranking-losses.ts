/** Losses over the ranking of all rows by their distance to an anchor. */
import { linspace, where } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { distinctRows, sameLabels } from '../masks.js';
import { distancesOf, minedOrAll, pairMasks } from './batch.js';
import type { Batch } from './batch.js';
import { CosineSimilarity, LpDistance } from './distance.js';
import { MetricLoss, elements, requireNumbers } from './loss.js';
import type { MetricLossOptions } from './loss.js';
import { asWeights, difference, divideOrZero } from './masked.js';
import type { Mined } from './mined.js';
import type { LossParts } from './reducers.js';

/** Options of `RankedListLoss`. */
export interface RankedListOptions extends MetricLossOptions {
  /** Between positives and negatives. */
  margin: number;
  /** Temperature of the weights of negative pairs. */
  Tn: number;
  /** Share of the negatives in the loss, 0 to 1. Default 0.5. */
  imbalance?: number;
  /** Negatives closer than this cost. Default 1 + margin / 2. */
  alpha?: number;
  /** Temperature of the weights of positive pairs. Default 0. */
  Tp?: number;
}

/**
 * Ranked list loss, per anchor: (1 − λ) times the weighted mean of D − (α − margin) over positives beyond α − margin,
 * plus λ times that of α − D over negatives within α; weights e^(Tp (D − α + margin)) and e^(Tn (α − D)), with gradient.
 * Origin: pytorch-metric-learning, after Wang et al., Ranked List Loss for Deep Metric Learning.
 */
export class RankedListLoss extends MetricLoss {
  readonly margin: number;
  readonly Tn: number;
  readonly imbalance: number;
  readonly alpha: number;
  readonly Tp: number;

  /** @param options `margin` and `Tn` required; `imbalance` 0.5, `alpha` 1 + margin / 2, `Tp` 0, `distance` LpDistance. */
  constructor(options: RankedListOptions) {
    super(options);
    const { margin, Tn, imbalance = 0.5, alpha = 1 + margin / 2, Tp = 0 } = options;
    requireNumbers('RankedListLoss', { margin, Tn, imbalance, alpha, Tp });
    if (imbalance < 0 || imbalance > 1)
      throw badArgument('RankedListLoss', 'imbalance', imbalance, 'a number from 0 to 1');
    this.margin = margin;
    this.Tn = Tn;
    this.imbalance = imbalance;
    this.alpha = alpha;
    this.Tp = Tp;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    this.requireNoReferences(batch);
    if (mined !== null) throw badArgument('RankedListLoss', 'mined', mined, 'none: it ranks all pairs');
    const { alpha, margin, imbalance } = this;
    const { matches, diffs } = pairMasks(batch);
    const distances = distancesOf(this.distance, batch);
    const apart = distances.gt(0);
    const term = (mask: Tensor, gap: Tensor, temperature: number): Tensor => {
      const kept = mask.logical_and(apart).logical_and(gap.gt(0));
      const gaps = where(kept, gap, 0);
      const weights = gaps.mul(temperature).exp().mul(asWeights(kept, gap));
      // The origin adds 1e-5 to every weight of the divisor.
      return weights.mul(gaps).sum(1).div(weights.add(1e-5).sum(1));
    };
    const far = term(matches, distances.sub(alpha - margin), this.Tp);
    const near = term(diffs, difference(alpha, distances), this.Tn);
    return { loss: elements(far.mul(1 - imbalance).add(near.mul(imbalance))) };
  }
}

/** Options of `SmoothAPLoss`. */
export interface SmoothAPOptions extends MetricLossOptions {
  /** Of the sigmoid that stands for a comparison. Default 0.01. */
  temperature?: number;
}

/**
 * 1 − a smooth average precision, per row i: the mean over the rows j of its label, i included, of
 * (1 + Σ_k∈label σ((s_ik − s_ij)/τ)) / (1 + Σ_k σ((s_ik − s_ij)/τ)), k ≠ j. Needs N³ elements. Labels may come in any
 * order and number; the origin wants equal counts, sorted.
 * Origin: Brown et al., Smooth-AP, and their code (Andrew-Brown1/Smooth_AP), as in pytorch-metric-learning 2.9.
 */
export class SmoothAPLoss extends MetricLoss {
  readonly temperature: number;

  /** @param options `temperature` 0.01, `distance` CosineSimilarity, `reducer` MeanReducer. */
  constructor(options: SmoothAPOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { temperature = 0.01 } = options;
    requireNumbers('SmoothAPLoss', { temperature });
    this.temperature = temperature;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    this.requireNoReferences(batch);
    if (mined !== null) throw badArgument('SmoothAPLoss', 'mined', mined, 'none: it ranks all pairs');
    const matrix = distancesOf(this.distance, batch).div(this.temperature);
    const s = this.distance.is_inverted ? matrix : matrix.neg();
    const same = asWeights(sameLabels(batch.labels), s);
    // [i, j, k]: how much k comes before j in the ranking of i.
    const before = s
      .unsqueeze(1)
      .sub(s.unsqueeze(2))
      .sigmoid()
      .mul(asWeights(distinctRows(batch.labels), s));
    const rankOfAll = before.sum(2).add(1);
    const rankOfSame = before.mul(same.unsqueeze(1)).sum(2).add(1);
    const precision = rankOfSame.div(rankOfAll).mul(same).sum(1).div(same.sum(1));
    return { ap_loss: elements(difference(1, precision)) };
  }
}

/** Options of `FastAPLoss`. */
export interface FastAPOptions {
  /** Default 10. */
  num_bins?: number;
  /** Default MeanReducer. */
  reducer?: MetricLossOptions['reducer'];
}

/**
 * 1 − average precision by soft histograms of squared distances of normalised rows, per row with a positive.
 * Origin: pytorch-metric-learning, after Cakir et al., Deep Metric Learning to Rank.
 */
export class FastAPLoss extends MetricLoss {
  readonly num_bins: number;

  /** @param options `num_bins` 10, `reducer` MeanReducer. The distance is always squared, of normalised rows. */
  constructor(options: FastAPOptions = {}) {
    super({ reducer: options.reducer }, { distance: () => new LpDistance({ power: 2 }) });
    const { num_bins = 10 } = options;
    if (!Number.isInteger(num_bins) || num_bins < 1) {
      throw badArgument('FastAPLoss', 'num_bins', num_bins, 'a whole number above 0');
    }
    this.num_bins = num_bins;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    this.requireNoReferences(batch);
    const { matches, diffs } = pairMasks(batch);
    const distances = distancesOf(this.distance, batch);
    const { dtype } = distances;
    const edges = linspace(0, 4, this.num_bins + 1, { dtype });
    // [i, j, bin]: the share of a distance in the two bins beside it.
    const shares = difference(
      1,
      distances
        .unsqueeze(2)
        .sub(edges)
        .abs()
        .div(4 / this.num_bins),
    ).relu();
    const histogram = (mask: Tensor): Tensor => shares.mul(asWeights(mask, distances).unsqueeze(2)).sum(1);
    const positive = histogram(matches);
    const product = positive.mul(positive.cumsum(1));
    const total = positive.add(histogram(diffs)).cumsum(1);
    const count = asWeights(matches, distances).sum(1);
    const precision = divideOrZero(where(product.gt(0), divideOrZero(product, total), 0).sum(1), count);
    const losses = difference(1, precision);
    const weighted = mined === null ? losses : losses.mul(minedOrAll('FastAPLoss', batch, mined).elementWeights());
    return { loss: elements(weighted, asWeights(count.gt(0), distances)) };
  }
}
