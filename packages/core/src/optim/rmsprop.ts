import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { scalarTensor } from '../functions/create.js';
import { add, div, mul, neg, sqrt, sub } from '../functions/pointwise.js';
import { Tensor } from '../tensor.js';
import { assign } from '../view.js';
import { checkNumber } from './groups.js';
import type { ParamGroup, ParamsInput } from './groups.js';
import { Optimizer } from './optimizer.js';
import type { Cohort, ParamState } from './optimizer.js';

/** A group of RMSprop. */
export interface RMSpropGroup extends ParamGroup {
  alpha: number;
  eps: number;
  momentum: number;
  centered: boolean;
}

/** Options of RMSprop; PyTorch's names and defaults. */
export interface RMSpropOptions {
  /** Learning rate. Default 0.01. */
  lr?: number;
  /** Decay of the running mean of squares. Default 0.99. */
  alpha?: number;
  /** Added to the denominator. Default 1e-8. */
  eps?: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weight_decay?: number;
  /** Default 0. */
  momentum?: number;
  /** Divide by the standard deviation instead of the root mean square. Default false. */
  centered?: boolean;
  /** Go up the gradient. Default false. */
  maximize?: boolean;
}

/**
 * RMSprop, as `torch.optim.RMSprop`. Throws for numbers out of range.
 * @example new optim.RMSprop(model.parameters(), { lr: 3e-4, alpha: 0.99 });
 */
export class RMSprop extends Optimizer<RMSpropGroup> {
  constructor(
    params: ParamsInput<RMSpropGroup>,
    ...args: Positional<RMSpropOptions, 'lr alpha eps weight_decay momentum centered'>
  ) {
    const options = named(new.target.name, 'lr alpha eps weight_decay momentum centered', args);
    super(params, {
      lr: options.lr ?? 0.01,
      momentum: options.momentum ?? 0,
      alpha: options.alpha ?? 0.99,
      eps: options.eps ?? 1e-8,
      centered: options.centered ?? false,
      weight_decay: options.weight_decay ?? 0,
      maximize: options.maximize ?? false,
    });
  }

  protected override checkGroup(group: RMSpropGroup): void {
    for (const option of ['lr', 'eps', 'momentum', 'weight_decay', 'alpha'] as const) {
      checkNumber('RMSprop', option, group[option]);
    }
  }

  protected override stateNames({ momentum, centered }: RMSpropGroup): readonly string[] {
    return ['square_avg', ...(momentum > 0 ? ['momentum_buffer'] : []), ...(centered ? ['grad_avg'] : [])];
  }

  protected override update(cohort: Cohort<RMSpropGroup>): void {
    const { group, params } = cohort;
    const { momentum, weight_decay, centered, maximize } = group;
    const lr = this.scalar(cohort, 'lr', () => group.lr);
    const alpha = this.scalar(cohort, 'alpha', () => group.alpha);
    const rest = this.scalar(cohort, 'rest', () => 1 - group.alpha);
    const eps = this.scalar(cohort, 'eps', () => group.eps);
    const decay = weight_decay === 0 ? null : this.scalar(cohort, 'weight_decay', () => group.weight_decay);
    const inertia = momentum > 0 ? this.scalar(cohort, 'momentum', () => group.momentum) : null;
    for (const { parameter, grad, state } of params) {
      const { square_avg, momentum_buffer, grad_avg } = state.tensors;
      const upward = maximize ? neg(grad) : grad;
      const slope = decay === null ? upward : add(upward, mul(parameter, decay));
      assign(square_avg, add(mul(square_avg, alpha), mul(mul(slope, slope), rest)));
      let variance: Tensor = square_avg;
      if (centered) {
        assign(grad_avg, add(grad_avg, mul(sub(slope, grad_avg), rest)));
        variance = sub(square_avg, mul(grad_avg, grad_avg));
      }
      const scaled = div(slope, add(sqrt(variance), eps));
      if (inertia === null) {
        assign(parameter, sub(parameter, mul(scaled, lr)));
        continue;
      }
      assign(momentum_buffer, add(mul(momentum_buffer, inertia), scaled));
      assign(parameter, sub(parameter, mul(momentum_buffer, lr)));
    }
  }

  protected override saveState({ step, tensors }: ParamState): Record<string, Tensor> {
    const saved = Object.entries(tensors).map(([name, tensor]) => [name, tensor.detach()]);
    return { step: scalarTensor(step, 'float32'), ...(Object.fromEntries(saved) as Record<string, Tensor>) };
  }

  protected override savedStep({ step }: Readonly<Record<string, Tensor | number | null>>): number {
    return step instanceof Tensor ? step.item() : (step ?? 0);
  }
}
