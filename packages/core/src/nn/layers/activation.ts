import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { flatten } from '../../functions/shape.js';
import type { FlattenArguments } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';
import * as F from '../functional/activation.js';
import { dropout } from '../functional/dropout.js';
import { Module } from '../module.js';
import { DropoutBase, InPlace, Plain } from './inplace.js';
import type { InPlaceOption } from './inplace.js';
import { numberText } from './print.js';

/** max(x, 0). */
export class ReLU extends Plain {
  protected override compute(x: Tensor): Tensor {
    return F.relu(x);
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

/** x, and `negative_slope` (default 0.01) times x where it is negative: `new nn.LeakyReLU(0.1)`. */
export class LeakyReLU extends InPlace {
  negative_slope: number;

  constructor(...args: Positional<{ negative_slope?: number } & InPlaceOption, 'negative_slope inplace'>) {
    super();
    const { negative_slope = 0.01, inplace = false } = named(this.constructor.name, 'negative_slope inplace', args);
    this.negative_slope = negative_slope;
    this.inplace = inplace;
  }

  protected override compute(x: Tensor): Tensor {
    return F.leaky_relu(x, { negative_slope: this.negative_slope });
  }

  override extra_repr(): string {
    return `negative_slope=${numberText(this.negative_slope)}${this.inplaceText()}`;
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
  start_dim: number;
  end_dim: number;

  constructor(...args: FlattenArguments) {
    super();
    const { start_dim = 1, end_dim = -1 } = named(this.constructor.name, 'start_dim end_dim', args);
    this.start_dim = start_dim;
    this.end_dim = end_dim;
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.start_dim, this.end_dim);
  }

  override extra_repr(): string {
    return `start_dim=${this.start_dim}, end_dim=${this.end_dim}`;
  }
}

/** In training, sets elements to 0 with probability `p` (default 0.5) and divides the others by 1 − p. */
export class Dropout extends DropoutBase {
  protected override compute(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training });
  }
}
