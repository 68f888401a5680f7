import { check, nn, ones, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { pdist_torch } from './distances.js';
import { sameLabels } from './masks.js';
import { requireBatch, requireNumber } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = {
  fn: 'OriTripletLoss',
  embeddings: 'inputs',
  labels: 'targets',
  call: 'forward(inputs, targets)',
};

/**
 * Per row the largest distance to a row of the same label (itself included) and the smallest to one of another label.
 * Equal distances share the gradient evenly, as the full `max()` and `min()` over a boolean-mask selection do.
 * @param distances [N, N].
 * @param same bool [N, N].
 * @returns [furthest positive [N], closest negative [N]]; without negatives the latter is Infinity.
 */
export function hardestDistances(distances: Tensor, same: Tensor): [Tensor, Tensor] {
  return [where(same, distances, -Infinity).amax(1), where(same, Infinity, distances).amin(1)];
}

/**
 * Triplet loss with the hardest positive and negative of each row:
 * mean_i max(ap_i − an_i + margin, 0), with ap_i the largest distance within the label and an_i the smallest to another.
 *
 * * The distance is √max(‖a − b‖², 1e-12), so that a row is its own positive at 1e-6 and singletons do no harm.
 * * Tied rows share the gradient evenly; the hinge is active where it is exactly zero.
 * * A batch of one label has no negatives: an error naming the row.
 *
 * Origin: seed 002, Cross-Modal-Re-ID-baseline (after Hermans et al., In Defense of the Triplet Loss). There `correct`
 * is a Python number; here it is a tensor, so that the class traces: call `correct.item()`.
 * @example
 * const criterion = new OriTripletLoss(64, 0.3);
 * const [loss, correct] = criterion.forward(embeddings, labels);
 * loss.backward();
 */
export class OriTripletLoss extends nn.Module {
  margin: number;
  ranking_loss: nn.MarginRankingLoss;

  /**
   * @param _batch_size accepted for ported code and not used, as in the origin.
   * @param margin how much closer positives should be. Default 0.3.
   */
  constructor(_batch_size: number, margin = 0.3) {
    super();
    requireNumber('OriTripletLoss', 'margin', margin);
    this.margin = margin;
    this.ranking_loss = new nn.MarginRankingLoss({ margin });
  }

  /**
   * @param inputs embeddings [N, D], floating.
   * @param targets labels [N], int64, int32 or uint8.
   * @returns [loss, correct], both 0-d; `correct` (int64) counts rows whose closest negative is not closer than their
   * furthest positive.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, rows without a negative.
   */
  override forward(inputs: Tensor, targets: Tensor): [Tensor, Tensor] {
    requireBatch(names, inputs, targets);
    const same = sameLabels(targets);
    check(
      same.logical_not().any(1),
      ([row]) => `OriTripletLoss: row ${row} of inputs has no negative: all targets of the batch are equal`,
    );
    const [dist_ap, dist_an] = hardestDistances(pdist_torch(inputs, inputs), same);
    // One element broadcasts, so the batch size is not part of the graph.
    const y = ones([1], { dtype: dist_an.dtype });
    const loss = this.ranking_loss.forward(dist_an, dist_ap, y);
    return [loss, dist_an.ge(dist_ap).sum()];
  }
}
