/** Losses between rows and one learned proxy per class, and the neighbourhood loss they come from. */
import { nn, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { distinctRows } from '../masks.js';
import { requireLabelsBelow } from '../validate.js';
import { minedOrAll } from './batch.js';
import type { Batch } from './batch.js';
import { atClass, classWeights, requireFeatures, requireSizes } from './class-losses.js';
import type { ClassLossOptions } from './class-losses.js';
import { CosineSimilarity, LpDistance } from './distance.js';
import { MetricLoss, elements, requireNumbers } from './loss.js';
import type { MetricLossOptions } from './loss.js';
import { asWeights, weightedLogSumExp } from './masked.js';
import type { Mined } from './mined.js';
import { DivisorReducer } from './reducers.js';
import type { LossPart, LossParts } from './reducers.js';

/** Options of `ProxyAnchorLoss`. */
export interface ProxyAnchorOptions extends MetricLossOptions, ClassLossOptions {
  /** Default 0.1. */
  margin?: number;
  /** Default 32. */
  alpha?: number;
}

/**
 * Proxy-anchor loss, with s the similarity of a row to a proxy: the sum over proxies of log(1 + Σ e^(−α (s − margin)))
 * over rows of the class, divided by the number of classes in the batch, plus the sum of log(1 + Σ e^(α (s + margin)))
 * over the other rows, divided by the number of classes. `proxies` is [num_classes, embedding_size].
 * Origin: pytorch-metric-learning, after Kim et al.
 */
export class ProxyAnchorLoss extends MetricLoss {
  declare proxies: nn.Parameter;
  readonly num_classes: number;
  readonly margin: number;
  readonly alpha: number;

  /**
   * @param options `margin` 0.1, `alpha` 32, `distance` CosineSimilarity, `reducer` DivisorReducer, `weight_init_func`
   * kaiming_normal_ with mode 'fan_out'.
   */
  constructor(num_classes: number, embedding_size: number, options: ProxyAnchorOptions = {}) {
    super(options, { distance: () => new CosineSimilarity(), reducer: () => new DivisorReducer() });
    const { margin = 0.1, alpha = 32, weight_init_func } = options;
    requireSizes('ProxyAnchorLoss', num_classes, embedding_size);
    requireNumbers('ProxyAnchorLoss', { margin, alpha });
    const init = weight_init_func ?? ((w) => nn.init.kaiming_normal_(w, { mode: 'fan_out' }));
    this.register_parameter('proxies', classWeights([num_classes, embedding_size], init));
    this.num_classes = num_classes;
    this.margin = margin;
    this.alpha = alpha;
  }

  /** Similarities to all proxies [N, classes]. */
  get_logits(embeddings: Tensor): Tensor {
    return this.distance.forward(embeddings, this.proxies);
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    this.requireNoReferences(batch);
    const { distance, margin, alpha, num_classes } = this;
    requireFeatures('ProxyAnchorLoss', batch, this.proxies.size(1));
    const s = this.get_logits(batch.embeddings);
    requireLabelsBelow('ProxyAnchorLoss', 'labels', batch.labels, num_classes);
    const own = atClass(batch.labels, num_classes);
    const positives = asWeights(own, s);
    const negatives = asWeights(own.logical_not(), s);
    const shift =
      mined === null ? null : minedOrAll('ProxyAnchorLoss', batch, mined).elementWeights().sub(1).unsqueeze(1);
    const term = (gap: Tensor, weights: Tensor): Tensor => {
      const exponent = gap.mul(alpha);
      return weightedLogSumExp(shift === null ? exponent : exponent.add(shift), weights, 0, true).squeeze(0);
    };
    const sum = (losses: Tensor, divisor: Tensor | number): LossPart => ({ ...elements(losses), divisor });
    return {
      pos_loss: sum(term(distance.margin(s, margin), positives), positives.amax(0).sum()),
      neg_loss: sum(term(distance.margin(-margin, s), negatives), num_classes),
    };
  }
}

/** Options of `NCALoss`. */
export interface NCAOptions extends MetricLossOptions {
  /** Factor of the similarities. Default 1. */
  softmax_scale?: number;
}

/** −log of the share of a row's own label in the softmax of similarities [Q, R]; rows whose share is 0 do not count. */
function neighbourhood(similarities: Tensor, same: Tensor, weights: Tensor | null): LossPart {
  const share = nn.functional.softmax(similarities, { dim: 1 }).mul(asWeights(same, similarities)).sum(1);
  const none = share.eq(0);
  const losses = where(none, 1, share).log().neg();
  return elements(weights === null ? losses : losses.mul(weights), asWeights(none.logical_not(), similarities));
}

/**
 * Neighbourhood components analysis, per row: −log of the probability that a neighbour, drawn by
 * softmax(−scale · D), has the row's label. A row is not its own neighbour.
 * Origin: pytorch-metric-learning, after Goldberger et al. A batch in which no row counts gives 0 (there NaN).
 */
export class NCALoss extends MetricLoss {
  readonly softmax_scale: number;

  /** @param options `softmax_scale` 1, `distance` squared LpDistance of normalised rows, `reducer` MeanReducer. */
  constructor(options: NCAOptions = {}) {
    super(options, { distance: () => new LpDistance({ power: 2 }) });
    const { softmax_scale = 1 } = options;
    requireNumbers(this.constructor.name, { softmax_scale });
    this.softmax_scale = softmax_scale;
  }

  /** Scaled similarities to the rows of `reference`. */
  protected similarities(embeddings: Tensor, reference: Tensor | null): Tensor {
    const matrix = this.distance.forward(embeddings, reference).mul(this.softmax_scale);
    return this.distance.is_inverted ? matrix : matrix.neg();
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { embeddings, labels, ref_emb, ref_labels, ref_mask } = batch;
    const all = this.similarities(embeddings, ref_emb);
    const own = ref_emb === null;
    const left = own ? distinctRows(labels) : ref_mask?.unsqueeze(0);
    const s = left === undefined ? all : where(left, all, -1e30);
    const weights = mined === null ? null : minedOrAll('NCALoss', batch, mined).elementWeights(!own);
    return { loss: neighbourhood(s, labels.unsqueeze(1).eq(ref_labels.unsqueeze(0)), weights) };
  }
}

/** Options of `ProxyNCALoss`. */
export interface ProxyNCAOptions extends NCAOptions, ClassLossOptions {}

/**
 * `NCALoss` with the learned proxies of all classes as neighbours. `proxies` is [num_classes, embedding_size], drawn from
 * the standard normal distribution.
 * Origin: pytorch-metric-learning, after Movshovitz-Attias et al.
 */
export class ProxyNCALoss extends NCALoss {
  declare proxies: nn.Parameter;
  readonly num_classes: number;

  /** @param options as `NCALoss`, and `weight_init_func` normal. */
  constructor(num_classes: number, embedding_size: number, options: ProxyNCAOptions = {}) {
    super(options);
    requireSizes('ProxyNCALoss', num_classes, embedding_size);
    this.num_classes = num_classes;
    const init = options.weight_init_func ?? ((w) => nn.init.normal_(w));
    this.register_parameter('proxies', classWeights([num_classes, embedding_size], init));
  }

  /** The distance's matrix to all proxies [N, classes]. */
  get_logits(embeddings: Tensor): Tensor {
    return this.distance.forward(embeddings, this.proxies);
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    this.requireNoReferences(batch);
    const { embeddings, labels } = batch;
    requireFeatures('ProxyNCALoss', batch, this.proxies.size(1));
    requireLabelsBelow('ProxyNCALoss', 'labels', labels, this.num_classes);
    const same = atClass(labels, this.num_classes);
    const weights = mined === null ? null : minedOrAll('ProxyNCALoss', batch, mined).elementWeights(true);
    return { loss: neighbourhood(this.similarities(embeddings, this.proxies), same, weights) };
  }
}
