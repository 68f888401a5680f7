import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { DType } from '../../dtype.js';
import { requireCounts } from '../../errors.js';
import { zeros } from '../../functions/create.js';
import { linear } from '../../functions/linalg.js';
import type { Tensor } from '../../tensor.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { resetWeightAndBias } from './reset.js';

/** Options of layers with weights. */
export interface WeightOptions {
  /** Whether a learnable bias is added. Default true. */
  bias?: boolean;
  /** Default: `get_default_dtype()`. */
  dtype?: DType;
}

/**
 * y = x Wᵀ + b: [..., in_features] to [..., out_features]. Starts as PyTorch's (same numbers after `manual_seed`).
 * @example new nn.Linear(2048, 395, { bias: false });
 */
export class Linear extends Module {
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    readonly in_features: number,
    readonly out_features: number,
    ...args: Positional<WeightOptions, 'bias'>
  ) {
    super();
    const options = named(this.constructor.name, 'bias', args);
    requireCounts('Linear', { in_features, out_features });
    const factory = { dtype: options.dtype };
    this.weight = new Parameter(zeros([out_features, in_features], factory));
    this.bias = (options.bias ?? true) ? new Parameter(zeros([out_features], factory)) : null;
    this.reset_parameters();
  }

  /** Draws the initial weights anew. */
  reset_parameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }

  override extra_repr(): string {
    const { in_features, out_features, bias } = this;
    return `in_features=${in_features}, out_features=${out_features}, bias=${bias === null ? 'False' : 'True'}`;
  }
}

/** Gives back its input. Takes and ignores arguments, so that it can stand for another layer. */
export class Identity extends Module {
  constructor(..._ignored: readonly unknown[]) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return x;
  }
}
