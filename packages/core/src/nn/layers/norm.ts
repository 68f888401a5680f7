import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { DType } from '../../dtype.js';
import { badArgument, requireCounts } from '../../errors.js';
import { ones, scalarTensor, zeros } from '../../functions/create.js';
import { cast, reciprocal } from '../../functions/pointwise.js';
import { no_grad } from '../../autograd/mode.js';
import type { Tensor } from '../../tensor.js';
import { batch_norm } from '../functional/norm.js';
import * as init from '../init.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { boolText, numberText } from './print.js';

/** Options of batch and instance norm layers. */
export interface BatchNormLayerOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Weight of a batch in the running statistics; null: their plain average. Default 0.1. */
  momentum?: number | null;
  /** Learn a weight and a bias per channel. Default true. */
  affine?: boolean;
  /** With `affine`, learn the bias too. Default true. */
  bias?: boolean;
  /** Keep running statistics for evaluation. Default true (instance norms: false). */
  track_running_stats?: boolean;
  dtype?: DType;
}

/** Options of batch and instance norms in PyTorch's order. */
const NORM = 'eps momentum affine track_running_stats';

/** @internal What batch and instance norms take after the number of channels. */
export type NormArguments = Positional<BatchNormLayerOptions, typeof NORM>;

/** Weight, bias and running statistics per channel: what batch and instance norms share. */
export abstract class ChannelNorm extends Module {
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
    args: NormArguments,
    defaults: { affine: boolean; track_running_stats: boolean },
  ) {
    super();
    const options = named(this.constructor.name, NORM, args);
    requireCounts(this.constructor.name, { num_features });
    const { dtype } = options;
    this.eps = options.eps ?? 1e-5;
    this.momentum = options.momentum === undefined ? 0.1 : options.momentum;
    this.affine = options.affine ?? defaults.affine;
    this.track_running_stats = options.track_running_stats ?? defaults.track_running_stats;
    this.weight = this.affine ? new Parameter(ones([num_features], { dtype })) : null;
    this.bias = this.affine && (options.bias ?? true) ? new Parameter(zeros([num_features], { dtype })) : null;
    const track = this.track_running_stats;
    this.register_buffer('running_mean', track ? zeros([num_features], { dtype }) : null);
    this.register_buffer('running_var', track ? ones([num_features], { dtype }) : null);
    this.register_buffer('num_batches_tracked', track ? scalarTensor(0, 'int64') : null);
  }

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

  override extra_repr(): string {
    const { num_features, eps, momentum, affine, track_running_stats } = this;
    return (
      `${num_features}, eps=${numberText(eps)}, momentum=${momentum === null ? 'None' : numberText(momentum)}, ` +
      `affine=${boolText(affine)}, bias=${boolText(this.bias !== null)}, track_running_stats=${boolText(track_running_stats)}`
    );
  }
}

abstract class BatchNorm extends ChannelNorm {
  constructor(num_features: number, ...args: NormArguments) {
    super(num_features, args, { affine: true, track_running_stats: true });
  }

  /** Whether the layer takes inputs of this rank. */
  protected abstract takes(rank: number): boolean;
  /** What it takes, for errors. */
  protected abstract readonly shapes: string;

  override forward(x: Tensor): Tensor {
    if (!this.takes(x.ndim) || x.size(1) !== this.num_features) {
      throw badArgument(
        this.constructor.name,
        'input',
        x,
        `${this.shapes} with ${this.num_features} channels at dim 1`,
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
}

/**
 * Batch normalisation of [N, C] or [N, C, L]; see `F.batch_norm`.
 * @throws in training with a single value per channel.
 * @example const bottleneck = new nn.BatchNorm1d(2048);
 */
export class BatchNorm1d extends BatchNorm {
  protected override takes(rank: number): boolean {
    return rank === 2 || rank === 3;
  }
  protected override get shapes(): string {
    return '2-d or 3-d';
  }
}

/** Batch normalisation of images [N, C, H, W]; see `F.batch_norm`. */
export class BatchNorm2d extends BatchNorm {
  protected override takes(rank: number): boolean {
    return rank === 4;
  }
  protected override get shapes(): string {
    return '4-d';
  }
}

/** Batch normalisation of clips [N, C, D, H, W]; see `F.batch_norm`. */
export class BatchNorm3d extends BatchNorm {
  protected override takes(rank: number): boolean {
    return rank === 5;
  }
  protected override get shapes(): string {
    return '5-d';
  }
}

/** Batch normalisation of [N, C, ...] over all processes, of which there is one: the same as the other batch norms. */
export class SyncBatchNorm extends BatchNorm {
  protected override takes(rank: number): boolean {
    return rank >= 2;
  }
  protected override get shapes(): string {
    return 'at least 2-d';
  }

  /** PyTorch exchanges the batch norms of a model for synchronised ones; here they compute the same, so it stays. */
  static convert_sync_batchnorm<M extends Module>(module: M): M {
    return module;
  }
}
