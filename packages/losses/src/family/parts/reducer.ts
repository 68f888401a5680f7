/** From losses per row to the loss, and what becomes of rows that have no positive or no negative. */
import { check, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { CallNames } from '../../validate.js';
import type { MarginForm } from './margin.js';
import type { Batch } from './batch.js';
import type { RowDistance } from './distance.js';
import { pairsOfOthers } from './mask.js';
import type { Pairs, RowPairs } from './mask.js';
import type { Mined } from './miner.js';

/**
 * A row is empty if no *other* row has its label, or no row has another. `'origin'`: what the origin does;
 * `'throw'`: an error naming the first; `'skip'`: they do not count in the mean (0 if all are empty); `'zero'`: they
 * count with a loss of 0.
 */
export type EmptyRows = 'throw' | 'skip' | 'zero' | 'origin';

/** Throws (or checks, in a trace) unless every row has a negative. */
export function requireNegatives({ fn, embeddings, labels }: CallNames, hasNegative: Tensor): void {
  check(
    hasNegative,
    ([row]) => `${fn}: row ${row} of ${embeddings} has no negative: all ${labels} of the batch are equal`,
  );
}

/** Throws (or checks, in a trace) unless every row has another row of its label and one of another. */
export function requireFullRows(names: CallNames, batch: Batch): void {
  const [positive, negative] = batch.fromLabels((pairs) => {
    const others = pairsOfOthers(pairs);
    return [others.positive.any(1), others.negative.any(1)];
  });
  requireNegatives(names, negative);
  check(
    positive,
    ([row]) => `${names.fn}: row ${row} of ${names.embeddings} has no positive: no other row has its label`,
  );
}

/** Rows that have another row of their label and one of another label, bool [t]. */
export function fullRows({ positive, negative }: Pairs): Tensor {
  return positive.any(1).logical_and(negative.any(1));
}

/** How a loss is made of rows. */
export interface RowMean {
  names: CallNames;
  emptyRows: EmptyRows;
  distance: RowDistance;
  mine: (distances: Tensor, pairs: RowPairs) => Mined;
  form: MarginForm;
  /** Whether `form` looks at other rows than its own. Default false. */
  acrossRows?: boolean;
}

/** The loss, 0-d, and what was mined per row, [N]. */
export interface RowResult {
  loss: Tensor;
  positive: Tensor;
  negative: Tensor;
}

/** The mean of `form(positive, negative)` over the rows of embeddings [N, D]. */
export function meanOverRows(batch: Batch, x: Tensor, mean: RowMean): RowResult {
  const { names, emptyRows, mine, form, acrossRows = false } = mean;
  const takesAll = emptyRows === 'throw' || emptyRows === 'origin';
  if (emptyRows === 'throw') requireFullRows(names, batch);
  const termsOf = (positive: Tensor, negative: Tensor, full: Tensor | undefined): Tensor => {
    if (full === undefined) return form(positive, negative);
    // Distances of empty rows may be infinite, so they are replaced before the form as well as after it.
    return where(full, form(where(full, positive, 0), where(full, negative, 0)), 0);
  };
  const { total, also } = batch.sumOver(
    x,
    mean.distance,
    (distances, pairs) => {
      const mined = mine(distances, pairs);
      const full = takesAll ? [] : [fullRows(pairsOfOthers(pairs))];
      return { terms: acrossRows ? mined[0] : termsOf(...mined, full[0]), also: [...mined, ...full] };
    },
    acrossRows,
  );
  const [positive, negative, full] = also;
  const sum = acrossRows ? termsOf(positive, negative, full).sum() : total;
  const count = emptyRows === 'skip' ? full.to(sum.dtype).sum().clamp({ min: 1 }) : batch.size;
  return { loss: sum.div(count), positive, negative };
}
