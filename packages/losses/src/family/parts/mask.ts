/** Which pairs of rows a loss compares. */
import { distinctRows, sameLabels } from '../../masks.js';
import type { Tensor } from '@reidgrad/core';

/** Some rows of a batch against all of it. */
export interface RowPairs {
  /** Bool [t, N]: equal labels. */
  readonly same: Tensor;
  /** Bool [t, N]: false where a row meets itself. */
  readonly distinct: () => Tensor;
}

/** Bool matrices [t, N]; row i of each says which rows are positives or negatives of row i. */
export interface Pairs {
  positive: Tensor;
  negative: Tensor;
}

/** All rows of labels [N] against each other. */
export function allRows(labels: Tensor): RowPairs {
  return { same: sameLabels(labels), distinct: () => distinctRows(labels) };
}

/** The pairs with the row itself among its positives. */
export function pairsWithSelf({ same }: RowPairs): Pairs {
  return { positive: same, negative: same.logical_not() };
}

/** The pairs in which a row is not its own positive. */
export function pairsOfOthers(pairs: RowPairs): Pairs {
  return { positive: pairs.same.logical_and(pairs.distinct()), negative: pairs.same.logical_not() };
}
