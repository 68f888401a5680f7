/** Losses over triplets. */
import { softplus } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { distancesOf, minedOrAll } from './batch.js';
import type { Batch } from './batch.js';
import type { Distance } from './distance.js';
import { MetricLoss, part, requireNumbers } from './loss.js';
import type { MetricLossOptions } from './loss.js';
import type { MinedTriplets } from './mined.js';
import type { Mined } from './mined.js';
import { AvgNonZeroReducer } from './reducers.js';
import type { LossParts } from './reducers.js';

/** Distances of triplets, of one shape when broadcast: [Q, R, R], or [Q] where each anchor has one triplet. */
export interface TripletDistances {
  ap: Tensor;
  an: Tensor;
  /** Between positive and negative, where asked for. */
  pn: Tensor | null;
  weights: Tensor;
}

/** Looks up the distances of all triplets in the matrix of distances. */
export function tripletDistances(
  distance: Distance,
  batch: Batch,
  triplets: MinedTriplets,
  withPositiveToNegative: boolean,
): TripletDistances {
  const distances = distancesOf(distance, batch);
  const between = (): Tensor => (batch.ref_emb === null ? distances : distance.forward(batch.ref_emb));
  const { choice } = triplets;
  if (choice === null) {
    const pn = withPositiveToNegative ? between().unsqueeze(0) : null;
    return { ap: distances.unsqueeze(2), an: distances.unsqueeze(1), pn, weights: triplets.weights };
  }
  const { positive, negative } = choice;
  const chosen = (mask: Tensor): Tensor => distances.mul(mask).sum(1);
  const pn = withPositiveToNegative ? positive.matmul(between()).mul(negative).sum(1) : null;
  return { ap: chosen(positive), an: chosen(negative), pn, weights: positive.sum(1) };
}

/** Options of `TripletMarginLoss`. */
export interface TripletMarginOptions extends MetricLossOptions {
  /** Default 0.05 (ReID practice: 0.3). */
  margin?: number;
  /** Use the distance of positive and negative where it is smaller than that of anchor and negative. Default false. */
  swap?: boolean;
  /** softplus instead of the hinge; then set `margin` to 0 for the usual soft margin. Default false. */
  smooth_loss?: boolean;
  /** Only 'all': every triplet, or every mined one. */
  triplets_per_anchor?: 'all';
}

/**
 * [D_ap − D_an + margin]₊ over all triplets, or the mined ones, averaged over what is above 0. The hinge has gradient 0
 * where it is exactly zero. Needs Q · R² elements, but for miners that give one triplet per anchor.
 *
 * Beware of the origin's defaults, which are kept: rows are normalised, the margin is 0.05, losses of 0 do not count in
 * the mean.
 * Origin: pytorch-metric-learning.
 * @example
 * const distance = new LpDistance({ normalize_embeddings: false });
 * const criterion = new TripletMarginLoss({ margin: 0.3, distance, reducer: new MeanReducer() });
 * const loss = criterion.forward(embeddings, labels, new BatchHardMiner({ distance }).forward(embeddings, labels));
 */
export class TripletMarginLoss extends MetricLoss {
  readonly margin: number;
  readonly swap: boolean;
  readonly smooth_loss: boolean;

  /**
   * @param options `margin` 0.05, `swap` false, `smooth_loss` false, `triplets_per_anchor` 'all', `distance` LpDistance,
   * `reducer` AvgNonZeroReducer.
   */
  constructor(options: TripletMarginOptions = {}) {
    super(options, { reducer: () => new AvgNonZeroReducer() });
    const { margin = 0.05, swap = false, smooth_loss = false, triplets_per_anchor = 'all' } = options;
    requireNumbers('TripletMarginLoss', { margin });
    if (triplets_per_anchor !== 'all') {
      throw badArgument('TripletMarginLoss', 'triplets_per_anchor', triplets_per_anchor, "'all'; choose with a miner");
    }
    this.margin = margin;
    this.swap = swap;
    this.smooth_loss = smooth_loss;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { distance } = this;
    const triplets = minedOrAll('TripletMarginLoss', batch, mined).triplets();
    const { ap, an, pn, weights } = tripletDistances(distance, batch, triplets, this.swap);
    const nearest = pn === null ? an : distance.smallest_dist(an, pn);
    const violation = distance.margin(ap, nearest).add(this.margin);
    return { loss: part('triplet', this.smooth_loss ? softplus(violation) : violation.relu(), weights) };
  }
}
