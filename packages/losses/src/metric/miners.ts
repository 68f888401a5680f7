/** Miners that compare distances with a margin. Each gives weights over all pairs or triplets, and so traces. */
import { matmul, nn, no_grad } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { squaredNorms } from '../distances.js';
import { requireInstance, requireNumber } from '../validate.js';
import { batchOf, distancesOf, pairMasks } from './batch.js';
import type { Batch } from './batch.js';
import { CosineSimilarity, Distance, LpDistance } from './distance.js';
import { asWeights } from './masked.js';
import { MinedPairs, MinedTriplets } from './mined.js';
import type { Mined } from './mined.js';

/** Options that miners share. */
export interface MinerOptions {
  /** Default `new LpDistance()`: Euclidean, of normalised rows. */
  distance?: Distance;
}

/**
 * Base of miners: `forward(embeddings, labels)` says which pairs or triplets a loss should look at. No gradient flows
 * through the choice. Origin: pytorch-metric-learning `BaseMiner`, which gives index tuples; see `indices()`.
 * @example
 * const mined = new MultiSimilarityMiner().forward(embeddings, labels);
 * const loss = new MultiSimilarityLoss().forward(embeddings, labels, mined);
 */
export abstract class Miner<M extends Mined = Mined> extends nn.Module {
  readonly distance: Distance;

  constructor(options: MinerOptions, defaultDistance: () => Distance = () => new LpDistance()) {
    super();
    this.distance = options.distance ?? defaultDistance();
    requireInstance(this.constructor.name, 'distance', this.distance, Distance);
  }

  /**
   * @param embeddings [Q, D], floating.
   * @param labels [Q], integers.
   * @param ref_emb [R, D]: positives and negatives come from here. Default the batch itself, without the anchor.
   * @param ref_labels [R].
   * @param ref_mask bool [R]: leave out reference rows where it is false. Default none.
   * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
   */
  override forward(
    embeddings: Tensor,
    labels: Tensor,
    ref_emb: Tensor | null = null,
    ref_labels: Tensor | null = null,
    ref_mask: Tensor | null = null,
  ): M {
    const batch = batchOf(this.constructor.name, embeddings, labels, ref_emb, ref_labels, ref_mask);
    return no_grad(() => this.mine(batch));
  }

  protected abstract mine(batch: Batch): M;
}

/** Options of `TripletMarginMiner`. */
export interface TripletMarginMinerOptions extends MinerOptions {
  /** Default 0.2. */
  margin?: number;
  /**
   * By g = D_an − D_ap: 'all' (default) g ≤ margin, 'hard' g ≤ 0 too, 'semihard' 0 < g ≤ margin, 'easy' g > margin.
   */
  type_of_triplets?: 'all' | 'hard' | 'semihard' | 'easy';
}

/** Triplets by how far they violate the margin. Needs Q · R² elements. Origin: pytorch-metric-learning. */
export class TripletMarginMiner extends Miner<MinedTriplets> {
  readonly margin: number;
  readonly type_of_triplets: 'all' | 'hard' | 'semihard' | 'easy';

  /** @param options `margin` 0.2, `type_of_triplets` 'all', `distance`. */
  constructor(options: TripletMarginMinerOptions = {}) {
    super(options);
    const { margin = 0.2, type_of_triplets = 'all' } = options;
    requireNumber('TripletMarginMiner', 'margin', margin);
    if (!['all', 'hard', 'semihard', 'easy'].includes(type_of_triplets)) {
      throw badArgument(
        'TripletMarginMiner',
        'type_of_triplets',
        type_of_triplets,
        "'all', 'hard', 'semihard' or 'easy'",
      );
    }
    this.margin = margin;
    this.type_of_triplets = type_of_triplets;
  }

  protected override mine(batch: Batch): MinedTriplets {
    const { matches, diffs } = pairMasks(batch);
    const distances = distancesOf(this.distance, batch);
    // Farther negatives than positives give gaps above 0.
    const gaps = this.distance.margin(distances.unsqueeze(1), distances.unsqueeze(2));
    const triplets = matches.unsqueeze(2).logical_and(diffs.unsqueeze(1));
    return new MinedTriplets(asWeights(triplets.logical_and(this.chosen(gaps)), distances));
  }

  private chosen(gaps: Tensor): Tensor {
    if (this.type_of_triplets === 'easy') return gaps.gt(this.margin);
    const violating = gaps.le(this.margin);
    if (this.type_of_triplets === 'all') return violating;
    return violating.logical_and(this.type_of_triplets === 'hard' ? gaps.le(0) : gaps.gt(0));
  }
}

/** Options of `PairMarginMiner`. */
export interface PairMarginMinerOptions extends MinerOptions {
  /** Default 0.2. */
  pos_margin?: number;
  /** Default 0.8. */
  neg_margin?: number;
}

/** Positive pairs farther than `pos_margin` and negative pairs closer than `neg_margin`. Origin: the same. */
export class PairMarginMiner extends Miner<MinedPairs> {
  readonly pos_margin: number;
  readonly neg_margin: number;

