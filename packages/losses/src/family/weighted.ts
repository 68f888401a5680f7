import { nn, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireNumber } from '../validate.js';
import type { CallNames } from '../validate.js';
import type { FamilyOptions } from './options.js';
import { softGap, softMargin } from './parts/margin.js';
import type { MarginForm } from './parts/margin.js';
import { weightedMeans } from './parts/miner.js';
import { RowTripletLoss } from './row-loss.js';

const namesOf = (fn: string): CallNames => ({
  fn,
  embeddings: 'global_feat',
  labels: 'labels',
  call: 'forward(global_feat, labels)',
});
const agw = namesOf('WeightedRegularizedTriplet');
const video = namesOf('VideoWeightedRegularizedTriplet');

/**
 * AGW's weighted regularised triplet loss: the numbers of `TripletLoss_WRT`, with the weighted distances as further results.
 * Without negatives the closest negative is 0. Weights vanish for features that are far apart unless `stable`.
 * Origin: mangye16/ReID-Survey, modeling/layer/triplet_loss.py.
 * @example const [loss, furthest_positive, closest_negative] = new WeightedRegularizedTriplet().forward(feat, labels);
 */
export class WeightedRegularizedTriplet extends RowTripletLoss {
  ranking_loss: nn.SoftMarginLoss;

  /** @param options see `FamilyOptions`; `ties` has no part in weighted means. */
  constructor(options: FamilyOptions = {}) {
    super(agw.fn, 'even', options);
    this.ranking_loss = new nn.SoftMarginLoss({ reduction: 'none' });
  }

  /**
   * @param global_feat embeddings [N, D], floating.
   * @param labels [N], integers.
   * @param normalize_feature scale rows to length 1 first (`normalize`). Default false.
   * @returns [loss, furthest positive, closest negative]: 0-d, [N], [N].
   * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
   */
  override forward(global_feat: Tensor, labels: Tensor, normalize_feature = false): [Tensor, Tensor, Tensor] {
    const form = softGap(this.ranking_loss, this.stable);
    const recipe = { mine: weightedMeans(1, this.stable), form, normalize: normalize_feature };
    const { loss, positive, negative } = this.overRows(agw, global_feat, labels, recipe);
    return [loss, positive, negative];
  }
}

/**
 * The weighted regularised triplet loss of ReID-Survey's video code: `WeightedRegularizedTriplet`, the loss alone.
 * Origin: mangye16/ReID-Survey, video-reid-AWG/losses.py, there also `WeightedRegularizedTriplet`.
 * @example const loss = new VideoWeightedRegularizedTriplet().forward(features, labels);
 */
export class VideoWeightedRegularizedTriplet extends RowTripletLoss {
  ranking_loss: nn.SoftMarginLoss;

  /** @param options see `FamilyOptions`; `ties` has no part in weighted means. */
  constructor(options: FamilyOptions = {}) {
    super(video.fn, 'even', options);
    this.ranking_loss = new nn.SoftMarginLoss({ reduction: 'none' });
  }

  /**
   * @param global_feat embeddings [N, D], floating.
   * @param labels [N], integers.
   * @param normalize_feature scale rows to length 1 first (`normalize`). Default false.
   * @returns the loss, 0-d.
   * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
   */
  override forward(global_feat: Tensor, labels: Tensor, normalize_feature = false): Tensor {
    const form = softGap(this.ranking_loss, this.stable);
    const recipe = { mine: weightedMeans(1, this.stable), form, normalize: normalize_feature };
    return this.overRows(video, global_feat, labels, recipe).loss;
  }
}

const adp: CallNames = {
  fn: 'TripletLoss_ADP',
  embeddings: 'inputs',
  labels: 'targets',
  call: 'forward(inputs, targets)',
};

/**
 * The enhanced-difference triplet loss of CAJ. Weights are e^(±alpha·D) (`softmax_weights`), the distances themselves are not
 * scaled. With `square` 0 it is mean_i log(1 + e^(−gamma (cn_i − fp_i))); else, with q_i = min(gamma (fp_i − cn_i)², 88),
 * it is mean_i log(1 + e^(q_i)) over rows with fp_i > cn_i and log(1 + e^(−q_i)) over the others. Which it is passes no
 * gradient.
 *
 * Distances are `pdist_torch`'s; a row is its own positive; without negatives cn is 0.
 * Origin: mangye16/Cross-Modal-Re-ID-baseline, ICCV21_CAJ/loss.py. There `correct` is a Python number; here a tensor.
 * @example const [loss, correct] = new TripletLoss_ADP(1, 1, 1).forward(embeddings, labels);
 */
export class TripletLoss_ADP extends RowTripletLoss {
  ranking_loss: nn.SoftMarginLoss;
  alpha: number;
  gamma: number;
  square: number;

  /**
   * @param alpha sharpness of the weights. Default 1.
   * @param gamma factor of the difference. Default 1.
   * @param square 0 (default) for the plain difference, anything else for its square.
   * @param options see `FamilyOptions`; `ties` has no part in weighted means.
   */
  constructor(alpha = 1, gamma = 1, square = 0, options: FamilyOptions = {}) {
    super(adp.fn, 'even', options);
    for (const [name, value] of Object.entries({ alpha, gamma, square })) requireNumber(adp.fn, name, value);
    this.ranking_loss = new nn.SoftMarginLoss({ reduction: 'none' });
    this.alpha = alpha;
    this.gamma = gamma;
    this.square = square;
  }

  /**
   * @param inputs embeddings [N, D], floating.
   * @param targets labels [N], integers.
   * @param normalize_feature scale rows to length 1 first (`normalize`). Default false.
   * @returns [loss, correct], both 0-d; `correct` (int64) counts rows with cn >= fp.
   * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
   */
  override forward(inputs: Tensor, targets: Tensor, normalize_feature = false): [Tensor, Tensor] {
    const { loss, positive, negative } = this.overRows(adp, inputs, targets, {
      mine: weightedMeans(this.alpha, this.stable),
      form: this.form(),
      normalize: normalize_feature,
    });
    return [loss, negative.ge(positive).sum()];
  }

  private form(): MarginForm {
    const soft = softMargin(this.ranking_loss, this.stable);
    if (this.square === 0) return (positive, negative) => soft(negative.sub(positive).mul(this.gamma));
    return (positive, negative) => {
      const difference = positive.sub(negative);
      const squared = difference.mul(difference).mul(this.gamma).clamp({ max: 88 });
      return soft(where(positive.gt(negative), squared.neg(), squared));
    };
  }
}
