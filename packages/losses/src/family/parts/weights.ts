/** The softmax weights of the weighted regularised triplet losses. */
import { autograd, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { dispatch } from '@reidgrad/core/graph';
import { requireAlike, requireFloating } from '../../validate.js';

/**
 * exp(dist − m) · mask / (Σ_j exp(dist − m) · mask + 1e-6) along dim 1, with m the row maximum of dist · mask.
 *
 * Kept as in the origin: the maximum is taken where masked entries count as 0, and not as −∞. For negative distances m is
 * therefore 0, nothing is stabilised, and the weights of far rows vanish in the 1e-6: their sum falls below 1.
 * Origin: seed 002, `softmax_weights`.
 * @param dist [M, N], floating.
 * @param mask [M, N], 1 (or true) where an entry counts.
 * @returns [M, N].
 * @throws for integer distances and for different shapes.
 * @example softmax_weights(tensor([[1, 2]]), tensor([[1, 1]])); // about [[0.269, 0.731]]
 */
export function softmax_weights(dist: Tensor, mask: Tensor): Tensor {
  const counts = countsOf('softmax_weights', dist, mask);
  return counts.requires_grad ? weigh(dist, counts).weights : SoftmaxWeights.apply(dist, counts);
}

const SMALL = 1e-6;

/** The weights, what they were divided by, and where in its row the maximum stands. */
function weigh(dist: Tensor, counts: Tensor): { weights: Tensor; sum: Tensor; place: Tensor } {
  const { values: max_v, indices } = dist.mul(counts).max(1, true);
  const exponentials = dist.sub(max_v).exp().mul(counts);
  const sum = exponentials.sum(1, true).add(SMALL);
  return { weights: exponentials.div(sum), sum, place: indices };
}

/** The weights with their gradient in closed form, which takes half as many steps as that of the formula. */
class SoftmaxWeights extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, dist: Tensor, counts: Tensor): Tensor {
    ctx.save_for_backward(dist, counts);
    return weigh(dist, counts).weights;
  }

  /**
   * Through the softmax W (g − Σ g W); through the maximum, which matters because of the small number that is added,
   * −small / sum · Σ g W at its place. What is computed again is the same as before, to a compiled graph too.
   */
  static backward(ctx: autograd.FunctionContext, grad: Tensor): (Tensor | null)[] {
    const [dist, counts] = ctx.saved_tensors;
    const { weights, sum, place } = weigh(dist, counts);
    const total = grad.mul(weights).sum(1, true);
    // Without the public functions' checks of the indices.
    const atMaximum = total
      .div(sum)
      .mul(-SMALL)
      .mul(dispatch('gather', [counts, place], { dim: 1 }));
    return [dispatch('scatter_add', [weights.mul(grad.sub(total)), place, atMaximum], { dim: 1 }), null];
  }
}

/** ln of 1000: where the 1e-6 of the origin is 0.1 % of a row's largest weight, it begins to be taken back. */
const SOUND_SHIFT = Math.log(1000);

/**
 * The stable twin of `softmax_weights`: the same numbers while the row's largest counted entry is within 6.9 of the
 * maximum that the origin subtracts (positives always; negatives while the closest is nearer than 6.9), and the plain
 * softmax beyond, where the origin's weights vanish.
 *
 * With M the largest *counted* entry and s = m − M, both are exp(dist − M) · mask / (Σ + c): the origin has
 * c = 1e-6 · e^s, this has c = 1e-6 · e^(6.9 − |s − 6.9|), which is continuous and tends to 0.
 * @param dist [M, N], floating.
 * @param mask [M, N], 1 (or true) where an entry counts. A row without any has weights 0.
 * @returns [M, N]; rows sum to at least 0.999 (1 − 1e-6 for positives).
 * @throws for integer distances and for different shapes.
 * @example stableSoftmaxWeights(tensor([[-70, -71, 0]]), tensor([[1, 1, 0]])); // about [[0.731, 0.269, 0]]
 */
export function stableSoftmaxWeights(dist: Tensor, mask: Tensor): Tensor {
  const counts = countsOf('stableSoftmaxWeights', dist, mask);
  const counted = counts.ne(0);
  const max_v = dist.mul(counts).amax(1, true);
  const highest = where(counted.any(1, true), where(counted, dist, -Infinity).amax(1, true), max_v);
  const weights = where(counted, dist.sub(highest), -Infinity).exp();
  const distance = max_v.sub(highest).sub(SOUND_SHIFT).abs();
  return weights.div(weights.sum(1, true).add(distance.neg().add(SOUND_SHIFT).exp().mul(1e-6)));
}

function countsOf(fn: string, dist: Tensor, mask: Tensor): Tensor {
  requireFloating(fn, 'dist', dist);
  const counts = mask.to(dist.dtype);
  requireAlike(fn, ['dist', 'mask'], dist, counts, [...dist.shape.keys()]);
  return counts;
}
