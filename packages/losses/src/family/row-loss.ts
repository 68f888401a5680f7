import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireBatch } from '../validate.js';
import type { CallNames } from '../validate.js';
import { settingsOf } from './options.js';
import type { EmptyRows, FamilyOptions, Ties } from './options.js';
import { Batch } from './parts/batch.js';
import { euclidean, unitRows } from './parts/distance.js';
import type { RowDistance } from './parts/distance.js';
import { pairsWithSelf } from './parts/mask.js';
import type { MarginForm } from './parts/margin.js';
import type { Miner } from './parts/miner.js';
import { meanOverRows, requireNegatives } from './parts/reducer.js';
import type { RowResult } from './parts/reducer.js';

/** What a loss does in one call. */
interface Recipe {
  mine: Miner;
  form: MarginForm;
  /** Whether `form` looks at other rows than its own. Default false. */
  acrossRows?: boolean;
  /** Scale rows to length 1 first. Default false. */
  normalize?: boolean;
  /** Default `euclidean`. */
  distance?: (stable: boolean) => RowDistance;
  /** Rows without a negative are an error by default, as an empty `min()` is. Default false: the miner has a value. */
  needsNegatives?: boolean;
}

/**
 * What the triplet losses over rows share: embeddings and labels to distances, one positive and one negative distance
 * per row (the row itself is among its positives), a loss per row, and the mean. A subclass says which parts.
 */
export abstract class RowTripletLoss extends nn.Module {
  readonly ties: Ties;
  readonly empty_rows: EmptyRows;
  readonly stable: boolean;
  readonly rows_per_tile: number | null;

  protected constructor(fn: string, originTies: Ties, options: FamilyOptions) {
    super();
    const settings = settingsOf(fn, originTies, options);
    this.ties = settings.ties;
    this.empty_rows = settings.empty_rows;
    this.stable = settings.stable;
    this.rows_per_tile = settings.rows_per_tile;
  }

  /** Computes the loss of a batch by a recipe. Throws as `requireBatch` does, and for empty rows where asked to. */
  protected overRows(names: CallNames, embeddings: Tensor, labels: Tensor, recipe: Recipe): RowResult {
    requireBatch(names, embeddings, labels);
    const { mine, form, acrossRows, normalize = false, distance = euclidean, needsNegatives = false } = recipe;
    const { stable, ties, empty_rows } = this;
    const batch = new Batch(names.fn, labels, this.rows_per_tile);
    if (needsNegatives && empty_rows === 'origin') {
      requireNegatives(names, batch.fromLabels((pairs) => [pairsWithSelf(pairs).negative.any(1)])[0]);
    }
    return meanOverRows(batch, normalize ? unitRows(embeddings, stable) : embeddings, {
      names,
      emptyRows: empty_rows,
      distance: distance(stable),
      mine: (distances, pairs) => mine(distances, pairsWithSelf(pairs), ties),
      form,
      acrossRows,
    });
  }
}
