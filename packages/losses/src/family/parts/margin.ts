/** From a positive and a negative distance per row to the row's loss. */
import { nn, no_grad, ones, ones_like, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';

const { logsigmoid } = nn.functional;

/** Positive and negative distances [N] to losses [N]. */
export type MarginForm = (positive: Tensor, negative: Tensor) => Tensor;

/** max(p − n + margin, 0) by `nn.MarginRankingLoss` with `reduction: 'none'`: active where it is exactly zero. */
export function hinge(ranking: nn.MarginRankingLoss): MarginForm {
  // One element broadcasts, so the batch size is not part of the graph.
  return (positive, negative) => ranking.forward(negative, positive, ones([1], { dtype: negative.dtype }));
}

/** log(1 + e^(−gap)): literally as PyTorch, which overflows below −88 in float32, or with `stable` never. */
export function softMargin(ranking: nn.SoftMarginLoss, stable: boolean): (gap: Tensor) => Tensor {
  return (gap) => (stable ? logsigmoid(gap).neg() : ranking.forward(gap, ones_like(gap)));
}

/** log(1 + e^(p − n)), see `softMargin`. */
export function softGap(ranking: nn.SoftMarginLoss, stable: boolean): MarginForm {
  const soft = softMargin(ranking, stable);
  return (positive, negative) => soft(negative.sub(positive));
}

/**
 * fast-reid's guard: if a row of the soft form overflows, the whole batch takes the hinge with margin 0.3 instead. The
 * choice is data in the graph, not a branch.
 */
export function softOrHinge(ranking: nn.SoftMarginLoss, fallback: nn.MarginRankingLoss): MarginForm {
  const soft = softMargin(ranking, false);
  const hinged = hinge(fallback);
  return (positive, negative) => {
    const gap = negative.sub(positive);
    const overflow = no_grad(() => soft(gap))
      .eq(Infinity)
      .any();
    // The gap is replaced as well: an overflowed term has a gradient of NaN even where it is not chosen.
    return where(overflow, hinged(positive, negative), soft(where(overflow, 0, gap)));
  };
}
