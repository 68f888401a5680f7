/** Miners that choose one positive and one negative per anchor, the easiest or the hardest. */
import { where } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { distancesOf, pairMasks } from './batch.js';
import type { Batch } from './batch.js';
import { asWeights, oneHot } from './masked.js';
import { MinedPairs } from './mined.js';
import type { MinedTriplets } from './mined.js';
import { Miner } from './miners.js';
import type { MinerOptions } from './miners.js';

/** The hardest of a row, the hardest that is easier than the anchor's other choice, the easiest, or all. */
export type MiningStrategy = 'hard' | 'semihard' | 'easy' | 'all';

const strategies: readonly string[] = ['hard', 'semihard', 'easy', 'all'];

/** Options of `BatchEasyHardMiner`. */
export interface BatchEasyHardOptions extends MinerOptions {
  /** Default 'easy'. */
  pos_strategy?: MiningStrategy;
  /** Default 'semihard'. */
  neg_strategy?: MiningStrategy;
  /** Positives at distances outside of [low, high] are left out. Default null: none. */
  allowed_pos_range?: readonly [number, number] | null;
  /** As `allowed_pos_range`, for negatives. */
  allowed_neg_range?: readonly [number, number] | null;
}

/** One row of each anchor: where it is [Q, R], whether there is one [Q, 1], its distance [Q, 1]. */
interface Choice {
  at: Tensor;
  found: Tensor;
  distance: Tensor;
}

function within(distances: Tensor, range: readonly [number, number] | null): Tensor | null {
  return range === null ? null : distances.ge(range[0]).logical_and(distances.le(range[1]));
}

/** The first largest or smallest of the candidates in each row. */
function choose(distances: Tensor, candidates: Tensor, largest: boolean): Choice {
  const kept = where(candidates, distances, largest ? -Infinity : Infinity);
  const found = candidates.any(1, true);
  const index = largest ? kept.argmax(1) : kept.argmin(1);
  return {
    at: oneHot(index, distances.size(1)).logical_and(found),
    found,
    distance: largest ? kept.amax(1, true) : kept.amin(1, true),
  };
}

function checkStrategies(name: string, positive: MiningStrategy, negative: MiningStrategy): void {
  for (const [option, value] of [
    ['pos_strategy', positive],
    ['neg_strategy', negative],
  ]) {
    if (!strategies.includes(value)) {
      throw badArgument(name, option, value, "'hard', 'semihard', 'easy' or 'all'");
    }
  }
  const both = [positive, negative];
  if (both.includes('semihard') && (positive === negative || both.includes('all'))) {
    throw badArgument(name, 'pos_strategy, neg_strategy', both, "'hard' or 'easy' beside 'semihard'");
  }
}

/**
 * Per anchor one positive and one negative by strategy, or all of them with 'all'. 'semihard' negatives are the closest
 * ones farther than the anchor's positive, 'semihard' positives the farthest ones closer than its negative; anchors that
 * lack either are left out. Of equal distances the first row is taken.
 *
 * Origin: pytorch-metric-learning, after Xuan et al., Improved Embeddings with Easy Positive Triplet Mining.
 */
export class BatchEasyHardMiner extends Miner<MinedPairs> {
  readonly pos_strategy: MiningStrategy;
  readonly neg_strategy: MiningStrategy;
  readonly allowed_pos_range: readonly [number, number] | null;
  readonly allowed_neg_range: readonly [number, number] | null;

  /**
   * @param options `pos_strategy` 'easy', `neg_strategy` 'semihard', both ranges null, `distance`.
   * @throws for unknown strategies, and 'semihard' with 'semihard' or 'all'.
   */
  constructor(options: BatchEasyHardOptions = {}) {
    super(options);
    const { pos_strategy = 'easy', neg_strategy = 'semihard' } = options;
    checkStrategies(this.constructor.name, pos_strategy, neg_strategy);
    this.pos_strategy = pos_strategy;
    this.neg_strategy = neg_strategy;
    this.allowed_pos_range = options.allowed_pos_range ?? null;
    this.allowed_neg_range = options.allowed_neg_range ?? null;
  }

  protected override mine(batch: Batch): MinedPairs {
    return chosenPairs(this, batch);
  }
}

function chosenPairs(miner: BatchEasyHardMiner, batch: Batch): MinedPairs {
  const { distance, pos_strategy, neg_strategy } = miner;
  const { matches, diffs } = pairMasks(batch);
  const distances = distancesOf(distance, batch);
  const weights = (mask: Tensor): Tensor => asWeights(mask, distances);
  /** `farthest` by distance; `limit`: only what lies strictly on the near (or, for closest, the far) side of it. */
  const pick = (
    mask: Tensor,
    farthest: boolean,
    range: readonly [number, number] | null,
    limit: Tensor | null,
  ): Choice => {
    const largest = farthest !== distance.is_inverted;
    const allowed = within(distances, range);
    let candidates = allowed === null ? mask : mask.logical_and(allowed);
    if (limit !== null) candidates = candidates.logical_and(largest ? distances.lt(limit) : distances.gt(limit));
    return choose(distances, candidates, largest);
  };
  const positives = (limit: Tensor | null): Choice =>
    pick(matches, pos_strategy !== 'easy', miner.allowed_pos_range, limit);
  const negatives = (limit: Tensor | null): Choice =>
    pick(diffs, neg_strategy === 'easy', miner.allowed_neg_range, limit);

  if (pos_strategy === 'all' && neg_strategy === 'all') return new MinedPairs(weights(matches), weights(diffs));
  if (pos_strategy === 'all') return new MinedPairs(weights(matches), weights(negatives(null).at));
  if (neg_strategy === 'all') return new MinedPairs(weights(positives(null).at), weights(diffs));
  let positive = pos_strategy === 'semihard' ? null : positives(null);
  const negative = negatives(neg_strategy === 'semihard' && positive !== null ? positive.distance : null);
  positive ??= positives(negative.distance);
  const both = positive.found.logical_and(negative.found);
  return new MinedPairs(weights(positive.at.logical_and(both)), weights(negative.at.logical_and(both)), true);
}

/**
 * The farthest positive and the closest negative of each anchor, as triplets. A row is not its own positive, and anchors
 * without a positive or a negative are left out: with `TripletMarginLoss` and no normalisation that is `OriTripletLoss`
 * if every label has two rows. Origin: pytorch-metric-learning, after Hermans et al.
 * @example
 * const distance = new LpDistance({ normalize_embeddings: false });
 * const mined = new BatchHardMiner({ distance }).forward(embeddings, labels);
 * const loss = new TripletMarginLoss({ margin: 0.3, distance }).forward(embeddings, labels, mined);
 */
export class BatchHardMiner extends Miner<MinedTriplets> {
  readonly pairs: BatchEasyHardMiner;

  /** @param options `distance`. */
  constructor(options: MinerOptions = {}) {
    super(options);
    this.pairs = new BatchEasyHardMiner({ distance: this.distance, pos_strategy: 'hard', neg_strategy: 'hard' });
  }

  protected override mine(batch: Batch): MinedTriplets {
    return chosenPairs(this.pairs, batch).triplets();
  }
}
