/** Losses with a weight vector per class: a softmax over cosines, with a margin at the target. */
import { arange, empty, nn, no_grad, where } from '@reidgrad/core';
import { badArgument, requireCount } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { minedOrAll } from './batch.js';
import type { Batch } from './batch.js';
import { CosineSimilarity, DotProductSimilarity } from './distance.js';
import type { Distance } from './distance.js';
import { MetricLoss, elements, requireNumbers } from './loss.js';
import type { MetricLossOptions } from './loss.js';
import type { Mined } from './mined.js';
import type { LossParts, Reducer } from './reducers.js';

/** Fills new weights in place. */
export type WeightInit = (weight: Tensor) => Tensor;

/** Options of losses with class weights. */
export interface ClassLossOptions {
  /** Default `new MeanReducer()`. */
  reducer?: Reducer;
  /** Default `nn.init.normal_`: mean 0, deviation 1. */
  weight_init_func?: WeightInit;
}

/** Throws unless both are whole numbers above 0. */
export function requireSizes(fn: string, num_classes: number, embedding_size: number): void {
  requireCount(fn, 'num_classes', num_classes);
  requireCount(fn, 'embedding_size', embedding_size);
}

/** Throws unless rows have as many features as the class vectors. */
export function requireFeatures(fn: string, { embeddings }: Batch, embedding_size: number): void {
  if (embeddings.size(1) === embedding_size) return;
  throw badArgument(fn, 'embeddings', embeddings, `${embedding_size} features (embedding_size)`);
}

/** A new parameter, filled. */
export function classWeights(shape: readonly [number, number], init: WeightInit): nn.Parameter {
  const weight = new nn.Parameter(empty([...shape]));
  no_grad(() => init(weight));
  return weight;
}

/** cos(θ + margin) from c = cos θ. Its slope at |c| = 1, infinite by the formula, is that of c cos(margin). */
export function cosineOfSum(c: Tensor, margin: number): Tensor {
  const squared = c.mul(c).mul(-1).add(1);
  const flat = squared.le(0);
  const sine = where(flat, 0, where(flat, 1, squared).sqrt());
  return c.mul(Math.cos(margin)).sub(sine.mul(Math.sin(margin)));
}

/** True at each row's class, bool [N, classes]; nowhere for labels outside. */
export function atClass(labels: Tensor, classes: number): Tensor {
  return labels.unsqueeze(1).eq(arange(classes).unsqueeze(0));
}

/** Cross entropy of class logits, each row weighed by how often it was mined. */
abstract class SoftmaxLoss extends MetricLoss {
  declare W: nn.Parameter;
  readonly num_classes: number;
  readonly embedding_size: number;

  constructor(
    num_classes: number,
    embedding_size: number,
    options: ClassLossOptions & MetricLossOptions,
    distance: () => Distance,
  ) {
    super(options, { distance });
    requireSizes(this.constructor.name, num_classes, embedding_size);
    this.num_classes = num_classes;
    this.embedding_size = embedding_size;
    this.register_parameter(
      'W',
      classWeights([embedding_size, num_classes], options.weight_init_func ?? ((w) => nn.init.normal_(w))),
    );
  }

  /** Logits [N, classes] without margin, for accuracies. */
  abstract get_logits(embeddings: Tensor): Tensor;

  /** Logits [N, classes] as the cross entropy takes them. */
  protected abstract logitsWithMargin(embeddings: Tensor, labels: Tensor): Tensor;

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    this.requireNoReferences(batch);
    requireFeatures(this.constructor.name, batch, this.embedding_size);
    const logits = this.logitsWithMargin(batch.embeddings, batch.labels);
    const losses = nn.functional.cross_entropy(logits, batch.labels, { reduction: 'none' });
    if (mined === null) return { loss: elements(losses) };
    return { loss: elements(losses.mul(minedOrAll(this.constructor.name, batch, mined).elementWeights())) };
  }
}

/** Options of `CosFaceLoss` and `ArcFaceLoss`. */
export interface FaceLossOptions extends ClassLossOptions {
  /** CosFace: taken off the cosine, default 0.35. ArcFace: added to the angle, in degrees, default 28.6. */
  margin?: number;
  /** Factor of the cosines. Default 64. */
  scale?: number;
}

abstract class FaceLoss extends SoftmaxLoss {
  readonly margin: number;
  readonly scale: number;

