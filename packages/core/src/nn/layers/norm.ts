import { describe } from '../../dtype.js';
import type { DType } from '../../dtype.js';
import { ones, scalarTensor, zeros } from '../../functions/create.js';
import { cast, reciprocal } from '../../functions/pointwise.js';
import { no_grad } from '../../autograd/mode.js';
import type { Tensor } from '../../tensor.js';
import { batch_norm } from '../functional/norm.js';
import * as init from '../init.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { boolText, numberText } from './print.js';

/** Options of batch norm layers. */
export interface BatchNormLayerOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Weight of a batch in the running statistics; null: their plain average. Default 0.1. */
  momentum?: number | null;
  /** Learn a weight and a bias per channel. Default true. */
  affine?: boolean;
  /** Keep running statistics for evaluation. Default true. */
  track_running_stats?: boolean;
  dtype?: DType;
}

abstract class BatchNorm extends Module {
  eps: number;
  momentum: number | null;
  affine: boolean;
  track_running_stats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;

  constructor(
    readonly num_features: number,
    options: BatchNormLayerOptions = {},
  ) {
    super();
    const { dtype } = options;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.affine = options.affine ?? true;
    this.track_running_stats = options.track_running_stats ?? true;
    this.weight = this.affine ? new Parameter(ones([num_features], { dtype })) : null;
    this.bias = this.affine ? new Parameter(zeros([num_features], { dtype })) : null;
    const track = this.track_running_stats;
    this.register_buffer('running_mean', track ? zeros([num_features], { dtype }) : null);
    this.register_buffer('running_var', track ? ones([num_features], { dtype }) : null);
    this.register_buffer('num_batches_tracked', track ? scalarTensor(0, 'int64') : null);
  }

  /** Ranks of input that the layer takes. */
  protected abstract readonly ranks: readonly number[];

  /** Checkpoints of old PyTorch versions have no count of batches. */
  protected override optional_keys(): readonly string[] {
    return ['num_batches_tracked'];
  }

  /** Running statistics as at the start. */
  reset_running_stats(): void {
    if (this.running_mean !== null) init.zeros_(this.running_mean);
    if (this.running_var !== null) init.ones_(this.running_var);
    if (this.num_batches_tracked !== null) init.zeros_(this.num_batches_tracked);
  }

  /** Running statistics, weight and bias as at the start. */
  reset_parameters(): void {
    this.reset_running_stats();
    if (this.weight !== null) init.ones_(this.weight);
    if (this.bias !== null) init.zeros_(this.bias);
  }

  override forward(x: Tensor): Tensor {
    if (!this.ranks.includes(x.ndim) || x.size(1) !== this.num_features) {
      throw new Error(
        `${this.constructor.name}: input: got ${describe(x.dtype, x.shape)}, expected ${this.ranks.join('-d or ')}-d with ${this.num_features} channels at dim 1`,
      );
    }
    const { weight, bias, eps, num_batches_tracked: count } = this;
    let momentum: number | Tensor = this.momentum ?? 0;
    if (this.training && this.track_running_stats && count !== null) {
      no_grad(() => count.add_(1));
      if (this.momentum === null) momentum = no_grad(() => reciprocal(cast(count, x.dtype)));
    }
    const options = { weight, bias, momentum, eps, training: this.training || this.running_mean === null };
    const track = !this.training || this.track_running_stats;
    return batch_norm(x, track ? this.running_mean : null, track ? this.running_var : null, options);
  }

  override extra_repr(): string {
    const { num_features, eps, momentum, affine, track_running_stats } = this;
    return (
      `${num_features}, eps=${numberText(eps)}, momentum=${momentum === null ? 'None' : numberText(momentum)}, ` +
      `affine=${boolText(affine)}, bias=${boolText(affine)}, track_running_stats=${boolText(track_running_stats)}`
    );
  }
}

/**
 * Batch normalisation of [N, C] or [N, C, L]; see `F.batch_norm`.
 * @throws in training with a single value per channel.
 * @example const bottleneck = new nn.BatchNorm1d(2048);
 */
export class BatchNorm1d extends BatchNorm {
  protected override get ranks(): readonly number[] {
    return [2, 3];
  }
}

/** Batch normalisation of images [N, C, H, W]; see `F.batch_norm`. */
export class BatchNorm2d extends BatchNorm {
  protected override get ranks(): readonly number[] {
    return [4];
  }
}
