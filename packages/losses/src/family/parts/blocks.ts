/** `dist[mask].view(N, -1)`: the mining of reid-strong-baseline and ReID-Survey, with what it does to unequal classes. */
import { check, ones_like, scatter_add, where, zeros_like } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { CallNames } from '../../validate.js';
import { largest, smallest } from './extremes.js';
import type { Miner } from './miner.js';

/**
 * The extreme entries of the N blocks that `dist[mask].view(N, -1)` makes of all selected distances. Block i is row i only
 * if all classes have the same number of rows. Otherwise it is an error where the number of selected pairs is not a
 * multiple of N, and where it is, blocks silently mix rows, as in the origin.
 */
export function hardestInBlocks(names: CallNames): Miner {
  return (distances, { positive, negative }, ties) => [
    largest(blocksOf(names, 'positive', distances, positive, -Infinity), ties),
    smallest(blocksOf(names, 'negative', distances, negative, Infinity), ties),
  ];
}

/** Selected entries of [N, N] in row-major order, N blocks of equal width, padded to [N, N]. */
function blocksOf({ fn, labels }: CallNames, kind: string, x: Tensor, mask: Tensor, padding: number): Tensor {
  const counts = mask.to('int64');
  const perRow = counts.sum(1);
  const total = perRow.sum();
  const rows = ones_like(perRow);
  const width = total.div(rows.sum(), { rounding_mode: 'floor' });
  check(
    total.gt(0).logical_and(width.mul(rows.sum()).eq(total)),
    () =>
      `${fn}: ${labels} have classes of unequal size: the ${kind} pairs cannot be viewed as one block per row, as the ` +
      `origin does; balance the batch or set unequal_counts: 'per-row'`,
  );
  const before = perRow.cumsum(0).sub(perRow).unsqueeze(1);
  const place = counts.cumsum(1).sub(1).add(before);
  // Entries that are not selected add 0 to place 0.
  const packed = scatter_add(
    zeros_like(x).reshape(-1),
    0,
    where(mask, place, 0).reshape(-1),
    where(mask, x, 0).reshape(-1),
  );
  const number = rows.cumsum(0).sub(1);
  const inside = number.lt(width).unsqueeze(0);
  const wanted = where(inside, number.mul(width).unsqueeze(1).add(number.unsqueeze(0)), 0);
  return where(inside, packed.gather(0, wanted.reshape(-1)).reshape(x.shape), padding);
}