  /** @param options `pos_margin` 0.2, `neg_margin` 0.8, `distance`. */
  constructor(options: PairMarginMinerOptions = {}) {
    super(options);
    const { pos_margin = 0.2, neg_margin = 0.8 } = options;
    requireNumber('PairMarginMiner', 'pos_margin', pos_margin);
    requireNumber('PairMarginMiner', 'neg_margin', neg_margin);
    this.pos_margin = pos_margin;
    this.neg_margin = neg_margin;
  }

  protected override mine(batch: Batch): MinedPairs {
    const { matches, diffs } = pairMasks(batch);
    const distances = distancesOf(this.distance, batch);
    const inverted = this.distance.is_inverted;
    const far = inverted ? distances.lt(this.pos_margin) : distances.gt(this.pos_margin);
    const near = inverted ? distances.gt(this.neg_margin) : distances.lt(this.neg_margin);
    return new MinedPairs(
      asWeights(matches.logical_and(far), distances),
      asWeights(diffs.logical_and(near), distances),
    );
  }
}

/** Options of `MultiSimilarityMiner`. */
export interface MultiSimilarityMinerOptions extends MinerOptions {
  /** Default 0.1. */
  epsilon?: number;
}

/**
 * Positive pairs that are farther than the anchor's closest negative less `epsilon`, and negative pairs that are closer
 * than its farthest positive plus `epsilon`. Anchors without positive or negative give none.
 * Origin: pytorch-metric-learning, after Wang et al., Multi-Similarity Loss.
 */
export class MultiSimilarityMiner extends Miner<MinedPairs> {
  readonly epsilon: number;

  /** @param options `epsilon` 0.1, `distance` (default `CosineSimilarity`). */
  constructor(options: MultiSimilarityMinerOptions = {}) {
    super(options, () => new CosineSimilarity());
    const { epsilon = 0.1 } = options;
    requireNumber('MultiSimilarityMiner', 'epsilon', epsilon);
    this.epsilon = epsilon;
  }

  protected override mine(batch: Batch): MinedPairs {
    const { matches, diffs } = pairMasks(batch);
    const distances = distancesOf(this.distance, batch);
    const { epsilon } = this;
    const inverted = this.distance.is_inverted;
    // What does not count is infinitely near for positives and infinitely far for negatives.
    const closestNegative = inverted
      ? distances.masked_fill(diffs.logical_not(), -Infinity).amax(1, true)
      : distances.masked_fill(diffs.logical_not(), Infinity).amin(1, true);
    const farthestPositive = inverted
      ? distances.masked_fill(matches.logical_not(), Infinity).amin(1, true)
      : distances.masked_fill(matches.logical_not(), -Infinity).amax(1, true);
    const far = inverted ? distances.sub(epsilon).lt(closestNegative) : distances.add(epsilon).gt(closestNegative);
    const near = inverted ? distances.add(epsilon).gt(farthestPositive) : distances.sub(epsilon).lt(farthestPositive);
    return new MinedPairs(
      asWeights(matches.logical_and(far), distances),
      asWeights(diffs.logical_and(near), distances),
    );
  }
}

/** Options of `AngularMiner`. */
export interface AngularMinerOptions {
  /** In degrees, above 0 and below 90. Default 20. */
  angle?: number;
}

/**
 * Triplets with an angle atan(‖a − p‖ / (2 ‖n − (a + p) / 2‖)) above the threshold: the negative is near the middle of
 * anchor and positive. Rows are taken as they are, not normalised. Needs Q · R² elements.
 *
 * Origin: pytorch-metric-learning, after Wang et al., Deep Metric Learning with Angular Loss. There each difference
 * has 1e-6 added, which decides where all three rows coincide.
 */
export class AngularMiner extends Miner<MinedTriplets> {
  readonly angle: number;

  /** @param options `angle` 20. */
  constructor(options: AngularMinerOptions = {}) {
    super({});
    const { angle = 20 } = options;
    if (!(angle > 0 && angle < 90)) throw badArgument('AngularMiner', 'angle', angle, 'degrees from 0 to 90');
    this.angle = (angle * Math.PI) / 180;
  }

  protected override mine(batch: Batch): MinedTriplets {
    const { matches, diffs } = pairMasks(batch);
    const { embeddings: a } = batch;
    const r = batch.ref_emb ?? a;
    const [normA, normR] = [squaredNorms(a), squaredNorms(r).t()];
    const ar = matmul(a, r.t());
    const pairs = normA.add(normR).sub(ar.mul(2)).clamp({ min: 0 });
    // ‖n − c‖² with c = (a + p) / 2, at [a, p, n], from products of rows.
    const centre = normA.add(normR).add(ar.mul(2)).div(4).unsqueeze(2);
    const product = ar.unsqueeze(1).add(matmul(r, r.t()).unsqueeze(0));
    const toCentre = centre.add(normR.unsqueeze(0)).sub(product).clamp({ min: 0 });
    const steep = pairs
      .sqrt()
      .unsqueeze(2)
      .gt(toCentre.sqrt().mul(2 * Math.tan(this.angle)));
    const triplets = matches.unsqueeze(2).logical_and(diffs.unsqueeze(1));
    return new MinedTriplets(asWeights(triplets.logical_and(steep), a));
  }
}
