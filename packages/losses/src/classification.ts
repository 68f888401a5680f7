/** Cross entropies of ReID repositories, each with its own way of smoothing labels. */
import { arange, nn, no_grad, where } from '@reidgrad/core';
import { badArgument, requireCount, requireList } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { requireClasses, requireNumber } from './validate.js';

const { log_softmax, softmax } = nn.functional;

/** True at [row, class] where the class is the row's label, bool [N, K]. */
function isLabel(labels: Tensor, classes: number): Tensor {
  return labels.unsqueeze(1).eq(arange(classes, { dtype: labels.dtype }));
}

/** mean_i Σ_c −q_ic log p_ic with q = (1 − epsilon) · one-hot + epsilon / K. */
function smoothedCrossEntropy(fn: string, inputs: Tensor, targets: Tensor, classes: number, epsilon: number): Tensor {
  requireClasses(fn, ['inputs', 'targets'], inputs, targets, classes);
  const log_probs = log_softmax(inputs, 1);
  const smooth = isLabel(targets, classes)
    .to(inputs.dtype)
    .mul(1 - epsilon)
    .add(epsilon / classes);
  return smooth.neg().mul(log_probs).mean(0).sum();
}

/**
 * Cross entropy with smoothed labels q = (1 − epsilon) · one-hot + epsilon / K: the mean over rows of Σ −q log p. Equal to
 * `nn.CrossEntropyLoss({ label_smoothing: epsilon })`, and not to fast-reid's form, which spreads epsilon / (K − 1).
 * Origin: reid-strong-baseline and ReID-Survey, layers/triplet_loss.py.
 * @example const loss = new CrossEntropyLabelSmooth(751).forward(logits, labels);
 */
export class CrossEntropyLabelSmooth extends nn.Module {
  /**
   * @param num_classes K.
   * @param epsilon share that is spread. Default 0.1.
   * @param use_gpu accepted for ported code and not used.
   */
  constructor(
    readonly num_classes: number,
    readonly epsilon = 0.1,
    readonly use_gpu = true,
  ) {
    super();
    requireCount('CrossEntropyLabelSmooth', 'num_classes', num_classes);
    requireNumber('CrossEntropyLabelSmooth', 'epsilon', epsilon);
  }

  /**
   * @param inputs logits [N, K], floating.
   * @param targets labels [N], integers from 0 to K − 1.
   * @returns the loss, 0-d.
   * @throws for other shapes and dtypes and for labels out of range.
   */
  override forward(inputs: Tensor, targets: Tensor): Tensor {
    return smoothedCrossEntropy('CrossEntropyLabelSmooth', inputs, targets, this.num_classes, this.epsilon);
  }
}

/**
 * torchreid's `CrossEntropyLoss`: `CrossEntropyLabelSmooth` that can be switched off.
 * Origin: KaiyangZhou/deep-person-reid, torchreid/losses/cross_entropy_loss.py.
 * @example const loss = new TorchreidCrossEntropyLoss(751, 0.1, true, false).forward(logits, labels);
 */
export class TorchreidCrossEntropyLoss extends nn.Module {
  readonly epsilon: number;

  /**
   * @param num_classes K.
   * @param eps share that is spread. Default 0.1.
   * @param use_gpu accepted for ported code and not used.
   * @param label_smooth false counts `eps` as 0. Default true.
   */
  constructor(
    readonly num_classes: number,
    eps = 0.1,
    readonly use_gpu = true,
    label_smooth = true,
  ) {
    super();
    requireCount('TorchreidCrossEntropyLoss', 'num_classes', num_classes);
    requireNumber('TorchreidCrossEntropyLoss', 'eps', eps);
    this.epsilon = label_smooth ? eps : 0;
  }

  /** As `CrossEntropyLabelSmooth.forward`. */
  override forward(inputs: Tensor, targets: Tensor): Tensor {
    return smoothedCrossEntropy('TorchreidCrossEntropyLoss', inputs, targets, this.num_classes, this.epsilon);
  }
}

