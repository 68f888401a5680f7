/** Negatives in order of distance, and searches in that order: what the triplet losses need to avoid N³ elements. */
import { full, sort, where, zeros_like } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { badArgument, dispatch } from '@reidgrad/core/graph';

/** The negatives of every row, nearest first, then its other entries, of which there is one at least: the row itself. */
export interface NegativeOrder {
  /** [M, N]; entries behind the negatives are larger than all of the row by more than `2 * |margin|`. */
  readonly distances: Tensor;
  /** Where they come from: columns, int64 [M, N]. */
  readonly columns: Tensor;
}

/** Largest number of rows. A search takes as many steps as this has bits, so that every batch has the same graph. */
const longest = 2 ** 16 - 1;

/**
 * Sorts every row once.
 * @param distances [M, N] of M rows of a batch of N, floating. Gradients flow to them through the `distances` of the result.
 * @param negatives bool [M, N], false where a row meets itself.
 * @param margin see `NegativeOrder.distances`.
 * @throws for more than 65,535 rows.
 */
export function orderNegatives(distances: Tensor, negatives: Tensor, margin: number): NegativeOrder {
  const rows = distances.size(1);
  if (rows > longest) throw badArgument('triplet loss', 'distances', distances, `at most ${longest} rows`);
  const highest = distances.detach().amax(1, true);
  // Infinity would do, but WebGPU's TopK pads with its own.
  const beyond = highest.add(highest.abs()).add(2 * Math.abs(margin) + 1);
  const { values, indices } = sort(where(negatives, distances, beyond), 1);
  return { distances: values, columns: indices };
}

/** Entries of the rows of `x` at `columns` that are known to lie within it: no check, which would be one more output. */
export function takeFromRows(x: Tensor, columns: Tensor): Tensor {
  return dispatch('gather', [x, columns], { dim: 1 });
}

/** Columns of `x` at positions [K] that are known to lie within it. */
export function takeColumns(x: Tensor, positions: Tensor): Tensor {
  return dispatch('index_select', [x, positions], { dim: 1 });
}

/** For every row the sums of those `values` that have the same column in `columns`. */
export function sumIntoRows(columns: Tensor, values: Tensor): Tensor {
  return dispatch('scatter_add', [zeros_like(values), columns, values], { dim: 1 });
}

/**
 * For every entry of an [M, N] matrix the position of the last negative of its row, in order, that `holds` is true for:
 * a binary search.
 * @param holds whether it is true of these distances [M, N] (or [M, 1]: of each row one), entry by entry: bool [M, N]. It must be true of all
 * distances below one that it is true of, and false of those behind the negatives; equal ones may stand in any order.
 * @returns int32 [M, N], half as large as int64 on the host; −1 where it is true of none.
 */
export function lastThat(order: NegativeOrder, holds: (distance: Tensor) => Tensor): Tensor {
  const ordered = order.distances.detach();
  const end = ordered.size(1) - 1;
  const half = (longest + 1) / 2;
  // The first step is one column for all; a matrix of it would be a constant that stays in memory.
  const middle = full([1], half - 1, { dtype: 'int32' }).clamp({ max: end });
  let last = where(holds(takeColumns(ordered, middle)), middle, -1);
  for (let step = half / 2; step >= 1; step /= 2) {
    const tried = last.add(step).clamp({ max: end });
    last = where(holds(takeFromRows(ordered, tried)), tried, last);
  }
  return last;
}
