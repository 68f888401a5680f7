import { nn, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { settingsOf } from './family/options.js';
import type { EmptyRows, RowOptions, Ties } from './family/options.js';
import { Batch } from './family/parts/batch.js';
import type { RowDistance } from './family/parts/distance.js';
import { maskedMaximum } from './family/parts/extremes.js';
import { pairsOfOthers } from './family/parts/mask.js';
import { hardestShifted } from './family/parts/miner.js';
import { fullRows, meanOverRows, requireFullRows } from './family/parts/reducer.js';
import { closestFarther } from './subcubic/closest-farther.js';
import { metricOf } from './tfa-distances.js';
import type { DistanceMetric } from './tfa-distances.js';
import { requireBatch, requireNumber } from './validate.js';
import type { CallNames } from './validate.js';

/** Options of `TripletSemiHardLoss`. */
export interface TripletSemiHardOptions extends RowOptions {
  /** Default 1. */
  margin?: number;
  /** Default `'L2'`. A function gives the whole matrix, so that it does not go with `rows_per_tile`. */
  distance_metric?: DistanceMetric;
}

/** Options of `TripletHardLoss`. */
export interface TripletHardOptions extends TripletSemiHardOptions {
  /** log(1 + exp(hp − hn)) instead of the hinge; `margin` is then unused. Default false. */
  soft?: boolean;
  /** Take the soft form without overflow. Default false. */
  stable?: boolean;
}

/** What the two losses share: arguments, distances, masks, and float16 computed in float32. */
abstract class TripletLossOverBatch {
  readonly margin: number;
  readonly distance_metric: DistanceMetric;
  readonly ties: Ties;
  readonly empty_rows: EmptyRows;
  readonly rows_per_tile: number | null;
  protected readonly distance: RowDistance;

  protected constructor(
    readonly name: string,
    options: TripletSemiHardOptions,
  ) {
    const { margin = 1, distance_metric = 'L2' } = options;
    requireNumber(name, 'margin', margin);
    this.margin = margin;
    this.distance_metric = distance_metric;
    this.distance = metricOf(name, distance_metric);
    const { ties, empty_rows, rows_per_tile } = settingsOf(name, 'even', options);
    if (rows_per_tile !== null && typeof distance_metric === 'function') {
      throw new Error(
        `${name}: rows_per_tile ${rows_per_tile} needs a distance_metric by name, got a function, which gives the whole matrix`,
      );
    }
    this.ties = ties;
    this.empty_rows = empty_rows;
    this.rows_per_tile = rows_per_tile;
  }

  /**
   * @param y_true labels [N], int64, int32 or uint8.
   * @param y_pred embeddings [N, D], floating; float16 is computed in float32.
   * @returns the loss, 0-d, of the dtype of `y_pred`.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, a metric that gives no matrix.
   */
  call(y_true: Tensor, y_pred: Tensor): Tensor {
    const { name } = this;
    const names: CallNames = { fn: name, embeddings: 'y_pred', labels: 'y_true', call: 'call(y_true, y_pred)' };
    requireBatch(names, y_pred, y_true);
    const precise = y_pred.dtype === 'float16' ? y_pred.float() : y_pred;
    return this.lossOf(names, precise, new Batch(name, y_true, this.rows_per_tile)).to(y_pred.dtype);
  }

  /** The loss of embeddings [N, D]. */
  protected abstract lossOf(names: CallNames, embeddings: Tensor, batch: Batch): Tensor;
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
  readonly stable: boolean;

  /** @param options `margin` 1, `soft` false, `stable` false, `distance_metric` 'L2'; others: `RowOptions`. */
  constructor(options: TripletHardOptions = {}) {
    super('TripletHardLoss', options);
    this.soft = options.soft ?? false;
    this.stable = options.stable ?? false;
  }

  protected override lossOf(names: CallNames, embeddings: Tensor, batch: Batch): Tensor {
    const { ties } = this;
    const form = (positive: Tensor, negative: Tensor): Tensor => {
      const gaps = positive.sub(negative);
      if (!this.soft) return gaps.add(this.margin).clamp({ min: 0 });
      return this.stable ? nn.functional.logsigmoid(gaps.neg()).neg() : gaps.exp().log1p();
    };
    return meanOverRows(batch, embeddings, {
      names,
      emptyRows: this.empty_rows,
      distance: this.distance,
      mine: (distances, pairs) => hardestShifted(distances, pairsOfOthers(pairs), ties),
      form,
    }).loss;
  }
}

/**
 * TensorFlow Addons' `tfa.losses.TripletSemiHardLoss`: over all positive pairs (i, j) the mean of
 * max(margin + D_ij − D_ik, 0), where k is the closest negative of i that is farther than j, or the farthest negative
 * if none is. The margin has no part in that choice. O(N² log N) time and O(N²) memory (of one tile with
 * `rows_per_tile`).
 *
 * A batch without a positive pair gives NaN (0 / 0), as in the origin. Without negatives D_ik is the row's smallest
 * distance, 0. Ties share the gradient evenly; the hinge is active where it is exactly zero.
 * Origin: seed 003, tensorflow/addons.
 * @example const loss = new TripletSemiHardLoss({ distance_metric: 'angular' }).call(labels, embeddings);
 */
export class TripletSemiHardLoss extends TripletLossOverBatch {
  /** @param options `margin` 1, `distance_metric` 'L2'; `empty_rows` (by rows of pairs) and others: `RowOptions`. */
  constructor(options: TripletSemiHardOptions = {}) {
    super('TripletSemiHardLoss', options);
  }

  protected override lossOf(names: CallNames, embeddings: Tensor, batch: Batch): Tensor {
    const { ties, empty_rows, margin } = this;
    if (empty_rows === 'throw') requireFullRows(names, batch);
    const { total, also } = batch.sumOver(embeddings, this.distance, (distances, pairs) => {
      const others = pairsOfOthers(pairs);
      const negatives = others.negative.to(distances.dtype);
      const positives = others.positive.to(distances.dtype);
      const { values: outside, exists } = closestFarther(distances, others.negative, ties);
      const chosen = where(exists, outside, maskedMaximum(distances, negatives, ties, 1));
      const terms = distances.sub(chosen).add(margin).mul(positives).clamp({ min: 0 });
      if (empty_rows === 'origin' || empty_rows === 'throw') return { terms: terms.sum(1), also: [positives.sum(1)] };
      const counted = others.positive.logical_and(fullRows(others).unsqueeze(1));
      const counts = empty_rows === 'skip' ? counted.to(terms.dtype) : positives;
      return { terms: where(counted, terms, 0).sum(1), also: [counts.sum(1)] };
    });
    const count = also[0].detach().sum();
    return total.div(empty_rows === 'skip' || empty_rows === 'zero' ? count.clamp({ min: 1 }) : count);
  }
}
