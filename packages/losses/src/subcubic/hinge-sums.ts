/** Sums over the triplets of each row in N² log N time and N² memory. */
import { autograd } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { gapsOf, positionsOf } from './gaps.js';
import { lastThat, orderNegatives, sumIntoRows, takeFromRows } from './order.js';

/**
 * The active negatives of a pair are the first ones in order, found with the very arithmetic of a term, so that counts
 * are exact. Their terms sum to K times the last one's plus their gaps to it: nothing cancels, as differences of two
 * running sums would.
 */
class HingeSums extends autograd.Function {
  static forward(
    ctx: autograd.FunctionContext,
    distances: Tensor,
    positives: Tensor,
    negatives: Tensor,
    margin: number,
    above: number,
  ): [Tensor, Tensor] {
    const { dtype } = distances;
    const order = orderNegatives(distances, negatives, margin);
    const term = (negative: Tensor): Tensor => distances.sub(negative).add(margin);
    const active = lastThat(order, (negative) => term(negative).ge(0));
    const counted = lastThat(order, (negative) => term(negative).gt(above));
    const pairs = positives.to(dtype);
    const lengths = active.add(1).to(dtype).mul(pairs);
    const last = active.clamp({ min: 0 });
    const gapsToLast = gapsOf(order.distances).mul(positionsOf(distances).to(dtype)).cumsum(1);
    const sums = lengths
      .mul(term(takeFromRows(order.distances, last)))
      .add(takeFromRows(gapsToLast, last).mul(pairs))
      .sum(1);
    // Distances that are NaN or infinite make the sum NaN, as they do triplet by triplet.
    const undefinedAt = distances.mul(0).sum(1);
    const count = counted.add(1).to(dtype).mul(pairs).sum(1);
    ctx.save_for_backward(lengths, last, order.columns);
    ctx.mark_non_differentiable(count);
    return [sums.add(undefinedAt), count];
  }

  /** A positive gets 1 for every active negative of its pair, a negative −1 for every pair that it is active in. */
  static backward(ctx: autograd.FunctionContext, grad: Tensor): (Tensor | null)[] {
    const [lengths, last, columns] = ctx.saved_tensors;
    const endingAt = sumIntoRows(last, lengths.gt(0).to(lengths.dtype));
    const reaching = endingAt.sum(1, true).sub(endingAt.cumsum(1)).add(endingAt);
    return [grad.unsqueeze(1).mul(lengths.sub(sumIntoRows(columns, reaching))), null, null, null, null];
  }
}

/**
 * For every row a, over all its triplets (a, p, n) of `positives` [a, p] and `negatives` [a, n]: the sum of
 * max(D_ap − D_an + margin, 0), and how many of these are larger than `above`. O(N² log N) time and O(N²) memory.
 *
 * Counts are those of the definition for every rounding. The hinge is active where it is exactly zero.
 * @param distances [M, N] of M rows of a batch of N, floating.
 * @param positives bool [M, N].
 * @param negatives bool [M, N], false where a row meets itself.
 * @param margin a number.
 * @param above at least 0.
 * @returns [sums, counts], [M] each, of the dtype of `distances`. A sum is NaN where a distance of the row is NaN or
 * infinite; counts pass no gradient.
 * @throws for more than 65,535 rows.
 */
export function hingeSums(
  distances: Tensor,
  positives: Tensor,
  negatives: Tensor,
  margin: number,
  above: number,
): [Tensor, Tensor] {
  return HingeSums.apply(distances, positives, negatives, margin, above);
}
