import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { FamilyOptions } from './family/options.js';
import { softGap } from './family/parts/margin.js';
import { weightedMeans } from './family/parts/miner.js';
import { RowTripletLoss } from './family/row-loss.js';
import type { CallNames } from './validate.js';

const names: CallNames = {
  fn: 'TripletLoss_WRT',
  embeddings: 'inputs',
  labels: 'targets',
  call: 'forward(inputs, targets)',
};

/**
 * Weighted regularised triplet loss: mean_i log(1 + exp(fp_i − cn_i)), with fp_i and cn_i the softmax-weighted distances
 * to the rows of the same label and of the others (`softmax_weights`). It has no margin.
 *
 * * Distances are `pdist_torch`'s; a row is its own positive at 1e-6.
 * * Without negatives cn is 0, as in the origin; that is no error.
 * * For features that are far apart (distances above 14 or so) cn tends to 0 and the loss grows: normalise them, or
 *   set `stable`.
 *
 * Origin: seed 002, Cross-Modal-Re-ID-baseline. There `correct` is a Python number; here it is a tensor.
 * @example
 * const [loss, correct] = new TripletLoss_WRT().forward(embeddings, labels, true);
 */
export class TripletLoss_WRT extends RowTripletLoss {
  ranking_loss: nn.SoftMarginLoss;

  /** @param options see `FamilyOptions`; `ties` has no part in weighted means. */
  constructor(options: FamilyOptions = {}) {
    super('TripletLoss_WRT', 'even', options);
    this.ranking_loss = new nn.SoftMarginLoss({ reduction: 'none' });
  }

  /**
   * @param inputs embeddings [N, D], floating.
   * @param targets labels [N], int64, int32 or uint8.
   * @param normalize_feature scale rows to length 1 first (`normalize`). Default false.
   * @returns [loss, correct], both 0-d; `correct` (int64) counts rows with cn >= fp.
   * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
   */
  override forward(inputs: Tensor, targets: Tensor, normalize_feature = false): [Tensor, Tensor] {
    const { loss, positive, negative } = this.overRows(names, inputs, targets, {
      mine: weightedMeans(1, this.stable),
      form: softGap(this.ranking_loss, this.stable),
      normalize: normalize_feature,
    });
    return [loss, negative.ge(positive).sum()];
  }
}
