/** What miners give and losses take: which pairs or triplets of a batch count, as weights over all of them. */
import { nonzero, ones_like, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireTensor } from '../validate.js';
import { divideOrZero } from './masked.js';

/**
 * Positive and negative pairs of query rows (the anchors) with reference rows. Weights say how often a pair counts: 0
 * not at all, 1 once, more where triplets were taken apart. Losses treat a pair of weight 2 as two equal pairs.
 */
export class MinedPairs {
  /**
   * @param positives [Q, R], floating: weights of pairs of one label.
   * @param negatives [Q, R]: weights of pairs of different labels.
   * @param onePerAnchor whether each row holds at most one positive and one negative, and both or none.
   */
  constructor(
    readonly positives: Tensor,
    readonly negatives: Tensor,
    readonly onePerAnchor = false,
  ) {
    requireTensor('MinedPairs', 'positives', positives);
    requireTensor('MinedPairs', 'negatives', negatives);
  }

  pairs(): MinedPairs {
    return this;
  }

  /** Every positive of an anchor with every negative of it. */
  triplets(): MinedTriplets {
    if (this.onePerAnchor) return new MinedTriplets({ positive: this.positives, negative: this.negatives });
    return new MinedTriplets(this.positives.unsqueeze(2).mul(this.negatives.unsqueeze(1)));
  }

  /**
   * How often each row of the batch occurs, relative to the most frequent one [Q]; ones where nothing was mined.
   * @param asAnchor count anchors only, where positives and negatives are rows of another batch. Default false.
   */
  elementWeights(asAnchor = false): Tensor {
    const all = this.positives.add(this.negatives);
    return relativeToLargest(asAnchor ? all.sum(1) : all.sum(1).add(all.sum(0)));
  }

  /** Index vectors [anchors of positives, positives, anchors of negatives, negatives], each pair once. Eager only. */
  indices(): [Tensor, Tensor, Tensor, Tensor] {
    const [a1, p] = nonzero(this.positives, { as_tuple: true });
    const [a2, n] = nonzero(this.negatives, { as_tuple: true });
    return [a1, p, a2, n];
  }
}

/** At most one positive and one negative per anchor: 0 or 1 in [Q, R]; a row without a triplet is 0 in both. */
export interface TripletChoice {
  positive: Tensor;
  negative: Tensor;
}

/**
 * Triplets of an anchor (query row), a positive and a negative (reference rows), as weights [Q, R, R]; or, where each
 * anchor has one triplet, as two matrices [Q, R], which losses then use without R³ elements.
 */
export class MinedTriplets {
  /** The one triplet of each anchor, where the miner gives that; else null. */
  readonly choice: TripletChoice | null;
  readonly #dense: Tensor | null;

  /** @param triplets weights [Q, R, R] at [anchor, positive, negative], or one triplet per anchor. */
  constructor(triplets: Tensor | TripletChoice) {
    const isChoice = 'positive' in triplets;
    if (!isChoice) requireTensor('MinedTriplets', 'triplets', triplets);
    this.choice = isChoice ? triplets : null;
    this.#dense = isChoice ? null : triplets;
  }

  /** Weights [Q, R, R] at [anchor, positive, negative]. */
  get weights(): Tensor {
    if (this.#dense !== null) return this.#dense;
    if (this.choice === null) throw new Error('MinedTriplets: internal: neither weights nor a choice');
    return this.choice.positive.unsqueeze(2).mul(this.choice.negative.unsqueeze(1));
  }

  /** Each triplet as its positive and its negative pair; pairs count as often as they occur. */
  pairs(): MinedPairs {
    if (this.choice !== null) return new MinedPairs(this.choice.positive, this.choice.negative, true);
    return new MinedPairs(this.weights.sum(2), this.weights.sum(1));
  }

  triplets(): MinedTriplets {
    return this;
  }

  /** As `MinedPairs.elementWeights`: an anchor counts once per triplet. */
  elementWeights(asAnchor = false): Tensor {
    const { positives, negatives } = this.pairs();
    const anchors = positives.sum(1);
    return relativeToLargest(asAnchor ? anchors : anchors.add(positives.sum(0)).add(negatives.sum(0)));
  }

  /** Index vectors [anchors, positives, negatives], each triplet once. Eager only. */
  indices(): [Tensor, Tensor, Tensor] {
    const [a, p, n] = nonzero(this.weights, { as_tuple: true });
    return [a, p, n];
  }
}

/** What a miner gives. */
export type Mined = MinedPairs | MinedTriplets;

function relativeToLargest(counts: Tensor): Tensor {
  const largest = counts.amax();
  return where(largest.gt(0), divideOrZero(counts, largest), ones_like(counts));
}
