/** From losses of single elements, pairs or triplets to one number. */
import { nn, ones_like, where } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { requireInstance } from '../validate.js';
import { divideOrZero } from './masked.js';

/** What the elements of a part stand for: rows of the batch, pairs, triplets, or a number that is final already. */
export type LossKind = 'element' | 'pos_pair' | 'neg_pair' | 'triplet' | 'already_reduced';

/** Losses of one kind. */
export interface LossPart {
  kind: LossKind;
  /** [Q] for elements, [Q, R] for pairs, [Q, R, R] (or [Q]: one per anchor) for triplets, [] when reduced already. */
  losses: Tensor;
  /** Of the shape of `losses`: how often an element counts, 0 for what is no pair or triplet. Unused when reduced. */
  weights: Tensor;
  /** What `DivisorReducer` divides by. */
  divisor?: Tensor | number;
}

/** What a loss computes before it is reduced: PML's `loss_dict`. */
export type LossParts = Readonly<Record<string, LossPart>>;

/**
 * Base of reducers. Parts are reduced one by one and added. Where nothing counts the result is 0, and its gradient too:
 * the graph is kept, as PML does with `sum(embeddings * 0)`.
 */
export abstract class Reducer extends nn.Module {
  /**
   * @param parts what a loss's `compute_loss` gives.
   * @param embeddings [Q, D].
   * @param labels [Q].
   * @returns 0-d.
   */
  override forward(parts: LossParts, embeddings: Tensor, labels: Tensor): Tensor {
    const [first, ...rest] = Object.entries(parts).map(([name, part]) => this.reducePart(part, labels, name));
    if (first === undefined)
      throw badArgument(this.constructor.name, 'parts', parts, 'at least one part, as compute_loss gives it');
    return rest.reduce((sum, value) => sum.add(value), first).to(embeddings.dtype);
  }

  /** @internal One part to a number; `MultipleReducers` chooses by name. */
  reducePart(part: LossPart, labels: Tensor, _name: string): Tensor {
    return part.kind === 'already_reduced' ? part.losses.sum() : this.reduce(part, labels);
  }

  protected abstract reduce(part: LossPart, labels: Tensor): Tensor;
}

/** Σ w l, untouched by what elements without weight hold. */
function weightedSum({ losses, weights }: LossPart): Tensor {
  return where(weights.eq(0), 0, losses.mul(weights)).sum();
}

/** Σ w l / Σ w, or 0. */
function weightedMean(part: LossPart): Tensor {
  return divideOrZero(weightedSum(part), part.weights.sum());
}

/** The mean. Default of most losses. */
export class MeanReducer extends Reducer {
  protected override reduce(part: LossPart): Tensor {
    return weightedMean(part);
  }
}

/** The sum. */
export class SumReducer extends Reducer {
  protected override reduce(part: LossPart): Tensor {
    return weightedSum(part);
  }
}

/** Options of `ThresholdReducer`. */
export interface ThresholdOptions {
  /** Losses at or below it are left out. */
  low?: number;
  /** Losses at or above it are left out. */
  high?: number;
}

/** The mean of the losses strictly between `low` and `high`. Throws when neither is given. */
export class ThresholdReducer extends Reducer {
  readonly low: number | null;
  readonly high: number | null;

  constructor({ low, high }: ThresholdOptions) {
    super();
    if (low === undefined && high === undefined)
      throw badArgument('ThresholdReducer', 'low, high', [low, high], 'at least one of them');
    this.low = low ?? null;
    this.high = high ?? null;
  }

  protected override reduce({ losses, weights, kind }: LossPart): Tensor {
    let kept = weights;
    if (this.low !== null) kept = where(losses.gt(this.low), kept, 0);
    if (this.high !== null) kept = where(losses.lt(this.high), kept, 0);
    return weightedMean({ losses, weights: kept, kind });
  }
}

/** The mean of the losses above 0, as in batch-all triplet losses. Default of the triplet, contrastive and circle losses. */
export class AvgNonZeroReducer extends ThresholdReducer {
  constructor() {
    super({ low: 0 });
  }
}

/** The sum divided by the loss's own `divisor`, 0 where that is 0. Default of `ProxyAnchorLoss` and `MarginLoss`. */
export class DivisorReducer extends Reducer {
  protected override reduce(part: LossPart): Tensor {
    const { divisor } = part;
    if (divisor === undefined)
      throw badArgument(
        'DivisorReducer',
        'divisor',
        divisor,
        'a number or a tensor in each part; this loss gives none, use another reducer',
      );
    const sum = weightedSum(part);
    if (typeof divisor !== 'number') return divideOrZero(sum, divisor.to(sum.dtype));
    return divisor === 0 ? sum.mul(0) : sum.div(divisor);
  }
}

