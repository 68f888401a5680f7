import { requireShare } from '../../errors.js';
import { flatten } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import * as F from '../functional/activation.js';
import { dropout } from '../functional/dropout.js';
import { Module } from '../module.js';
import { numberText } from './print.js';

/** max(x, 0). `inplace` is accepted for ported code; the input is never overwritten. */
export class ReLU extends Module {
  inplace: boolean;

  constructor(options: { inplace?: boolean } | boolean = {}) {
    super();
    this.inplace = typeof options === 'boolean' ? options : (options.inplace ?? false);
  }

  override forward(x: Tensor): Tensor {
    return F.relu(x);
  }

  override extra_repr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** 1 / (1 + e^−x). */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return F.sigmoid(x);
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return F.tanh(x);
  }
}

/** x, and `negative_slope` (default 0.01) times x where it is negative. */
export class LeakyReLU extends Module {
  negative_slope: number;

  constructor(options: { negative_slope?: number; inplace?: boolean } | number = {}) {
    super();
    this.negative_slope = typeof options === 'number' ? options : (options.negative_slope ?? 0.01);
  }

  override forward(x: Tensor): Tensor {
    return F.leaky_relu(x, { negative_slope: this.negative_slope });
  }

  override extra_repr(): string {
    return `negative_slope=${numberText(this.negative_slope)}`;
  }
}

/** What Softmax and LogSoftmax share. */
abstract class OverDim extends Module {
  dim: number;

  constructor(dim: F.DimArgument) {
    super();
    this.dim = F.dimOf(this.constructor.name, dim);
  }

  override extra_repr(): string {
    return `dim=${this.dim}`;
  }
}

/** e^x / Σ e^x: `new nn.Softmax(1)` or `new nn.Softmax({ dim: 1 })`. */
export class Softmax extends OverDim {
  override forward(x: Tensor): Tensor {
    return F.softmax(x, this.dim);
  }
}

/** log(softmax(x)), without overflow. */
export class LogSoftmax extends OverDim {
  override forward(x: Tensor): Tensor {
    return F.log_softmax(x, this.dim);
  }
}

/** Joins dims `start_dim` (default 1) to `end_dim` (default the last). */
export class Flatten extends Module {
  constructor(
    readonly start_dim = 1,
    readonly end_dim = -1,
  ) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.start_dim, this.end_dim);
  }

  override extra_repr(): string {
    return `start_dim=${this.start_dim}, end_dim=${this.end_dim}`;
  }
}

/** In training, sets elements to 0 with probability `p` (default 0.5) and divides the others by 1 − p. */
export class Dropout extends Module {
  p: number;

  constructor(options: number | { p?: number; inplace?: boolean } = {}) {
    super();
    this.p = typeof options === 'number' ? options : (options.p ?? 0.5);
    requireShare('Dropout', 'p', this.p);
  }

  override forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training });
  }

  override extra_repr(): string {
    return `p=${this.p}, inplace=False`;
  }
}