/**
 * fast-reid's `cross_entropy_loss`: Σ_i l_i / max(number of l_i that are not 0, 1) with l_i = Σ_c −q_ic log p_ic, q 1 − s at the
 * label and s / (K − 1) elsewhere. s is `eps`, or for a negative `eps` adaptive: alpha · p_i(label), a constant for the
 * gradient.
 * Origin: JDAI-CV/fast-reid, fastreid/modeling/losses/cross_entroy_loss.py.
 * @param pred_class_outputs logits [N, K], floating.
 * @param gt_classes labels [N], integers from 0 to K − 1.
 * @param eps share that is spread; negative for adaptive.
 * @param alpha of the adaptive share. Default 0.2.
 * @returns the loss, 0-d.
 * @throws for other shapes and dtypes and for labels out of range.
 * @example const loss = fastreid_cross_entropy_loss(logits, labels, 0.1);
 */
export function fastreid_cross_entropy_loss(
  pred_class_outputs: Tensor,
  gt_classes: Tensor,
  eps: number,
  alpha = 0.2,
): Tensor {
  const fn = 'fastreid_cross_entropy_loss';
  requireNumber(fn, 'eps', eps);
  requireNumber(fn, 'alpha', alpha);
  requireClasses(fn, ['pred_class_outputs', 'gt_classes'], pred_class_outputs, gt_classes);
  const classes = pred_class_outputs.size(1);
  const label = isLabel(gt_classes, classes);
  const targets = no_grad(() => {
    const zeros = pred_class_outputs.mul(0);
    const spread =
      eps >= 0 ? zeros.add(eps) : where(label, softmax(pred_class_outputs, 1), 0).sum(1, true).mul(alpha).add(zeros);
    return where(label, spread.neg().add(1), spread.div(classes - 1));
  });
  const loss = targets.neg().mul(log_softmax(pred_class_outputs, 1)).sum(1);
  const counted = no_grad(() => loss.ne(0).to(loss.dtype).sum().clamp({ min: 1 }));
  return loss.sum().div(counted);
}

/**
 * fast-reid's `focal_loss`: −alpha (1 − p)^gamma log p of each row's label. p is a plain softmax, so that a probability that
 * rounds to 0 gives infinity and a gradient of NaN, as in the origin.
 * Origin: JDAI-CV/fast-reid, fastreid/modeling/losses/focal_loss.py.
 * @param input logits [N, K], floating.
 * @param target labels [N], integers from 0 to K − 1.
 * @param alpha factor.
 * @param gamma focusing exponent. Default 2.
 * @param reduction default `'mean'`.
 * @returns 0-d, or [N] with `'none'`.
 * @throws for other shapes and dtypes, labels out of range and other reductions.
 * @example const loss = focal_loss(logits, labels, 0.25);
 */
export function focal_loss(
  input: Tensor,
  target: Tensor,
  alpha: number,
  gamma = 2,
  reduction: 'none' | 'mean' | 'sum' = 'mean',
): Tensor {
  requireNumber('focal_loss', 'alpha', alpha);
  requireNumber('focal_loss', 'gamma', gamma);
  requireClasses('focal_loss', ['input', 'target'], input, target);
  const probabilities = softmax(input, 1);
  const focal = probabilities.neg().add(1).pow(gamma).mul(-alpha).mul(probabilities.log());
  const rows = isLabel(target, input.size(1)).to(input.dtype).mul(focal).sum(1);
  if (reduction === 'none') return rows;
  if (reduction === 'mean') return rows.mean();
  if (reduction === 'sum') return rows.sum();
  throw badArgument('focal_loss', 'reduction', reduction, "'none', 'mean' or 'sum'");
}

/**
 * torchreid's `DeepSupervision`: the mean of `criterion(x, y)` over the outputs xs of one network.
 * Origin: KaiyangZhou/deep-person-reid, torchreid/losses/__init__.py.
 * @param criterion a loss of one output and the labels.
 * @param xs at least one output.
 * @returns what `criterion` returns, averaged.
 * @throws for no outputs.
 * @example DeepSupervision((x, y) => criterion.forward(x, y), [logits, auxiliary], labels);
 */
export function DeepSupervision(criterion: (x: Tensor, y: Tensor) => Tensor, xs: readonly Tensor[], y: Tensor): Tensor {
  requireList('DeepSupervision', 'xs', xs, 'outputs');
  if (xs.length === 0) throw badArgument('DeepSupervision', 'xs', xs, 'a list of at least one output');
  return xs
    .map((x) => criterion(x, y))
    .reduce((total, loss) => total.add(loss))
    .div(xs.length);
}
