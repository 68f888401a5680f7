import { nn, ones_like } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { normalize, pdist_torch } from './distances.js';
import { sameLabels } from './masks.js';
import { requireAlike, requireBatch, requireFloating } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = {
  fn: 'TripletLoss_WRT',
  embeddings: 'inputs',
  labels: 'targets',
  call: 'forward(inputs, targets)',
};

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
  requireFloating('softmax_weights', 'dist', dist);
  const counts = mask.to(dist.dtype);
  requireAlike('softmax_weights', ['dist', 'mask'], dist, counts, [...dist.shape.keys()]);
  const { values: max_v } = dist.mul(counts).max(1, true);
  const weights = dist.sub(max_v).exp().mul(counts);
  return weights.div(weights.sum(1, true).add(1e-6));
}

/**
 * Per row the weighted mean distance to rows of the same label (itself included; weights e^d, the far ones count) and to
 * rows of another (weights e^−d, the near ones count).
 * @param distances [N, N].
 * @param same bool [N, N].
 * @returns [furthest positive [N], closest negative [N]]; without negatives the latter is 0.
 */
export function weightedDistances(distances: Tensor, same: Tensor): [Tensor, Tensor] {
  const is_pos = same.to(distances.dtype);
  const is_neg = same.logical_not().to(distances.dtype);
  const dist_ap = distances.mul(is_pos);
  const dist_an = distances.mul(is_neg);
  const weights_ap = softmax_weights(dist_ap, is_pos);
  const weights_an = softmax_weights(dist_an.neg(), is_neg);
  return [dist_ap.mul(weights_ap).sum(1), dist_an.mul(weights_an).sum(1)];
}

/**
 * Weighted regularised triplet loss: mean_i log(1 + exp(fp_i − cn_i)), with fp_i and cn_i the softmax-weighted distances
 * to the rows of the same label and of the others (`softmax_weights`). It has no margin.
 *
 * * Distances are `pdist_torch`'s; a row is its own positive at 1e-6.
 * * Without negatives cn is 0, as in the origin; that is no error.
 * * For features that are far apart (distances above 14 or so) cn tends to 0 and the loss grows: normalise them.
 *
 * Origin: seed 002, Cross-Modal-Re-ID-baseline. There `correct` is a Python number; here it is a tensor.
 * @example
 * const [loss, correct] = new TripletLoss_WRT().forward(embeddings, labels, true);
 */
export class TripletLoss_WRT extends nn.Module {
  ranking_loss: nn.SoftMarginLoss;

  constructor() {
    super();
    this.ranking_loss = new nn.SoftMarginLoss();
  }

  /**
   * @param inputs embeddings [N, D], floating.
   * @param targets labels [N], int64, int32 or uint8.
   * @param normalize_feature scale rows to length 1 first (`normalize`). Default false.
   * @returns [loss, correct], both 0-d; `correct` (int64) counts rows with cn >= fp.
   * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
   */
  override forward(inputs: Tensor, targets: Tensor, normalize_feature = false): [Tensor, Tensor] {
    requireBatch(names, inputs, targets);
    const features = normalize_feature ? normalize(inputs, -1) : inputs;
    const [furthest, closest] = weightedDistances(pdist_torch(features, features), sameLabels(targets));
    const loss = this.ranking_loss.forward(closest.sub(furthest), ones_like(closest));
    return [loss, closest.ge(furthest).sum()];
  }
}
