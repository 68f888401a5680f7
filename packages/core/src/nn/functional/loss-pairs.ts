/** Losses of distributions, pairs and margins that single ReID systems use. */
import { Function as AutogradFunction } from '../../autograd/function.js';
import type { FunctionContext } from '../../autograd/function.js';
import { isInteger } from '../../dtype.js';
import { api, badArgument, requireTensor, show } from '../../errors.js';
import { arange } from '../../functions/create.js';
import { gather, gatherAs } from '../../functions/indexing.js';
import * as P from '../../functions/pointwise.js';
import { sum } from '../../functions/reduce.js';
import { reshape, squeeze, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { pairwise_distance, requireSameShape } from './loss.js';
import { reduceLoss } from './reduction.js';
import type { LossOptions, Reduction } from './reduction.js';

/** Options of `kl_div`. */
export interface KlDivOptions {
  /** 'batchmean' divides the sum by the batch size, which is the mathematical divergence. Default 'mean'. */
  reduction?: Reduction | 'batchmean';
  /** The target holds logarithms too. Default false. */
  log_target?: boolean;
}

/** target · (log target − input), where `input` holds log probabilities. Throws unless both have one shape. */
export const kl_div = api(
  'kl_div input target options=',
  (input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor => {
    requireSameShape('kl_div', input, target);
    const { reduction = 'mean', log_target = false } = options;
    // 0 log 0 is 0; the logarithm of the branch not taken is that of 1.
    const zero = P.eq(target, 0);
    const terms = log_target
      ? P.mul(P.exp(target), P.sub(target, input))
      : P.sub(P.where(zero, 0, P.mul(target, P.log(P.where(zero, 1, target)))), P.mul(target, input));
    if (reduction === 'batchmean') return P.div(sum(terms), input.ndim === 0 ? 1 : input.size(0));
    return reduceLoss('kl_div', terms, reduction);
  },
);

/** Options of `smooth_l1_loss`. */
export interface SmoothL1Options extends LossOptions {
  /** Where the parabola ends. Default 1; with 0 the loss is `l1_loss`. */
  beta?: number;
}

/** d² / (2 beta) where |d| is below beta, |d| − beta / 2 above. Throws for a negative beta and other shapes. */
export const smooth_l1_loss = api(
  'smooth_l1_loss input target options=',
  (input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor => {
    const { beta = 1 } = options;
    requireSameShape('smooth_l1_loss', input, target);
    if (!(beta >= 0)) throw badArgument('smooth_l1_loss', 'beta', beta, 'a number of at least 0');
    const difference = P.sub(input, target);
    const gap = P.abs(difference);
    if (beta === 0) return reduceLoss('smooth_l1_loss', gap, options.reduction);
    // Not of the gap, whose slope at 0 is 0: the second derivative is 1 / beta there too.
    const curved = P.div(P.mul(P.square(difference), 0.5), beta);
    const loss = P.where(P.lt(gap, beta), curved, P.sub(gap, 0.5 * beta));
    return reduceLoss('smooth_l1_loss', loss, options.reduction);
  },
);

/** Options of `huber_loss`. */
export interface HuberOptions extends LossOptions {
  /** Where the parabola ends. Default 1. */
  delta?: number;
}

/** d² / 2 where |d| is below delta, delta (|d| − delta / 2) above. Throws unless delta is positive. */
export const huber_loss = api(
  'huber_loss input target options=',
  (input: Tensor, target: Tensor, options: HuberOptions = {}): Tensor => {
    const { delta = 1 } = options;
    requireSameShape('huber_loss', input, target);
    if (!(delta > 0)) throw badArgument('huber_loss', 'delta', delta, 'a positive number');
    const difference = P.sub(input, target);
    const gap = P.abs(difference);
    const loss = P.where(P.lt(gap, delta), P.mul(P.square(difference), 0.5), P.mul(P.sub(gap, 0.5 * delta), delta));
    return reduceLoss('huber_loss', loss, options.reduction);
  },
);

/** PyTorch's own gradient: at saturated probabilities the composite's would be NaN. */
class BinaryCrossEntropy extends AutogradFunction {
  static forward(ctx: FunctionContext, input: Tensor, target: Tensor): Tensor {
    ctx.save_for_backward(input, target);
    const [no, yes] = [P.log1p(P.neg(input)), P.log(input)].map((logarithm) => P.clamp_min(logarithm, -100));
    return P.sub(P.mul(P.sub(target, 1), no), P.mul(target, yes));
  }

  static backward(ctx: FunctionContext, grad: Tensor): (Tensor | null)[] {
    const [input, target] = ctx.saved_tensors;
    const spread = P.clamp_min(P.mul(input, P.sub(1, input)), 1e-12);
    return [
      P.div(P.mul(grad, P.sub(input, target)), spread),
      ctx.needs_input_grad[1] ? P.mul(grad, P.sub(P.log1p(P.neg(input)), P.log(input))) : null,
    ];
  }
}

/** Options of `binary_cross_entropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Factor per element, broadcast. */
  weight?: Tensor | null;
}

/**
 * Cross entropy of probabilities with `target` in [0, 1]; logarithms count at least −100. Prefer the form with logits.
 * @throws unless both have one shape.
 */
export const binary_cross_entropy = api(
  'binary_cross_entropy input target options= weight',
  (input: Tensor, target: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor => {
    requireSameShape('binary_cross_entropy', input, target);
    const loss = BinaryCrossEntropy.apply(input, target);
    return reduceLoss('binary_cross_entropy', options.weight ? P.mul(loss, options.weight) : loss, options.reduction);
  },
);

/** Options of losses with a margin. */
export interface MarginOptions extends LossOptions {
  margin?: number;
}

/**
 * 1 − cos(x1, x2) where the target is 1, max(0, cos − margin) where it is −1. Default margin 0.
 * @param x1 [N, D] or [D]; `target` [N] or a number.
 * @throws unless x1 and x2 have one shape and the target has that without the last dim.
 */
export const cosine_embedding_loss = api(
  'cosine_embedding_loss input1 input2 target options= margin',
  (x1: Tensor, x2: Tensor, target: Tensor, options: MarginOptions = {}): Tensor => {
    const name = 'cosine_embedding_loss';
    requireSameShape(name, x1, x2, ['input1', 'input2']);
    if (target.shape.join() !== x1.shape.slice(0, -1).join()) {
      throw badArgument(name, 'target', target, `one number per row of input1 ${show(x1)}`);
    }
    const length = (x: Tensor): Tensor => P.add(sum(P.mul(x, x), -1), 1e-12);
    const cosine = P.div(sum(P.mul(x1, x2), -1), P.sqrt(P.mul(length(x1), length(x2))));
    const apart = P.clamp_min(P.sub(cosine, options.margin ?? 0), 0);
    const loss = P.where(P.eq(target, 1), P.sub(1, cosine), P.where(P.eq(target, -1), apart, P.mul(cosine, 0)));
    return reduceLoss(name, loss, options.reduction);
  },
);

/** The input where the target is 1, max(0, margin − input) where it is −1. Default margin 1. */
export const hinge_embedding_loss = api(
  'hinge_embedding_loss input target options= margin',
  (input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor => {
    requireSameShape('hinge_embedding_loss', input, target);
    const apart = P.clamp_min(P.sub(options.margin ?? 1, input), 0);
    const loss = P.add(
      P.where(P.ne(target, 1), apart, P.mul(apart, 0)),
      P.where(P.ne(target, -1), input, P.mul(input, 0)),
    );
    return reduceLoss('hinge_embedding_loss', loss, options.reduction);
  },
);

/** Options of `multi_margin_loss`. */
export interface MultiMarginOptions extends MarginOptions {
  /** Power of each term, 1 (default) or 2. */
  p?: 1 | 2;
  /** Factor per class, [C]. */
  weight?: Tensor | null;
}

/**
 * Σ max(0, margin − x[label] + x[i])^p over the other classes i, divided by the number of classes. Default margin 1.
 * @param input [N, C] or [C]; `target` class indices [N] or a number.
 * @throws for other shapes, floating labels, and another p.
 */
export const multi_margin_loss = api(
  'multi_margin_loss input target options= p margin weight',
  (input: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor => {
    const name = 'multi_margin_loss';
    const { p = 1, margin = 1, weight } = options;
    if (p !== 1 && p !== 2) throw badArgument(name, 'p', p, '1 or 2');
    const expected = input.shape.slice(0, -1).join(', ');
    if (input.ndim < 1 || input.ndim > 2) throw badArgument(name, 'input', input, '[N, C] or [C]');
    if (!isInteger(target.dtype) || target.shape.join(', ') !== expected) {
      throw badArgument(name, 'target', target, `class indices int64[${expected}] for input ${show(input)}`);
    }
    const classes = input.size(-1);
    const labels = unsqueeze(P.cast(target, 'int64'), -1);
    const own = gatherAs({ fn: name, argument: 'target' }, input, -1, labels);
    const hinges = P.relu(P.add(P.sub(input, own), margin));
    const others = P.ne(arange(classes), labels);
    const powered = P.where(others, p === 1 ? hinges : P.square(hinges), 0);
    const total = P.div(sum(powered, -1), classes);
    if (!weight) return reduceLoss(name, total, options.reduction);
    if (weight.shape.join() !== String(classes))
      throw badArgument(name, 'weight', weight, `[${classes}], one number per class`);
    const factors = gather(weight, 0, reshape(labels, [-1]));
    return reduceLoss(name, P.mul(total, input.ndim === 1 ? squeeze(factors, 0) : factors), options.reduction);
  },
);

/** Options of `triplet_margin_with_distance_loss`. */
export interface TripletDistanceOptions extends LossOptions {
  /** Distance of rows. Default `pairwise_distance`. */
  distance_function?: ((a: Tensor, b: Tensor) => Tensor) | null;
  /** Default 1. */
  margin?: number;
  /** Take the distance from the positive to the negative where it is the smaller one. Default false. */
  swap?: boolean;
}

/** max(0, d(anchor, positive) − d(anchor, negative) + margin) with a distance of your own. */
export function triplet_margin_with_distance_loss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  const name = 'triplet_margin_with_distance_loss';
  const { margin = 1, swap = false } = options;
  const distance = options.distance_function ?? ((a: Tensor, b: Tensor) => pairwise_distance(a, b));
  for (const [argument, x] of Object.entries({ anchor, positive, negative })) {
    requireTensor(name, argument, x);
    requireSameShape(name, anchor, x, ['anchor', argument]);
  }
  const near = distance(anchor, positive);
  const direct = distance(anchor, negative);
  const far = swap ? P.minimum(direct, distance(positive, negative)) : direct;
  return reduceLoss(name, P.clamp_min(P.add(P.sub(near, far), margin), 0), options.reduction);
}
