/** Activations of `functional/rectifiers.ts` as layers. */
import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { badArgument, requireCounts, requireOptions } from '../../errors.js';
import { full } from '../../functions/create.js';
import type { DType } from '../../dtype.js';
import type { Tensor } from '../../tensor.js';
import { logsigmoid, softmax, softplus } from '../functional/activation.js';
import { dropout2d } from '../functional/dropout.js';
import * as F from '../functional/rectifiers.js';
import type { GeluOptions } from '../functional/rectifiers.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { DropoutBase, InPlace, Plain } from './inplace.js';
import type { InPlaceOption } from './inplace.js';
import { floatText } from './print.js';

/** min(max(x, 0), 6). */
export class ReLU6 extends Plain {
  protected override compute(x: Tensor): Tensor {
    return F.relu6(x);
  }
}

/** The self-normalising ELU; see `F.selu`. */
export class SELU extends Plain {
  protected override compute(x: Tensor): Tensor {
    return F.selu(x);
  }
}

/** x · sigmoid(x). */
export class SiLU extends Plain {
  protected override compute(x: Tensor): Tensor {
    return F.silu(x);
  }
}

/** x · tanh(softplus(x)). */
export class Mish extends Plain {
  protected override compute(x: Tensor): Tensor {
    return F.mish(x);
  }
}

/** x · relu6(x + 3) / 6. */
export class Hardswish extends Plain {
  protected override compute(x: Tensor): Tensor {
    return F.hardswish(x);
  }

  override extra_repr(): string {
    return '';
  }
}

/** relu6(x + 3) / 6. */
export class Hardsigmoid extends Plain {
  protected override compute(x: Tensor): Tensor {
    return F.hardsigmoid(x);
  }

  override extra_repr(): string {
    return '';
  }
}

/** x limited to [min_val, max_val] (default −1 to 1); see `F.hardtanh`. */
export class Hardtanh extends InPlace {
  min_val: number;
  max_val: number;

  constructor(...args: Positional<{ min_val?: number; max_val?: number } & InPlaceOption, 'min_val max_val inplace'>) {
    super();
    const {
      min_val = -1,
      max_val = 1,
      inplace = false,
    } = named(this.constructor.name, 'min_val max_val inplace', args);
    if (!(min_val < max_val)) throw badArgument('Hardtanh', 'min_val', min_val, `less than max_val, ${max_val}`);
    this.min_val = min_val;
    this.max_val = max_val;
    this.inplace = inplace;
  }

  protected override compute(x: Tensor): Tensor {
    return F.hardtanh(x, { min_val: this.min_val, max_val: this.max_val });
  }

  override extra_repr(): string {
    return `min_val=${floatText(this.min_val)}, max_val=${floatText(this.max_val)}${this.inplaceText()}`;
  }
}

/** x above 0, alpha (e^x − 1) below. */
export class ELU extends InPlace {
  alpha: number;

  constructor(...args: Positional<{ alpha?: number } & InPlaceOption, 'alpha inplace'>) {
    super();
    const { alpha = 1, inplace = false } = named(this.constructor.name, 'alpha inplace', args);
    this.alpha = alpha;
    this.inplace = inplace;
  }

  protected override compute(x: Tensor): Tensor {
    return F.elu(x, { alpha: this.alpha });
  }

  override extra_repr(): string {
    return `alpha=${floatText(this.alpha)}${this.inplaceText()}`;
  }
}

/** x above 0, a learnt slope times x below: one for all channels (default) or one for each. Starts at `init`, 0.25. */
export class PReLU extends Module {
  weight: Parameter;

  constructor(
    readonly num_parameters = 1,
    ...args: Positional<{ init?: number; dtype?: DType }, 'init'>
  ) {
    super();
    const options = named(this.constructor.name, 'init', args);
    requireCounts('PReLU', { num_parameters });
    this.weight = new Parameter(full([num_parameters], options.init ?? 0.25, { dtype: options.dtype }));
  }

  override forward(x: Tensor): Tensor {
    return F.prelu(x, this.weight);
  }

  override extra_repr(): string {
    return `num_parameters=${this.num_parameters}`;
  }
}

/** log(1 + e^(beta x)) / beta; see `F.softplus`. */
export class Softplus extends Module {
  beta: number;
  threshold: number;

  constructor(...args: Positional<{ beta?: number; threshold?: number }, 'beta threshold'>) {
    super();
    const options = named(this.constructor.name, 'beta threshold', args);
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
  }

  override forward(x: Tensor): Tensor {
    return softplus(x, { beta: this.beta, threshold: this.threshold });
  }

  override extra_repr(): string {
    return `beta=${floatText(this.beta)}, threshold=${floatText(this.threshold)}`;
  }
}

/** x above `threshold`, else `value`. */
export class Threshold extends Module {
  constructor(
    readonly threshold: number,
    readonly value: number,
  ) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return F.threshold(x, this.threshold, this.value);
  }

  override extra_repr(): string {
    return `threshold=${this.threshold}, value=${this.value}`;
  }
}

/** log(sigmoid(x)). */
export class LogSigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return logsigmoid(x);
  }
}

/** x times the probability that a normal number is below it; see `F.gelu`. */
export class GELU extends Module {
  approximate: 'none' | 'tanh';

  constructor(options: GeluOptions = {}) {
    super();
    requireOptions(this.constructor.name, options);
    this.approximate = options.approximate ?? 'none';
  }

  override forward(x: Tensor): Tensor {
    return F.gelu(x, { approximate: this.approximate });
  }

  override extra_repr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** Softmax over the channels of [N, C, H, W] or [C, H, W]. */
export class Softmax2d extends Module {
  override forward(x: Tensor): Tensor {
    if (x.ndim !== 3 && x.ndim !== 4) {
      throw badArgument('Softmax2d', 'input', x, '[N, C, H, W] or [C, H, W]');
    }
    return softmax(x, -3);
  }
}

/** In training, sets whole channels to 0 with probability `p` (default 0.5); see `F.dropout2d`. */
export class Dropout2d extends DropoutBase {
  protected override compute(x: Tensor): Tensor {
    return dropout2d(x, { p: this.p, training: this.training });
  }
}
