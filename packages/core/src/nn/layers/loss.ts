/** Losses as modules; each is the function of its name in `nn.functional`. */
import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { Tensor } from '../../tensor.js';
import { cross_entropy, nll_loss } from '../functional/cross-entropy.js';
import type { CrossEntropyOptions, NllOptions } from '../functional/cross-entropy.js';
import * as F from '../functional/loss.js';
import type { BceOptions, MarginRankingOptions, TripletMarginOptions } from '../functional/loss.js';
import { Loss } from './loss-base.js';

/** See `F.cross_entropy`. */
export class CrossEntropyLoss extends Loss {
  declare weight: Tensor | null;
  ignore_index: number;
  label_smoothing: number;

  constructor(...args: Positional<CrossEntropyOptions, 'weight'>) {
    const options = named(new.target.name, 'weight', args);
    super(options);
    this.factors('weight', options.weight);
    this.ignore_index = options.ignore_index ?? -100;
    this.label_smoothing = options.label_smoothing ?? 0;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignore_index, label_smoothing, reduction } = this;
    return cross_entropy(input, target, { weight, ignore_index, label_smoothing, reduction });
  }
}

/** See `F.nll_loss`. */
export class NLLLoss extends Loss {
  declare weight: Tensor | null;
  ignore_index: number;

  constructor(...args: Positional<NllOptions, 'weight'>) {
    const options = named(new.target.name, 'weight', args);
    super(options);
    this.factors('weight', options.weight);
    this.ignore_index = options.ignore_index ?? -100;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignore_index, reduction } = this;
    return nll_loss(input, target, { weight, ignore_index, reduction });
  }
}

/**
 * See `F.margin_ranking_loss`.
 * @example new nn.MarginRankingLoss({ margin: 0.3 }).forward(dist_an, dist_ap, torch.ones_like(dist_an));
 */
export class MarginRankingLoss extends Loss {
  margin: number;

  constructor(...args: Positional<MarginRankingOptions, 'margin'>) {
    const options = named(new.target.name, 'margin', args);
    super(options);
    this.margin = options.margin ?? 0;
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.margin_ranking_loss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** See `F.soft_margin_loss`. */
export class SoftMarginLoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.soft_margin_loss(input, target, { reduction: this.reduction });
  }
}

/** See `F.mse_loss`. */
export class MSELoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.mse_loss(input, target, { reduction: this.reduction });
  }
}

/** See `F.l1_loss`. */
export class L1Loss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return F.l1_loss(input, target, { reduction: this.reduction });
  }
}

/** See `F.binary_cross_entropy_with_logits`. */
export class BCEWithLogitsLoss extends Loss {
  declare weight: Tensor | null;
  declare pos_weight: Tensor | null;

  constructor(...args: Positional<BceOptions, 'weight'>) {
    const options = named(new.target.name, 'weight', args);
    super(options);
    this.factors('weight', options.weight);
    this.factors('pos_weight', options.pos_weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight, reduction } = this;
    return F.binary_cross_entropy_with_logits(input, target, { weight, pos_weight, reduction });
  }
}

/** See `F.triplet_margin_loss`. */
export class TripletMarginLoss extends Loss {
  margin: number;
  p: number;
  eps: number;
  swap: boolean;

  constructor(...args: Positional<TripletMarginOptions, 'margin p eps swap'>) {
    const options = named(new.target.name, 'margin p eps swap', args);
    super(options);
    this.margin = options.margin ?? 1;
    this.p = options.p ?? 2;
    this.eps = options.eps ?? 1e-6;
    this.swap = options.swap ?? false;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    return F.triplet_margin_loss(anchor, positive, negative, { margin, p, eps, swap, reduction });
  }
}
