import { where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { distinctRows, sameLabels } from './masks.js';
import { metricOf, requireDistances } from './tfa-distances.js';
import type { DistanceMetric } from './tfa-distances.js';
import { requireBatch, requireNumber } from './validate.js';

/** Options of `TripletSemiHardLoss`. */
export interface TripletSemiHardOptions {
  /** Default 1. */
  margin?: number;
  /** Default `'L2'`. */
  distance_metric?: DistanceMetric;
}

/** Options of `TripletHardLoss`. */
export interface TripletHardOptions extends TripletSemiHardOptions {
  /** log(1 + exp(hp − hn)) instead of the hinge; `margin` is then unused. Default false. */
  soft?: boolean;
}

/** Largest entry along `dim` among those with mask 1; the smallest of `data` where the mask is empty. Keeps the dim. */
function maskedMaximum(data: Tensor, mask: Tensor, dim: number): Tensor {
  const lowest = data.amin(dim, true);
  return data.sub(lowest).mul(mask).amax(dim, true).add(lowest);
}

/** Smallest entry along `dim` among those with mask 1; the largest of `data` where the mask is empty. Keeps the dim. */
function maskedMinimum(data: Tensor, mask: Tensor, dim: number): Tensor {
  const highest = data.amax(dim, true);
  return data.sub(highest).mul(mask).amin(dim, true).add(highest);
}

/** What the two losses share: arguments, distances, masks, and float16 computed in float32. */
abstract class TripletLossOverBatch {
  readonly margin: number;
  readonly distance_metric: DistanceMetric;
  private readonly distancesOf: (embeddings: Tensor) => Tensor;

  protected constructor(
    readonly name: string,
    { margin = 1, distance_metric = 'L2' }: TripletSemiHardOptions,
  ) {
    requireNumber(name, 'margin', margin);
    this.margin = margin;
    this.distance_metric = distance_metric;
    this.distancesOf = metricOf(name, distance_metric);
  }

  /**
   * @param y_true labels [N], int64, int32 or uint8.
   * @param y_pred embeddings [N, D], floating; float16 is computed in float32.
   * @returns the loss, 0-d, of the dtype of `y_pred`.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, a metric that gives no matrix.
   */
  call(y_true: Tensor, y_pred: Tensor): Tensor {
    const { name } = this;
    requireBatch({ fn: name, embeddings: 'y_pred', labels: 'y_true', call: 'call(y_true, y_pred)' }, y_pred, y_true);
    const precise = y_pred.dtype === 'float16' ? y_pred.float() : y_pred;
    const distances = this.distancesOf(precise);
    requireDistances(name, distances, precise);
    const same = sameLabels(y_true);
    const positives = same.logical_and(distinctRows(y_true)).to(distances.dtype);
    return this.reduce(distances, positives, same.logical_not()).to(y_pred.dtype);
  }

  /** The loss from distances [N, N], positives (0 or 1, without the diagonal) and negatives (bool). */
  protected abstract reduce(distances: Tensor, positives: Tensor, negatives: Tensor): Tensor;
}

/**
 * TensorFlow Addons' `tfa.losses.TripletHardLoss`: mean over rows of max(hp − hn + margin, 0), with hp the largest
 * distance to another row of the label (the row's smallest distance, 0, without one) and hn the smallest to another
 * label (the row's largest without one). With `soft`, mean log(1 + exp(hp − hn)), which overflows for gaps above 88 in
 * float32.
 *
 * Rows without a positive count; a batch of one label costs the margin. Ties share the gradient evenly; the hinge is
 * active where it is exactly zero.
 * Origin: seed 003, tensorflow/addons.
 * @example const loss = new TripletHardLoss({ margin: 0.5 }).call(labels, embeddings);
 */
export class TripletHardLoss extends TripletLossOverBatch {
  readonly soft: boolean;

  /** @param options `margin` 1, `soft` false, `distance_metric` 'L2'. */
  constructor(options: TripletHardOptions = {}) {
    super('TripletHardLoss', options);
    this.soft = options.soft ?? false;
  }

  protected override reduce(distances: Tensor, positives: Tensor, negatives: Tensor): Tensor {
    const hardNegatives = maskedMinimum(distances, negatives.to(distances.dtype), 1);
    const gaps = maskedMaximum(distances, positives, 1).sub(hardNegatives);
    const terms = this.soft ? gaps.exp().log1p() : gaps.add(this.margin).clamp({ min: 0 });
    return terms.mean();
  }
}

/**
 * TensorFlow Addons' `tfa.losses.TripletSemiHardLoss`: over all positive pairs (i, j) the mean of
 * max(margin + D_ij − D_ik, 0), where k is the closest negative of i that is farther than j, or the farthest negative
 * if none is. The margin has no part in that choice. Needs N³ elements.
 *
 * A batch without a positive pair gives NaN (0 / 0), as in the origin. Without negatives D_ik is the row's smallest
 * distance, 0. Ties share the gradient evenly; the hinge is active where it is exactly zero.
 * Origin: seed 003, tensorflow/addons.
 * @example const loss = new TripletSemiHardLoss({ distance_metric: 'angular' }).call(labels, embeddings);
 */
export class TripletSemiHardLoss extends TripletLossOverBatch {
  /** @param options `margin` 1, `distance_metric` 'L2'. */
  constructor(options: TripletSemiHardOptions = {}) {
    super('TripletSemiHardLoss', options);
  }

  protected override reduce(distances: Tensor, positives: Tensor, negatives: Tensor): Tensor {
    // [i, j, k]: k is a negative of i, and farther from it than j.
    const ik = distances.unsqueeze(1);
    const farther = negatives.unsqueeze(1).logical_and(ik.gt(distances.unsqueeze(2)));
    const outside = maskedMinimum(ik, farther.to(distances.dtype), 2).squeeze(2);
    const inside = maskedMaximum(distances, negatives.to(distances.dtype), 1);
    const chosen = where(farther.any(2), outside, inside);
    const terms = distances.sub(chosen).add(this.margin).mul(positives).clamp({ min: 0 });
    return terms.sum().div(positives.sum());
  }
}
