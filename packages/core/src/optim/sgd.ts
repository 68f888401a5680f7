import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { dispatchAll } from '../dispatch.js';
import { badArgument } from '../errors.js';
import { cast, eq } from '../functions/pointwise.js';
import type { Tensor } from '../tensor.js';
import { assign } from '../view.js';
import { checkNumber } from './groups.js';
import type { ParamGroup, ParamsInput } from './groups.js';
import { Optimizer } from './optimizer.js';
import type { Cohort, ParamState } from './optimizer.js';

/** A group of SGD. */
export interface SGDGroup extends ParamGroup {
  momentum: number;
  dampening: number;
  nesterov: boolean;
}

/** Options of SGD; PyTorch's names and defaults. */
export interface SGDOptions {
  /** Learning rate. Default 0.001. */
  lr?: number;
  /** Default 0. */
  momentum?: number;
  /** How much of a gradient does not enter the momentum. Default 0. */
  dampening?: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weight_decay?: number;
  /** Look ahead along the momentum; wants a momentum and no dampening. Default false. */
  nesterov?: boolean;
  /** Go up the gradient. Default false. */
  maximize?: boolean;
}

/**
 * Stochastic gradient descent, with momentum, as `torch.optim.SGD`.
 * @throws for numbers out of range, and for `nesterov` without momentum or with dampening.
 * @example new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, weight_decay: 5e-4, nesterov: true });
 */
export class SGD extends Optimizer<SGDGroup> {
  constructor(
    params: ParamsInput<SGDGroup>,
    ...args: Positional<SGDOptions, 'lr momentum dampening weight_decay nesterov'>
  ) {
    const options = named(new.target.name, 'lr momentum dampening weight_decay nesterov', args);
    super(params, {
      lr: options.lr ?? 1e-3,
      momentum: options.momentum ?? 0,
      dampening: options.dampening ?? 0,
      weight_decay: options.weight_decay ?? 0,
      nesterov: options.nesterov ?? false,
      maximize: options.maximize ?? false,
    });
  }

  protected override checkGroup(group: SGDGroup): void {
    for (const option of ['lr', 'momentum', 'weight_decay'] as const) checkNumber('SGD', option, group[option]);
    if (group.nesterov && (group.momentum <= 0 || group.dampening !== 0)) {
      const got = `momentum ${group.momentum} and dampening ${group.dampening}`;
      throw badArgument('SGD', 'nesterov', true, `false for ${got}: it needs a momentum above 0 and dampening 0`);
    }
  }

  protected override stateNames(group: SGDGroup): readonly string[] {
    return group.momentum === 0 ? [] : ['momentum_buffer'];
  }

  protected override update(cohort: Cohort<SGDGroup>): void {
    const { group, params } = cohort;
    const momentum = group.momentum !== 0;
    const weightDecay = group.weight_decay !== 0;
    const attrs = { nesterov: group.nesterov, maximize: group.maximize, momentum, weightDecay };
    const scalars = this.stackScalars(cohort, [
      this.scalar(cohort, 'lr', () => group.lr),
      momentum ? this.scalar(cohort, 'momentum', () => group.momentum) : 0,
      momentum ? this.scalar(cohort, 'dampening', () => group.dampening) : 0,
      weightDecay ? this.scalar(cohort, 'weight_decay', () => group.weight_decay) : 0,
      momentum ? this.isFirst(cohort) : 0,
    ]);
    for (const { parameter, grad, state } of params) {
      // Without momentum the op gives its buffer back as it is; the gradient stands in for one.
      const buffer = momentum ? state.tensors['momentum_buffer'] : grad;
      const [next, nextBuffer] = dispatchAll('sgd_step', [parameter, grad, buffer, scalars], attrs);
      assign(parameter, next);
      if (momentum) assign(buffer, nextBuffer);
    }
  }

  /** 1 in the first step, when the momentum is the gradient itself, else 0: one graph serves both. */
  private isFirst(cohort: Cohort<SGDGroup>): Tensor {
    const recurrence = { init: cohort.count(), mul: 1, add: 1 };
    return cast(
      eq(
        this.scalar(cohort, 'step', () => cohort.count() + 1, recurrence),
        1,
      ),
      cohort.dtype,
    );
  }

  protected override saveState({ tensors: { momentum_buffer } }: ParamState): Record<string, Tensor> {
    return momentum_buffer === undefined ? {} : { momentum_buffer: momentum_buffer.detach() };
  }

  /** PyTorch saves no count: a momentum tells that a first step was made. */
  protected override savedStep(saved: Readonly<Record<string, Tensor | number | null>>): number {
    return saved['momentum_buffer'] ? 1 : 0;
  }
}
