import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireNumber } from '../validate.js';
import type { CallNames } from '../validate.js';
import type { FamilyOptions } from './options.js';
import { cosine, euclidean } from './parts/distance.js';
import { hinge, softGap, softOrHinge } from './parts/margin.js';
import { hardestFilled, weightedMeans } from './parts/miner.js';
import type { Miner } from './parts/miner.js';
import { RowTripletLoss } from './row-loss.js';

/** What both of fast-reid's forms share: margin, distance and the fallback of the soft form. */
abstract class FastReidRowLoss extends RowTripletLoss {
  margin: number;
  norm_feat: boolean;
  ranking_loss: nn.MarginRankingLoss | nn.SoftMarginLoss;
  private readonly fallback = new nn.MarginRankingLoss({ margin: 0.3, reduction: 'none' });

  protected constructor(
    private readonly fn: string,
    margin: number,
    norm_feat: boolean,
    options: FamilyOptions,
  ) {
    super(fn, 'first', options);
    requireNumber(fn, 'margin', margin);
    this.margin = margin;
    this.norm_feat = norm_feat;
    this.ranking_loss =
      margin > 0
        ? new nn.MarginRankingLoss({ margin, reduction: 'none' })
        : new nn.SoftMarginLoss({ reduction: 'none' });
  }

  protected abstract miner(): Miner;

  /**
   * @param embedding [N, D], floating.
   * @param targets labels [N], integers.
   * @returns the loss, 0-d.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite.
   */
  override forward(embedding: Tensor, targets: Tensor): Tensor {
    const names: CallNames = {
      fn: this.fn,
      embeddings: 'embedding',
      labels: 'targets',
      call: 'forward(embedding, targets)',
    };
    const { ranking_loss, stable } = this;
    const isHinge = ranking_loss instanceof nn.MarginRankingLoss;
    const soft = (ranking: nn.SoftMarginLoss) =>
      stable ? softGap(ranking, true) : softOrHinge(ranking, this.fallback);
    return this.overRows(names, embedding, targets, {
      mine: this.miner(),
      form: isHinge ? hinge(ranking_loss) : soft(ranking_loss),
      acrossRows: !isHinge && !stable,
      distance: this.norm_feat ? cosine : euclidean,
    }).loss;
  }
}

/**
 * fast-reid's `triplet_loss` with hard mining: ap_i = max_j D_ij·pos_ij, an_i = min_j (D_ij·neg_ij + pos_ij·1e9), then
 * mean_i max(ap_i − an_i + margin, 0) for a positive margin, else mean_i log(1 + e^(ap_i − an_i)).
 *
 * * D is √max(‖a − b‖², 1e-12), or with `norm_feat` 2 − 2 cos, not rooted. A row is its own positive.
 * * Without negatives an is about 1e9, so that the row costs nothing; that is no error.
 * * Of equal distances the first gets the whole gradient.
 * * A soft loss of infinity is replaced by the hinge with margin 0.3, as in the origin; `stable` does not overflow.
 *
 * Origin: JDAI-CV/fast-reid, fastreid/modeling/losses/triplet_loss.py, `hard_example_mining`.
 * @example const loss = new FastReidTripletLoss(0.3).forward(embeddings, labels);
 */
export class FastReidTripletLoss extends FastReidRowLoss {
  /**
   * @param margin default 0.3, the bag-of-tricks configuration; 0 (SBS, AGW) is the soft form.
   * @param norm_feat cosine distances. Default false.
   * @param options see `FamilyOptions`.
   */
  constructor(margin = 0.3, norm_feat = false, options: FamilyOptions = {}) {
    super('FastReidTripletLoss', margin, norm_feat, options);
  }

  protected override miner(): Miner {
    return hardestFilled;
  }
}

/**
 * fast-reid's `triplet_loss` with `hard_mining` off: softmax-weighted distances (`softmax_weights`) in place of the hardest,
 * else as `FastReidTripletLoss`. Without negatives the closest negative is at 0. The weights vanish for features that
 * are far apart, as in `TripletLoss_WRT`; `stable` keeps them.
 * Origin: JDAI-CV/fast-reid, `weighted_example_mining`.
 * @example const loss = new FastReidWeightedTriplet(0, true).forward(embeddings, labels);
 */
export class FastReidWeightedTriplet extends FastReidRowLoss {
  /**
   * @param margin default 0, the AGW configuration: the soft form.
   * @param norm_feat cosine distances. Default false.
   * @param options see `FamilyOptions`; `ties` has no part in weighted means.
   */
  constructor(margin = 0, norm_feat = false, options: FamilyOptions = {}) {
    super('FastReidWeightedTriplet', margin, norm_feat, options);
  }

  protected override miner(): Miner {
    return weightedMeans(1, this.stable);
  }
}
