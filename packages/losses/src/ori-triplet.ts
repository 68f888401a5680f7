import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { FamilyOptions } from './family/options.js';
import { hinge } from './family/parts/margin.js';
import { hardestSelected } from './family/parts/miner.js';
import { RowTripletLoss } from './family/row-loss.js';
import { requireNumber } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = {
  fn: 'OriTripletLoss',
  embeddings: 'inputs',
  labels: 'targets',
  call: 'forward(inputs, targets)',
};

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
export class OriTripletLoss extends RowTripletLoss {
  margin: number;
  ranking_loss: nn.MarginRankingLoss;

  /**
   * @param _batch_size accepted for ported code and not used, as in the origin.
   * @param margin how much closer positives should be. Default 0.3.
   * @param options see `FamilyOptions`; the defaults are the origin's behaviour.
   */
  constructor(_batch_size: number, margin = 0.3, options: FamilyOptions = {}) {
    super('OriTripletLoss', 'even', options);
    requireNumber('OriTripletLoss', 'margin', margin);
    this.margin = margin;
    this.ranking_loss = new nn.MarginRankingLoss({ margin, reduction: 'none' });
  }

  /**
   * @param inputs embeddings [N, D], floating.
   * @param targets labels [N], int64, int32 or uint8.
   * @returns [loss, correct], both 0-d; `correct` (int64) counts rows whose closest negative is not closer than their
   * furthest positive.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, rows without a negative.
   */
  override forward(inputs: Tensor, targets: Tensor): [Tensor, Tensor] {
    const { loss, positive, negative } = this.overRows(names, inputs, targets, {
      mine: hardestSelected,
      form: hinge(this.ranking_loss),
      needsNegatives: true,
    });
    return [loss, negative.ge(positive).sum()];
  }
}
