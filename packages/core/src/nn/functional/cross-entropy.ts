/** Losses of classification. */
import { dispatch } from '../../dispatch.js';
import { isFloating, isInteger } from '../../dtype.js';
import { api, badArgument, requireShare, show } from '../../errors.js';
import { indexText } from '../../functions/indexing.js';
import * as P from '../../functions/pointwise.js';
import { log_softmax, sum } from '../../functions/reduce.js';
import { reshape, squeeze, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { check } from '../../trace/check.js';
import { checkReduction, reduceLoss } from './reduction.js';
import type { LossOptions } from './reduction.js';

/** Options of `nll_loss`. */
export interface NllOptions extends LossOptions {
  /** Factor per class, [C]. */
  weight?: Tensor | null;
  /** Rows with this label do not count. Default −100. */
  ignore_index?: number;
}

/** Options of `cross_entropy`. */
export interface CrossEntropyOptions extends NllOptions {
  /** How much of each target is spread evenly over all classes, 0 to 1. Default 0. */
  label_smoothing?: number;
}

/** The shape of labels for an input: its own without the class dim 1 (dim 0 of a single row). */
const labelShape = (input: Tensor): number[] => input.shape.filter((_, i) => i !== (input.ndim === 1 ? 0 : 1));

function requireWeight(name: string, weight: Tensor | null | undefined, classes: number): void {
  if (weight && (weight.ndim !== 1 || weight.size(0) !== classes)) {
    throw badArgument(name, 'weight', weight, `one number per class, [${classes}]`);
  }
}

function requireLabels(name: string, input: Tensor, target: Tensor): void {
  const expected = labelShape(input);
  if (!isInteger(target.dtype)) {
    throw badArgument(name, 'target', target, `class indices int64[${expected.join(', ')}]; convert it with .long()`);
  }
  if (target.shape.join() !== expected.join()) {
    throw badArgument(
      name,
      'target',
      target,
      `class indices of shape [${expected.join(', ')}] for input ${show(input)}`,
    );
  }
}

/** Labels with the ignored ones replaced by 0, and which count. Labels out of range are rejected with their row. */
function countedLabels(
  name: string,
  target: Tensor,
  classes: number,
  ignored: number,
): { labels: Tensor; counts: Tensor } {
  const wide = P.cast(target, 'int64');
  const counts = P.ne(wide, ignored);
  const labels = P.where(counts, wide, 0);
  check(P.logical_and(P.ge(labels, 0), P.lt(labels, classes)), (rows) =>
    indexText(name, 'target', target, rows, [0, classes - 1], 'row'),
  );
  return { labels, counts };
}

interface Rows {
  /** Log probabilities [N, C, ...]. */
  logits: Tensor;
  labels: Tensor;
  /** Weight of each label, 0 where ignored. */
  factors: Tensor;
  /** Where the label counts, as bool. */
  counts: Tensor;
}

function rowsOf(name: string, logits: Tensor, target: Tensor, options: NllOptions): Rows {
  requireLabels(name, logits, target);
  const single = logits.ndim === 1;
  const batch = single ? unsqueeze(logits, 0) : logits;
  const classes = batch.size(1);
  const { weight, ignore_index = -100 } = options;
  requireWeight(name, weight, classes);
  const { labels, counts } = countedLabels(name, single ? unsqueeze(target, 0) : target, classes, ignore_index);
  const mask = P.cast(counts, batch.dtype);
  if (!weight) return { logits: batch, labels, factors: mask, counts };
  const picked = dispatch('index_select', [weight, reshape(labels, [-1])], { dim: 0 });
  const factors = P.mul(labels.ndim === 1 ? picked : reshape(picked, labels.shape), mask);
  return { logits: batch, labels, factors, counts };
}

/** −log p of each label, times its weight; 0 where it does not count, whatever log p is. */
function pickedLoss({ logits, labels, factors, counts }: Rows): Tensor {
  const picked = squeeze(dispatch('gather', [logits, unsqueeze(labels, 1)], { dim: 1 }), 1);
  return P.where(counts, P.mul(P.neg(picked), factors), 0);
}

function finish(name: string, loss: Tensor, factors: Tensor, options: LossOptions, single: boolean): Tensor {
  const { reduction = 'mean' } = options;
  checkReduction(name, reduction);
  if (reduction === 'mean') return P.div(sum(loss), sum(factors));
  if (reduction === 'sum') return sum(loss);
  return single ? squeeze(loss, 0) : loss;
}

/**
 * −log p of the labels.
 * @param input log probabilities [N, C, ...] or [C].
 * @param target class indices [N, ...], an integer dtype.
 * @returns a 0-d tensor; with `reduction: 'none'` one per label. The mean divides by the sum of the weights.
 * @throws for float labels, other shapes, labels outside 0 to C − 1 (the message names the rows).
 */
export const nll_loss = api(
  'nll_loss input target options= weight',
  (input: Tensor, target: Tensor, options: NllOptions = {}): Tensor => {
    const rows = rowsOf('nll_loss', input, target, options);
    return finish('nll_loss', pickedLoss(rows), rows.factors, options, input.ndim === 1);
  },
);

/** Cross entropy with probabilities as targets. */
function withProbabilities(input: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor {
  const dim = input.ndim === 1 ? 0 : 1;
  const classes = input.size(dim);
  const { weight, label_smoothing: smoothing = 0, reduction = 'mean' } = options;
  requireWeight('cross_entropy', weight, classes);
  const smooth = smoothing === 0 ? target : P.add(P.mul(target, 1 - smoothing), smoothing / classes);
  const terms = P.mul(log_softmax(input, dim), smooth);
  const shape = input.shape.map((_, i) => (i === dim ? classes : 1));
  const loss = P.neg(sum(weight ? P.mul(terms, reshape(weight, shape)) : terms, dim));
  return reduceLoss('cross_entropy', loss, reduction);
}

/**
 * Cross entropy of softmax(input) with the target, as `F.cross_entropy`.
 * @param input logits [N, C, ...] or [C].
 * @param target class indices [N, ...] of an integer dtype, or probabilities of the input's shape.
 * @returns a 0-d tensor; with `reduction: 'none'` one per label.
 * @throws for float labels, other shapes, labels outside 0 to C − 1 (the message names the rows).
 * @example cross_entropy(logits, labels, { label_smoothing: 0.1 });
 */
export const cross_entropy = api(
  'cross_entropy input target options= weight',
  (input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor => {
    const name = 'cross_entropy';
    const { label_smoothing: smoothing = 0, weight } = options;
    if (input.ndim === 0 || !isFloating(input.dtype)) {
      throw badArgument(name, 'input', input, 'floating logits [N, C] or [C]');
    }
    requireShare(name, 'label_smoothing', smoothing);
    if (isFloating(target.dtype) && target.shape.join() === input.shape.join()) {
      return withProbabilities(input, target, options);
    }
    const rows = rowsOf(name, log_softmax(input, input.ndim === 1 ? 0 : 1), target, options);
    const picked = pickedLoss(rows);
    if (smoothing === 0) return finish(name, picked, rows.factors, options, input.ndim === 1);
    const { logits, counts } = rows;
    const classes = logits.size(1);
    const weighted = weight
      ? P.mul(
          logits,
          reshape(
            weight,
            logits.shape.map((_, i) => (i === 1 ? classes : 1)),
          ),
        )
      : logits;
    const spread = P.where(counts, P.neg(sum(weighted, 1)), 0);
    const loss = P.add(P.mul(picked, 1 - smoothing), P.mul(spread, smoothing / classes));
    return finish(name, loss, rows.factors, options, input.ndim === 1);
  },
);
