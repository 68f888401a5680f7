/** Which pairs of rows a loss compares. */
import { distinctRows, sameLabels } from '../../masks.js';
import type { Tensor } from '@reidgrad/core';

/** Bool matrices [N, N]; row i of each says which rows are positives or negatives of row i. */
export interface Pairs {
  positive: Tensor;
  negative: Tensor;
}

/** The pairs of labels [N], with the row itself among its positives. */
export function pairsWithSelf(labels: Tensor): Pairs {
  const positive = sameLabels(labels);
  return { positive, negative: positive.logical_not() };
}

/** The pairs of labels [N]; a row is not its own positive. */
export function pairsOfOthers(labels: Tensor): Pairs {
  const same = sameLabels(labels);
  return { positive: same.logical_and(distinctRows(labels)), negative: same.logical_not() };
}
