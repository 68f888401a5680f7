/** Losses of `functional/loss-pairs.ts` as modules. */
import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { requireOptions } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import * as F from '../functional/loss-pairs.js';
import type {
  BinaryCrossEntropyOptions,
  HuberOptions,
  KlDivOptions,
  MarginOptions,
  MultiMarginOptions,
  SmoothL1Options,
  TripletDistanceOptions,
} from '../functional/loss-pairs.js';
import { checkReduction } from '../functional/reduction.js';
import type { Reduction } from '../functional/reduction.js';
import { Module } from '../module.js';
import { Loss } from './loss-base.js';

/**
 * See `F.kl_div`.
 * @example new nn.KLDivLoss({ reduction: 'batchmean' }).forward(F.log_softmax(student, 1), F.softmax(teacher, 1));
 */
export class KLDivLoss extends Module {
  reduction: Reduction | 'batchmean';
  log_target: boolean;

  constructor(options: KlDivOptions = {}) {
    super();
    requireOptions(this.constructor.name, options);
    this.reduction = options.reduction ?? 'mean';
    if (this.reduction !== 'batchmean') checkReduction('KLDivLoss', this.reduction);
    this.log_target = options.log_target ?? false;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return F.kl_div(input, target, { reduction: this.reduction, log_target: this.log_target });
  }
}

/** See `F.smooth_l1_loss`. */
export class SmoothL1Loss extends Loss {
  beta: number;

  constructor(options: SmoothL1Options = {}) {
    super(options);
    this.beta = options.beta ?? 1;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return F.smooth_l1_loss(input, target, { beta: this.beta, reduction: this.reduction });
  }
}

/** See `F.huber_loss`. */
export class HuberLoss extends Loss {
  delta: number;

  constructor(options: HuberOptions = {}) {
    super(options);
    this.delta = options.delta ?? 1;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return F.huber_loss(input, target, { delta: this.delta, reduction: this.reduction });
  }
}

/** See `F.binary_cross_entropy`. */
export class BCELoss extends Loss {
  declare weight: Tensor | null;

  constructor(...args: Positional<BinaryCrossEntropyOptions, 'weight'>) {
    const options = named(new.target.name, 'weight', args);
    super(options);
    this.factors('weight', options.weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return F.binary_cross_entropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/** See `F.cosine_embedding_loss`. */
export class CosineEmbeddingLoss extends Loss {
  margin: number;

  constructor(...args: Positional<MarginOptions, 'margin'>) {
    const options = named(new.target.name, 'margin', args);
    super(options);
    this.margin = options.margin ?? 0;
  }

  override forward(x1: Tensor, x2: Tensor, target: Tensor): Tensor {
    return F.cosine_embedding_loss(x1, x2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** See `F.hinge_embedding_loss`. */
export class HingeEmbeddingLoss extends Loss {
  margin: number;

  constructor(...args: Positional<MarginOptions, 'margin'>) {
    const options = named(new.target.name, 'margin', args);
    super(options);
    this.margin = options.margin ?? 1;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return F.hinge_embedding_loss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** See `F.multi_margin_loss`. */
export class MultiMarginLoss extends Loss {
  p: 1 | 2;
  margin: number;
  declare weight: Tensor | null;

  constructor(options: MultiMarginOptions = {}) {
    super(options);
    this.p = options.p ?? 1;
    this.margin = options.margin ?? 1;
    this.factors('weight', options.weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return F.multi_margin_loss(input, target, { p, margin, weight, reduction });
  }
}

/** See `F.triplet_margin_with_distance_loss`. */
export class TripletMarginWithDistanceLoss extends Loss {
  distance_function: ((a: Tensor, b: Tensor) => Tensor) | null;
  margin: number;
  swap: boolean;

  constructor(options: TripletDistanceOptions = {}) {
    super(options);
    this.distance_function = options.distance_function ?? null;
    this.margin = options.margin ?? 1;
    this.swap = options.swap ?? false;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distance_function, margin, swap, reduction } = this;
    return F.triplet_margin_with_distance_loss(anchor, positive, negative, {
      distance_function,
      margin,
      swap,
      reduction,
    });
  }
}
