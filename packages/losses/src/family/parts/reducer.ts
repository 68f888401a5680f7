/** From losses per row to the loss, and what becomes of rows that have no positive or no negative. */
import { check, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { CallNames } from '../../validate.js';
import type { MarginForm } from './margin.js';
import type { Pairs } from './mask.js';
import type { Mined } from './miner.js';

/**
 * A row is empty if no *other* row has its label, or no row has another. `'origin'`: what the origin does;
 * `'throw'`: an error naming the first; `'skip'`: they do not count in the mean (0 if all are empty); `'zero'`: they
 * count with a loss of 0.
 */
export type EmptyRows = 'throw' | 'skip' | 'zero' | 'origin';

/** Throws (or checks, in a trace) unless every row has a negative. */
export function requireNegatives({ fn, embeddings, labels }: CallNames, { negative }: Pairs): void {
  check(
    negative.any(1),
    ([row]) => `${fn}: row ${row} of ${embeddings} has no negative: all ${labels} of the batch are equal`,
  );
}

/** Throws (or checks, in a trace) unless every row has another row of its label and one of another. */
export function requireFullRows(names: CallNames, others: Pairs): void {
  requireNegatives(names, others);
  check(
    others.positive.any(1),
    ([row]) => `${names.fn}: row ${row} of ${names.embeddings} has no positive: no other row has its label`,
  );
}

/** Rows that have another row of their label and one of another label, bool [N]. */
export function fullRows({ positive, negative }: Pairs): Tensor {
  return positive.any(1).logical_and(negative.any(1));
}

/** Mean of `values` where `counts`; 0, with a gradient of 0, where nothing counts. Both of one shape. */
export function meanWhere(counts: Tensor, values: Tensor): Tensor {
  return where(counts, values, 0)
    .sum()
    .div(counts.to(values.dtype).sum().clamp({ min: 1 }));
}

/**
 * The mean over rows of `form(positive, negative)`.
 * @param others the pairs without the row itself, which decide what an empty row is.
 */
export function meanOverRows(
  names: CallNames,
  others: Pairs,
  emptyRows: EmptyRows,
  [positive, negative]: Mined,
  form: MarginForm,
): Tensor {
  if (emptyRows === 'throw') requireFullRows(names, others);
  if (emptyRows === 'throw' || emptyRows === 'origin') return form(positive, negative).mean();
  const full = fullRows(others);
  // Distances of empty rows may be infinite, so they are replaced before the form as well as after it.
  const terms = form(where(full, positive, 0), where(full, negative, 0));
  return emptyRows === 'skip' ? meanWhere(full, terms) : where(full, terms, 0).mean();
}
