import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireNumber } from '../validate.js';
import type { FamilyOptions } from './options.js';
import { hinge } from './parts/margin.js';
import { hardestSelected } from './parts/miner.js';
import { RowTripletLoss } from './row-loss.js';

const namesOf = (fn: string) => ({ fn, embeddings: 'inputs', labels: 'targets', call: 'forward(inputs, targets)' });
const openReid = namesOf('OpenReidTripletLoss');
const torchreid = namesOf('TorchreidTripletLoss');

/**
 * open-reid's `TripletLoss`: mean_i max(ap_i − an_i + margin, 0) with the hardest positive and negative of each row and
 * distances √max(‖a − b‖², 1e-12); a row is its own positive.
 *
 * As `OriTripletLoss`, but the margin is 0 by default and the second result is the *share* of rows with an > ap
 * (strictly). Ties share the gradient evenly; rows without negatives are an error. The origin's listing fails since
 * PyTorch 0.4, which concatenates no 0-d results; this is what it computed before.
 * Origin: Cysu/open-reid, reid/loss/triplet.py.
 * @example const [loss, prec] = new OpenReidTripletLoss(0.5).forward(embeddings, labels);
 */
export class OpenReidTripletLoss extends RowTripletLoss {
  margin: number;
  ranking_loss: nn.MarginRankingLoss;

  /**
   * @param margin default 0.
   * @param options see `FamilyOptions`.
   */
  constructor(margin = 0, options: FamilyOptions = {}) {
    super(openReid.fn, 'even', options);
    requireNumber(openReid.fn, 'margin', margin);
    this.margin = margin;
    this.ranking_loss = new nn.MarginRankingLoss({ margin, reduction: 'none' });
  }

  /**
   * @param inputs embeddings [N, D], floating.
   * @param targets labels [N], integers.
   * @returns [loss, prec], both 0-d and of the dtype of `inputs`.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, rows without a negative.
   */
  override forward(inputs: Tensor, targets: Tensor): [Tensor, Tensor] {
    const form = hinge(this.ranking_loss);
    const recipe = { mine: hardestSelected, form, needsNegatives: true };
    const { loss, positive, negative } = this.overRows(openReid, inputs, targets, recipe);
    return [loss, negative.gt(positive).to(loss.dtype).mean()];
  }
}

/**
 * torchreid's `TripletLoss`: the numbers of `OriTripletLoss`, and the loss alone.
 * Ties share the gradient evenly; rows without negatives are an error.
 * Origin: KaiyangZhou/deep-person-reid, torchreid/losses/hard_mine_triplet_loss.py.
 * @example const loss = new TorchreidTripletLoss(0.3).forward(embeddings, labels);
 */
export class TorchreidTripletLoss extends RowTripletLoss {
  margin: number;
  ranking_loss: nn.MarginRankingLoss;

  /**
   * @param margin default 0.3.
   * @param options see `FamilyOptions`.
   */
  constructor(margin = 0.3, options: FamilyOptions = {}) {
    super(torchreid.fn, 'even', options);
    requireNumber(torchreid.fn, 'margin', margin);
    this.margin = margin;
    this.ranking_loss = new nn.MarginRankingLoss({ margin, reduction: 'none' });
  }

  /**
   * @param inputs embeddings [N, D], floating.
   * @param targets labels [N], integers.
   * @returns the loss, 0-d.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, rows without a negative.
   */
  override forward(inputs: Tensor, targets: Tensor): Tensor {
    const form = hinge(this.ranking_loss);
    return this.overRows(torchreid, inputs, targets, { mine: hardestSelected, form, needsNegatives: true }).loss;
  }
}