  constructor(num_classes: number, embedding_size: number, margin: number, options: FaceLossOptions) {
    super(num_classes, embedding_size, options, () => new CosineSimilarity());
    const { scale = 64 } = options;
    requireNumbers(this.constructor.name, { margin, scale });
    this.margin = margin;
    this.scale = scale;
  }

  override get_logits(embeddings: Tensor): Tensor {
    return this.distance.forward(embeddings, this.W.t()).mul(this.scale);
  }

  protected override logitsWithMargin(embeddings: Tensor, labels: Tensor): Tensor {
    const cosines = this.distance.forward(embeddings, this.W.t());
    const target = atClass(labels, this.num_classes);
    return where(target, this.atTarget(cosines), cosines).mul(this.scale);
  }

  /** The cosine with its margin, for all classes; used at the target. */
  protected abstract atTarget(cosines: Tensor): Tensor;
}

/**
 * CosFace: cross entropy of scale · (cos θ − margin at the target). `W` is [embedding_size, num_classes], drawn from the
 * standard normal distribution.
 * Origin: pytorch-metric-learning, after Wang et al., CosFace.
 * @example const criterion = new CosFaceLoss(751, 2048); optimizer.add_param_group({ params: criterion.parameters() });
 */
export class CosFaceLoss extends FaceLoss {
  /** @param options `margin` 0.35, `scale` 64, `reducer` MeanReducer, `weight_init_func` normal. */
  constructor(num_classes: number, embedding_size: number, options: FaceLossOptions = {}) {
    super(num_classes, embedding_size, options.margin ?? 0.35, options);
  }

  protected override atTarget(cosines: Tensor): Tensor {
    return cosines.sub(this.margin);
  }
}

/**
 * ArcFace: cross entropy of scale · cos(θ + margin at the target); where θ + margin exceeds 180 degrees,
 * cos θ − margin · sin(margin), so that the loss keeps growing. `W` is [embedding_size, num_classes].
 *
 * Rows exactly on their class vector have a finite gradient, where the arc cosine of the origin gives NaN.
 * Origin: pytorch-metric-learning, after Deng et al., ArcFace.
 */
export class ArcFaceLoss extends FaceLoss {
  /** @param options `margin` 28.6 degrees, `scale` 64, `reducer` MeanReducer, `weight_init_func` normal. */
  constructor(num_classes: number, embedding_size: number, options: FaceLossOptions = {}) {
    super(num_classes, embedding_size, ((options.margin ?? 28.6) * Math.PI) / 180, options);
  }

  protected override atTarget(cosines: Tensor): Tensor {
    const { margin } = this;
    const inRange = cosines.ge(Math.cos(Math.PI - margin));
    return where(inRange, cosineOfSum(cosines, margin), cosines.sub(margin * Math.sin(margin)));
  }
}

/** Options of `NormalizedSoftmaxLoss`. */
export interface NormalizedSoftmaxOptions extends ClassLossOptions {
  /** Default 0.05. */
  temperature?: number;
  /** Default `new DotProductSimilarity()`. */
  distance?: Distance;
}

/**
 * Cross entropy of similarities to normalised class vectors, divided by a temperature. `W` is
 * [embedding_size, num_classes].
 * Origin: pytorch-metric-learning, after Zhai and Wu, Classification is a Strong Baseline for Deep Metric Learning.
 */
export class NormalizedSoftmaxLoss extends SoftmaxLoss {
  readonly temperature: number;

  /** @param options `temperature` 0.05, `distance` DotProductSimilarity, `reducer` MeanReducer, `weight_init_func` normal. */
  constructor(num_classes: number, embedding_size: number, options: NormalizedSoftmaxOptions = {}) {
    super(num_classes, embedding_size, options, () => new DotProductSimilarity());
    const { temperature = 0.05 } = options;
    requireNumbers('NormalizedSoftmaxLoss', { temperature });
    this.temperature = temperature;
  }

  override get_logits(embeddings: Tensor): Tensor {
    const logits = this.distance.forward(embeddings, this.distance.normalize(this.W, 0).t()).div(this.temperature);
    return this.distance.is_inverted ? logits : logits.neg();
  }

  protected override logitsWithMargin(embeddings: Tensor): Tensor {
    return this.get_logits(embeddings);
  }
}