/**
 * The mean of each loss times the weight of its anchor's class. Not as in PML for losses that it keeps as a column
 * (circle, multi-similarity, generalised lifted structure): there every row is multiplied by every weight.
 */
export class ClassWeightedReducer extends Reducer {
  declare weights: Tensor;

  /** @param weights [classes]; labels are positions in it. Not part of the state dict. */
  constructor(weights: Tensor) {
    super();
    if (weights.ndim !== 1) {
      throw badArgument('ClassWeightedReducer', 'weights', weights, 'a tensor of one dim [classes]');
    }
    this.register_buffer('weights', weights, false);
  }

  protected override reduce(part: LossPart, labels: Tensor): Tensor {
    const ofAnchor = this.weights.to(part.losses.dtype).index_select(0, labels);
    const spread = Array.from({ length: part.losses.ndim - 1 }).reduce<Tensor>((x) => x.unsqueeze(-1), ofAnchor);
    return weightedMean({ ...part, losses: part.losses.mul(spread) });
  }
}

/** Sums of each anchor [Q] from its losses [Q, R] (0 where there is no pair) and its number of pairs [Q]. */
export type Aggregation = (losses: Tensor, num_per_row: Tensor) => Tensor;

/** Options of `PerAnchorReducer`. */
export interface PerAnchorOptions {
  /** Reduces the numbers of all anchors, those without a pair included. Default `new MeanReducer()`. */
  reducer?: Reducer;
  /** Default the mean of the anchor's losses, 0 without any. */
  aggregation_func?: Aggregation;
}

/** Aggregates the pairs of each anchor first. Throws for triplets, as the origin does. */
export class PerAnchorReducer extends Reducer {
  readonly reducer: Reducer;
  readonly aggregation_func: Aggregation;

  constructor(options: PerAnchorOptions = {}) {
    super();
    this.reducer = options.reducer ?? new MeanReducer();
    requireInstance('PerAnchorReducer', 'reducer', this.reducer, Reducer);
    this.aggregation_func = options.aggregation_func ?? ((losses, count) => divideOrZero(losses.sum(1), count));
  }

  protected override reduce(part: LossPart, labels: Tensor): Tensor {
    if (part.kind === 'triplet')
      throw badArgument(
        'PerAnchorReducer',
        'kind',
        part.kind,
        "'element', 'pos_pair' or 'neg_pair': a triplet has no single pair of its anchor",
      );
    if (part.kind === 'element') return this.reducer.reducePart(part, labels, 'loss');
    const counted = part.weights.gt(0);
    const losses = this.aggregation_func(where(counted, part.losses, 0), counted.to(part.losses.dtype).sum(1));
    return this.reducer.reducePart({ kind: 'element', losses, weights: ones_like(losses) }, labels, 'loss');
  }
}

/**
 * A reducer per part of a loss, by name.
 * @example new ContrastiveLoss({ reducer: new MultipleReducers({ pos_loss: new SumReducer() }) });
 */
export class MultipleReducers extends Reducer {
  readonly default_reducer: Reducer;
  readonly reducers: Readonly<Record<string, Reducer>>;

  /** @param default_reducer for parts without one. Default `new MeanReducer()`. */
  constructor(reducers: Readonly<Record<string, Reducer>>, default_reducer: Reducer = new MeanReducer()) {
    super();
    for (const [name, reducer] of Object.entries(reducers)) {
      requireInstance('MultipleReducers', `reducers.${name}`, reducer, Reducer);
    }
    requireInstance('MultipleReducers', 'default_reducer', default_reducer, Reducer);
    this.reducers = reducers;
    this.default_reducer = default_reducer;
  }

  override reducePart(part: LossPart, labels: Tensor, name: string): Tensor {
    const own = Object.hasOwn(this.reducers, name) ? this.reducers[name] : this.default_reducer;
    return own.reducePart(part, labels, name);
  }

  protected override reduce(part: LossPart, labels: Tensor): Tensor {
    return this.reducePart(part, labels, 'loss');
  }
}

/** Gives the parts back as they are. A loss's `forward` gives a tensor: reduce `loss.compute_loss(...)` with it instead. */
export class DoNothingReducer extends nn.Module {
  override forward(parts: LossParts): LossParts {
    return parts;
  }
}
