/** Losses between elements and between vectors. */
import { describe, isFloating } from '../../dtype.js';
import * as P from '../../functions/pointwise.js';
import { norm, sum } from '../../functions/reduce.js';
import type { Tensor } from '../../tensor.js';
import { logsigmoid } from './activation.js';
import { reduceLoss } from './reduction.js';
import type { LossOptions } from './reduction.js';

const text = (x: Tensor): string => describe(x.dtype, x.shape);

/** @internal Throws unless input and target have one shape. */
export function requireSameShape(name: string, input: Tensor, target: Tensor): void {
  if (input.shape.join() === target.shape.join()) return;
  throw new Error(`${name}: target: got ${text(target)}, expected the input's shape [${input.shape.join(', ')}]`);
}

/** (input − target)². Throws unless both have one shape. */
export function mse_loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape('mse_loss', input, target);
  return reduceLoss('mse_loss', P.square(P.sub(input, target)), options.reduction);
}

/** |input − target|. Throws unless both have one shape. */
export function l1_loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape('l1_loss', input, target);
  return reduceLoss('l1_loss', P.abs(P.sub(input, target)), options.reduction);
}

/** Options of `binary_cross_entropy_with_logits`. */
export interface BceOptions extends LossOptions {
  /** Factor per element, broadcast. */
  weight?: Tensor | null;
  /** Factor of the positive class, broadcast. */
  pos_weight?: Tensor | null;
}

/** Cross entropy of sigmoid(input) with `target` in [0, 1], without overflow. Throws unless both have one shape. */
export function binary_cross_entropy_with_logits(input: Tensor, target: Tensor, options: BceOptions = {}): Tensor {
  const name = 'binary_cross_entropy_with_logits';
  requireSameShape(name, input, target);
  const { weight, pos_weight } = options;
  const logSigmoid = logsigmoid(input);
  const negative = P.mul(P.sub(1, target), input);
  const scale = pos_weight ? P.add(P.mul(P.sub(pos_weight, 1), target), 1) : null;
  const loss = P.sub(negative, scale === null ? logSigmoid : P.mul(scale, logSigmoid));
  return reduceLoss(name, weight ? P.mul(loss, weight) : loss, options.reduction);
}

/** Options of `margin_ranking_loss`. */
export interface MarginRankingOptions extends LossOptions {
  /** Default 0. */
  margin?: number;
}

/**
 * max(0, −target · (input1 − input2) + margin). The gradient is active where the hinge is exactly 0, as in PyTorch.
 * @param target 1 where `input1` should be larger, −1 where `input2` should.
 * @throws unless all three have equal rank.
 */
export function margin_ranking_loss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginRankingOptions = {},
): Tensor {
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new Error(
      `margin_ranking_loss: expected input1, input2 and target of equal rank, got ${text(input1)}, ${text(input2)} and ${text(target)}`,
    );
  }
  const margin = options.margin ?? 0;
  const gap = P.mul(P.neg(target), P.sub(input1, input2));
  return reduceLoss('margin_ranking_loss', P.clamp_min(margin === 0 ? gap : P.add(gap, margin), 0), options.reduction);
}

/**
 * log1p(e^(−target · input)), literally as PyTorch: it overflows to infinity for a wrong sign beyond 88 (float32).
 * @param target 1 or −1 per element.
 * @throws unless both have one shape.
 */
export function soft_margin_loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape('soft_margin_loss', input, target);
  const loss = P.log1p(P.exp(P.mul(P.neg(target), input)));
  return reduceLoss('soft_margin_loss', loss, options.reduction);
}

/** Options of `pairwise_distance`. */
export interface PairwiseOptions {
  /** Order of the norm. Default 2. */
  p?: number;
  /** Added to every difference. Default 1e-6. */
  eps?: number;
  /** Keep the last dim with size 1. Default false. */
  keepdim?: boolean;
}

/** The p-norm of x1 − x2 + eps along the last dim: [n, d] and [n, d] give [n]. */
export function pairwise_distance(x1: Tensor, x2: Tensor, options: PairwiseOptions = {}): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  return norm(P.add(P.sub(x1, x2), eps), p, -1, keepdim);
}

/** The cosine of the angle between x1 and x2 along `dim` (default 1); norms count at least `eps` (default 1e-8). */
export function cosine_similarity(x1: Tensor, x2: Tensor, options: { dim?: number; eps?: number } = {}): Tensor {
  const { dim = 1, eps = 1e-8 } = options;
  for (const x of [x1, x2]) {
    if (!isFloating(x.dtype)) throw new Error(`cosine_similarity: expected floating tensors, got ${text(x)}`);
  }
  const unit = (x: Tensor): Tensor => P.div(x, P.clamp_min(norm(x, 2, dim, true), eps));
  return sum(P.mul(unit(x1), unit(x2)), dim);
}

/** Options of `triplet_margin_loss`. */
export interface TripletMarginOptions extends LossOptions {
  /** Default 1. */
  margin?: number;
  /** Order of the norm. Default 2. */
  p?: number;
  /** Added to every difference. Default 1e-6. */
  eps?: number;
  /** Take the distance from the positive to the negative where it is the smaller one. Default false. */
  swap?: boolean;
}

/** max(0, d(anchor, positive) − d(anchor, negative) + margin) with `pairwise_distance`; all [n, d]. */
export function triplet_margin_loss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  const { margin = 1, p = 2, eps = 1e-6, swap = false } = options;
  requireSameShape('triplet_margin_loss', anchor, positive);
  requireSameShape('triplet_margin_loss', anchor, negative);
  const near = pairwise_distance(anchor, positive, { p, eps });
  const direct = pairwise_distance(anchor, negative, { p, eps });
  const far = swap ? P.minimum(direct, pairwise_distance(positive, negative, { p, eps })) : direct;
  return reduceLoss('triplet_margin_loss', P.clamp_min(P.add(P.sub(near, far), margin), 0), options.reduction);
}
