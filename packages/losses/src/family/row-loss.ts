import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireBatch } from '../validate.js';
import type { CallNames } from '../validate.js';
import { settingsOf } from './options.js';
import type { EmptyRows, FamilyOptions, Ties } from './options.js';
import { euclidean, unitRows } from './parts/distance.js';
import { pairsOfOthers, pairsWithSelf } from './parts/mask.js';
import type { MarginForm } from './parts/margin.js';
import type { Miner } from './parts/miner.js';
import { meanOverRows, requireNegatives } from './parts/reducer.js';

/** What a loss does in one call. */
interface Recipe {
  mine: Miner;
  form: MarginForm;
  /** Scale rows to length 1 first. Default false. */
  normalize?: boolean;
  /** Default `euclidean`. */
  distance?: (x: Tensor, stable: boolean) => Tensor;
  /** Rows without a negative are an error by default, as an empty `min()` is. Default false: the miner has a value. */
  needsNegatives?: boolean;
}

/** A loss, and what was mined per row. */
interface RowResult {
  loss: Tensor;
  /** [N]. */
  positive: Tensor;
  /** [N]. */
  negative: Tensor;
}

/**
 * What the triplet losses over rows share: embeddings and labels to distances, one positive and one negative distance
 * per row (the row itself is among its positives), a loss per row, and the mean. A subclass says which parts.
 */
export abstract class RowTripletLoss extends nn.Module {
  readonly ties: Ties;
  readonly empty_rows: EmptyRows;
  readonly stable: boolean;

  protected constructor(fn: string, originTies: Ties, options: FamilyOptions) {
    super();
    const settings = settingsOf(fn, originTies, options);
    this.ties = settings.ties;
    this.empty_rows = settings.empty_rows;
    this.stable = settings.stable;
  }

  /** Computes the loss of a batch by a recipe. Throws as `requireBatch` does, and for empty rows where asked to. */
  protected overRows(names: CallNames, embeddings: Tensor, labels: Tensor, recipe: Recipe): RowResult {
    requireBatch(names, embeddings, labels);
    const { mine, form, normalize = false, distance = euclidean, needsNegatives = false } = recipe;
    const pairs = pairsWithSelf(labels);
    if (needsNegatives && this.empty_rows === 'origin') requireNegatives(names, pairs);
    const features = normalize ? unitRows(embeddings, this.stable) : embeddings;
    const [positive, negative] = mine(distance(features, this.stable), pairs, this.ties);
    const loss = meanOverRows(names, pairsOfOthers(labels), this.empty_rows, [positive, negative], form);
    return { loss, positive, negative };
  }
}
