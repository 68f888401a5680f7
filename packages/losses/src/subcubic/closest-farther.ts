/** The closest negative beyond every entry, in N² log N time and N² memory. */
import { autograd, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { largest } from '../family/parts/extremes.js';
import type { Ties } from '../family/parts/extremes.js';
import { gapsOf } from './gaps.js';
import { lastThat, orderNegatives, sumIntoRows, takeFromRows } from './order.js';

/** Sorted rows as they are; equal entries of a row share their gradient evenly. */
class EvenlyAmongTies extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, ordered: Tensor): Tensor {
    ctx.save_for_backward(ordered);
    return ordered.clone();
  }

  static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
    const [ordered] = ctx.saved_tensors;
    const runs = gapsOf(ordered.detach()).ne(0).to('int64').cumsum(1);
    const sizes = sumIntoRows(runs, grad.detach().mul(0).add(1)).clamp({ min: 1 });
    return takeFromRows(sumIntoRows(runs, grad).div(sizes), runs);
  }
}

/** The `highest` of every row where it is the closest farther negative; see `closestFarther`. */
function atHighest(distances: Tensor, negatives: Tensor, highest: Tensor, ties: Ties): Tensor {
  if (ties === 'first') return highest;
  const reached = negatives.logical_and(distances.eq(highest)).to(distances.dtype);
  return distances.sub(highest).mul(reached).mean(1, true).add(highest);
}

/** What `closestFarther` gives. */
export interface ClosestFarther {
  /** The smallest distance to a negative above the entry; meaningless where there is none. [M, N]. */
  readonly values: Tensor;
  /** Where there is one, bool [M, N]. */
  readonly exists: Tensor;
}

/**
 * For every entry D_ij the smallest D_ik > D_ij of a negative k of i. O(N² log N) time and O(N²) memory.
 *
 * Value and gradient are those of TensorFlow Addons' masked minimum, min_k((D_ik − h)·mask_k) + h with h the row's
 * largest distance. Where the result is h itself, every k ties at zero, masked or not: evenly shared, each negative at h
 * gets 1 / N and all entries at h share the rest; of `'first'`, the first entry at h gets all.
 * @param distances [M, N] of M rows of a batch of N, floating.
 * @param negatives bool [M, N], false where a row meets itself.
 * @param ties who gets the gradient of equal distances.
 * @throws for more than 65,535 rows.
 */
export function closestFarther(distances: Tensor, negatives: Tensor, ties: Ties): ClosestFarther {
  const order = orderNegatives(distances, negatives, 0);
  // Behind all negatives stands the row itself, so that there is a next one.
  const next = lastThat(order, (negative) => negative.le(distances)).add(1);
  const ordered = ties === 'even' ? EvenlyAmongTies.apply(order.distances) : order.distances;
  const found = takeFromRows(ordered, next);
  const highest = largest(distances, ties, 1, true);
  const below = found.sub(highest).add(highest);
  return {
    values: where(found.eq(highest), atHighest(distances, negatives, highest, ties), below),
    exists: found.le(highest),
  };
}
