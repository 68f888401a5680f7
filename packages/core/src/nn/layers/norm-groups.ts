import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { DType } from '../../dtype.js';
import { badArgument, requireCount } from '../../errors.js';
import { ones, zeros } from '../../functions/create.js';
import { squeeze, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import { group_norm, instance_norm, layer_norm, local_response_norm } from '../functional/norm-groups.js';
import type { LocalResponseOptions } from '../functional/norm-groups.js';
import * as init from '../init.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { ChannelNorm } from './norm.js';
import type { NormArguments } from './norm.js';
import { boolText, floatText, numberText, tupleText } from './print.js';

abstract class InstanceNorm extends ChannelNorm {
  constructor(num_features: number, ...args: NormArguments) {
    super(num_features, args, { affine: false, track_running_stats: false });
  }

  /** Dims of positions. */
  protected abstract readonly positions: number;

  override forward(x: Tensor): Tensor {
    const rank = this.positions + 2;
    const single = x.ndim === rank - 1;
    if ((x.ndim !== rank && !single) || x.size(single ? 0 : 1) !== this.num_features) {
      throw badArgument(
        this.constructor.name,
        'input',
        x,
        `${rank}-d or, for one sample, ${rank - 1}-d with ${this.num_features} channels`,
      );
    }
    // PyTorch's instance norms have a count of batches and leave it at 0.
    const { weight, bias, running_mean, running_var, eps } = this;
    const use_input_stats = this.training || running_mean === null;
    const options = { weight, bias, running_mean, running_var, eps, momentum: this.momentum ?? 0, use_input_stats };
    return single ? squeeze(instance_norm(unsqueeze(x, 0), options), 0) : instance_norm(x, options);
  }
}

/** Normalises every channel of every sample of [N, C, L] or [C, L]; see `F.instance_norm`. No weights by default. */
export class InstanceNorm1d extends InstanceNorm {
  protected override get positions(): number {
    return 1;
  }
}

/**
 * Normalises every channel of every image of [N, C, H, W] or [C, H, W]; see `F.instance_norm`. No weights by default.
 * @example new nn.InstanceNorm2d(64, { affine: true });
 */
export class InstanceNorm2d extends InstanceNorm {
  protected override get positions(): number {
    return 2;
  }
}

/** Normalises every channel of every clip of [N, C, D, H, W] or [C, D, H, W]; see `F.instance_norm`. */
export class InstanceNorm3d extends InstanceNorm {
  protected override get positions(): number {
    return 3;
  }
}

/** Options of GroupNorm. */
export interface GroupNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Learn a weight and a bias per channel. Default true. */
  affine?: boolean;
  /** With `affine`, learn the bias too. Default true. */
  bias?: boolean;
  dtype?: DType;
}

/** Normalises groups of channels of each sample; see `F.group_norm`. Throws unless the groups divide the channels. */
export class GroupNorm extends Module {
  eps: number;
  affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    readonly num_groups: number,
    readonly num_channels: number,
    ...args: Positional<GroupNormOptions, 'eps affine'>
  ) {
    super();
    const options = named(this.constructor.name, 'eps affine', args);
    const { dtype } = options;
    if (!Number.isInteger(num_groups) || num_groups < 1 || num_channels % num_groups !== 0) {
      throw badArgument('GroupNorm', 'num_groups', num_groups, `a divisor of num_channels, ${num_channels}`);
    }
    this.eps = options.eps ?? 1e-5;
    this.affine = options.affine ?? true;
    this.weight = this.affine ? new Parameter(ones([num_channels], { dtype })) : null;
    this.bias = this.affine && (options.bias ?? true) ? new Parameter(zeros([num_channels], { dtype })) : null;
  }

  /** Weight and bias as at the start. */
  reset_parameters(): void {
    if (this.weight !== null) init.ones_(this.weight);
    if (this.bias !== null) init.zeros_(this.bias);
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return group_norm(x, this.num_groups, { weight, bias, eps });
  }

  override extra_repr(): string {
    const { num_groups, num_channels, eps, affine } = this;
    return `${num_groups}, ${num_channels}, eps=${numberText(eps)}, affine=${boolText(affine)}, bias=${boolText(this.bias !== null)}`;
  }
}

/** Options of LayerNorm. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Learn a weight and a bias of the normalised shape. Default true. */
  elementwise_affine?: boolean;
  /** With `elementwise_affine`, learn the bias too. Default true. */
  bias?: boolean;
  dtype?: DType;
}

/** Normalises over the last dims; see `F.layer_norm`. `new nn.LayerNorm(768)` or `new nn.LayerNorm([16, 8])`. */
export class LayerNorm extends Module {
  normalized_shape: readonly number[];
  eps: number;
  elementwise_affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(
    normalized_shape: number | readonly number[],
    ...args: Positional<LayerNormOptions, 'eps elementwise_affine bias'>
  ) {
    super();
    const options = named(this.constructor.name, 'eps elementwise_affine bias', args);
    this.normalized_shape = typeof normalized_shape === 'number' ? [normalized_shape] : [...normalized_shape];
    if (this.normalized_shape.length === 0) {
      throw badArgument('LayerNorm', 'normalized_shape', normalized_shape, 'the sizes of the last dims');
    }
    this.normalized_shape.forEach((size, i) => requireCount('LayerNorm', `normalized_shape[${i}]`, size));
    this.eps = options.eps ?? 1e-5;
    this.elementwise_affine = options.elementwise_affine ?? true;
    const affine = this.elementwise_affine;
    const factory = { dtype: options.dtype };
    this.weight = affine ? new Parameter(ones(this.normalized_shape, factory)) : null;
    this.bias = affine && (options.bias ?? true) ? new Parameter(zeros(this.normalized_shape, factory)) : null;
  }

  /** Weight and bias as at the start. */
  reset_parameters(): void {
    if (this.weight !== null) init.ones_(this.weight);
    if (this.bias !== null) init.zeros_(this.bias);
  }

  override forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return layer_norm(x, this.normalized_shape, { weight, bias, eps });
  }

  override extra_repr(): string {
    const { normalized_shape, eps, elementwise_affine } = this;
    return (
      `${tupleText(normalized_shape)}, eps=${numberText(eps)}, ` +
      `elementwise_affine=${boolText(elementwise_affine)}, bias=${boolText(this.bias !== null)}`
    );
  }
}

/** Divides by a power of the mean square of neighbouring channels; see `F.local_response_norm`. */
export class LocalResponseNorm extends Module {
  alpha: number;
  beta: number;
  k: number;

  constructor(
    readonly size: number,
    ...args: Positional<LocalResponseOptions, 'alpha beta k'>
  ) {
    super();
    const options = named(this.constructor.name, 'alpha beta k', args);
    this.alpha = options.alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
  }

  override forward(x: Tensor): Tensor {
    const { alpha, beta, k } = this;
    return local_response_norm(x, this.size, { alpha, beta, k });
  }

  override extra_repr(): string {
    return `${this.size}, alpha=${numberText(this.alpha)}, beta=${numberText(this.beta)}, k=${floatText(this.k)}`;
  }
}
