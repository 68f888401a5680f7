/** Losses between elements and between vectors. */
import { api, badArgument, show } from '../../errors.js';
import { broadcast_tensors } from '../../functions/arrange.js';
import * as P from '../../functions/pointwise.js';
import { norm, sum } from '../../functions/reduce.js';
import { requireFit, requireFloating } from '../../functions/require.js';
import type { Tensor } from '../../tensor.js';
import { logsigmoid } from './activation.js';
import { reduceLoss } from './reduction.js';
import type { LossOptions } from './reduction.js';

/** @internal Throws unless input and target have one shape. */
export function requireSameShape(
  fn: string,
  input: Tensor,
  target: Tensor,
  [first, second]: readonly [string, string] = ['input', 'target'],
): void {
  if (input.shape.join() === target.shape.join()) return;
  throw badArgument(fn, second, target, `the shape of ${first}, [${input.shape.join(', ')}]`);
}

/** (input − target)². Throws unless both have one shape. */
export const mse_loss = api(
  'mse_loss input target options=',
  (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
    requireSameShape('mse_loss', input, target);
    return reduceLoss('mse_loss', P.square(P.sub(input, target)), options.reduction);
  },
);

/** |input − target|. Throws unless both have one shape. */
export const l1_loss = api(
  'l1_loss input target options=',
  (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
    requireSameShape('l1_loss', input, target);
    return reduceLoss('l1_loss', P.abs(P.sub(input, target)), options.reduction);
  },
);

/** Options of `binary_cross_entropy_with_logits`. */
export interface BceOptions extends LossOptions {
  /** Factor per element, broadcast. */
  weight?: Tensor | null;
  /** Factor of the positive class, broadcast. */
  pos_weight?: Tensor | null;
}

/** Cross entropy of sigmoid(input) with `target` in [0, 1], without overflow. Throws unless both have one shape. */
export const binary_cross_entropy_with_logits = api(
  'binary_cross_entropy_with_logits input target options= weight',
  (input: Tensor, target: Tensor, options: BceOptions = {}): Tensor => {
    const name = 'binary_cross_entropy_with_logits';
    requireSameShape(name, input, target);
    const { weight, pos_weight } = options;
    const logSigmoid = logsigmoid(input);
    const negative = P.mul(P.sub(1, target), input);
    const scale = pos_weight ? P.add(P.mul(P.sub(pos_weight, 1), target), 1) : null;
    const loss = P.sub(negative, scale === null ? logSigmoid : P.mul(scale, logSigmoid));
    return reduceLoss(name, weight ? P.mul(loss, weight) : loss, options.reduction);
  },
);

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
export const margin_ranking_loss = api(
  'margin_ranking_loss input1 input2 target options= margin',
  (input1: Tensor, input2: Tensor, target: Tensor, options: MarginRankingOptions = {}): Tensor => {
    const operands = { input1, input2, target };
    for (const [name, x] of Object.entries(operands)) {
      if (x.ndim !== input1.ndim)
        throw badArgument('margin_ranking_loss', name, x, `the rank of input1, ${show(input1)}`);
    }
    requireFit('margin_ranking_loss', operands);
    const margin = options.margin ?? 0;
    const gap = P.mul(P.neg(target), P.sub(input1, input2));
    return reduceLoss(
      'margin_ranking_loss',
      P.clamp_min(margin === 0 ? gap : P.add(gap, margin), 0),
      options.reduction,
    );
  },
);

/**
 * log1p(e^(−target · input)), literally as PyTorch: it overflows to infinity for a wrong sign beyond 88 (float32).
 * @param target 1 or −1 per element.
 * @throws unless both have one shape.
 */
export const soft_margin_loss = api(
  'soft_margin_loss input target options=',
  (input: Tensor, target: Tensor, options: LossOptions = {}): Tensor => {
    requireSameShape('soft_margin_loss', input, target);
    const loss = P.log1p(P.exp(P.mul(P.neg(target), input)));
    return reduceLoss('soft_margin_loss', loss, options.reduction);
  },
);

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
export const pairwise_distance = api(
  'pairwise_distance x1 x2 options= p eps keepdim',
  (x1: Tensor, x2: Tensor, options: PairwiseOptions = {}): Tensor => {
    const { p = 2, eps = 1e-6, keepdim = false } = options;
    requireFit('pairwise_distance', { x1, x2 });
    return norm(P.add(P.sub(x1, x2), eps), p, -1, keepdim);
  },
);

/** The cosine of the angle between x1 and x2 along `dim` (default 1); norms count at least `eps` (default 1e-8). */
export const cosine_similarity = api(
  'cosine_similarity x1 x2 options= dim eps',
  (x1: Tensor, x2: Tensor, options: { dim?: number; eps?: number } = {}): Tensor => {
    const { dim = 1, eps = 1e-8 } = options;
    requireFloating('cosine_similarity', x1, 'x1');
    requireFloating('cosine_similarity', x2, 'x2');
    requireFit('cosine_similarity', { x1, x2 });
    const unit = (x: Tensor): Tensor => P.div(x, P.clamp_min(norm(x, 2, dim, true), eps));
    const [a, b] = x1.shape.join() === x2.shape.join() ? [x1, x2] : broadcast_tensors(x1, x2);
    return sum(P.mul(unit(a), unit(b)), dim);
  },
);

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
export const triplet_margin_loss = api(
  'triplet_margin_loss anchor positive negative options= margin p eps swap',
  (anchor: Tensor, positive: Tensor, negative: Tensor, options: TripletMarginOptions = {}): Tensor => {
    const { margin = 1, p = 2, eps = 1e-6, swap = false } = options;
    requireSameShape('triplet_margin_loss', anchor, positive, ['anchor', 'positive']);
    requireSameShape('triplet_margin_loss', anchor, negative, ['anchor', 'negative']);
    const near = pairwise_distance(anchor, positive, { p, eps });
    const direct = pairwise_distance(anchor, negative, { p, eps });
    const far = swap ? P.minimum(direct, pairwise_distance(positive, negative, { p, eps })) : direct;
    return reduceLoss('triplet_margin_loss', P.clamp_min(P.add(P.sub(near, far), margin), 0), options.reduction);
  },
);
