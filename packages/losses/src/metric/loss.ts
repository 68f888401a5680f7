/** The base of the metric losses: a distance, a reducer, and between them what a loss computes. */
import { nn, ones_like } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { requireInstance, requireNumber } from '../validate.js';
import { batchOf, minedOrAll } from './batch.js';
import type { Batch } from './batch.js';
import { Distance, LpDistance } from './distance.js';
import { MinedPairs } from './mined.js';
import type { Mined } from './mined.js';
import { MeanReducer, Reducer } from './reducers.js';
import type { LossKind, LossPart, LossParts } from './reducers.js';

/** Options that all metric losses share. */
export interface MetricLossOptions {
  /** Default as the loss says, mostly `new LpDistance()`: Euclidean, of normalised rows. */
  distance?: Distance;
  /** Default as the loss says, mostly `new MeanReducer()`. */
  reducer?: Reducer;
}

/** What a loss takes where the caller gives nothing. */
export interface LossDefaults {
  distance?: () => Distance;
  reducer?: () => Reducer;
}

/**
 * Base of the losses that compare rows of a batch, in the manner of pytorch-metric-learning (`BaseMetricLossFunction`):
 * a distance, a loss over pairs, triplets or rows, and a reducer. Miners and `ref_emb` choose what is compared.
 *
 * All of it is masks and weights, never lists of indices, so that a loss traces and exports with any batch size. A batch
 * without pairs or triplets gives 0 with gradient 0.
 */
export abstract class MetricLoss extends nn.Module {
  distance: Distance;
  reducer: Reducer;

  constructor(options: MetricLossOptions, defaults: LossDefaults = {}) {
    super();
    this.distance = options.distance ?? defaults.distance?.() ?? new LpDistance();
    this.reducer = options.reducer ?? defaults.reducer?.() ?? new MeanReducer();
    requireInstance(this.constructor.name, 'distance', this.distance, Distance);
    requireInstance(this.constructor.name, 'reducer', this.reducer, Reducer);
  }

  /**
   * @param embeddings [Q, D], floating.
   * @param labels [Q], int64, int32 or uint8.
   * @param mined what a miner gave; null (default): all pairs or triplets.
   * @param ref_emb [R, D]: positives and negatives come from here. Default the batch itself, without the anchor.
   * @param ref_labels [R].
   * @param ref_mask bool [R]: leave out reference rows where it is false. Default none.
   * @returns the loss, 0-d.
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, masks of another size.
   */
  override forward(
    embeddings: Tensor,
    labels: Tensor,
    mined: Mined | null = null,
    ref_emb: Tensor | null = null,
    ref_labels: Tensor | null = null,
    ref_mask: Tensor | null = null,
  ): Tensor {
    const parts = this.compute_loss(embeddings, labels, mined, ref_emb, ref_labels, ref_mask);
    return this.reducer.forward(parts, embeddings, labels);
  }

  /** The losses before they are reduced, by name; arguments as in `forward`. */
  compute_loss(
    embeddings: Tensor,
    labels: Tensor,
    mined: Mined | null = null,
    ref_emb: Tensor | null = null,
    ref_labels: Tensor | null = null,
    ref_mask: Tensor | null = null,
  ): LossParts {
    return this.parts(batchOf(this.constructor.name, embeddings, labels, ref_emb, ref_labels, ref_mask), mined);
  }

  protected abstract parts(batch: Batch, mined: Mined | null): LossParts;

  /** The mined pairs, or all. Of a batch with no more than one positive and one negative pair none count, as in PML. */
  protected pairsOf(batch: Batch, mined: Mined | null): MinedPairs {
    const { positives, negatives } = minedOrAll(this.constructor.name, batch, mined).pairs();
    const enough = positives.sum().gt(1).logical_or(negatives.sum().gt(1)).to(positives.dtype);
    return new MinedPairs(positives.mul(enough), negatives.mul(enough));
  }

  /** Throws where the loss works on the batch alone and is given references. */
  protected requireNoReferences(batch: Batch): void {
    if (batch.ref_emb !== null)
      throw badArgument(this.constructor.name, 'ref_emb', batch.ref_emb, 'none: this loss works on the batch alone');
  }
}

/** A part with one loss per row. */
export function elements(losses: Tensor, weights: Tensor = ones_like(losses)): LossPart {
  return { kind: 'element', losses, weights };
}

/** A part of pairs or triplets. */
export function part(kind: LossKind, losses: Tensor, weights: Tensor): LossPart {
  return { kind, losses, weights };
}

/** 1 where a weight is above 0: for losses in which a pair counts once, however often it was mined. */
export function once(weights: Tensor): Tensor {
  return weights.gt(0).to(weights.dtype);
}

/** Throws unless all options are finite numbers. */
export function requireNumbers(fn: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) requireNumber(fn, name, value);
}
