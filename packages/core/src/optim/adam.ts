import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { dispatchAll } from '../dispatch.js';
import { scalarTensor } from '../functions/create.js';
import { add, div, maximum, mul, neg, sqrt, sub } from '../functions/pointwise.js';
import { Tensor } from '../tensor.js';
import { assign } from '../view.js';
import { checkNumber } from './groups.js';
import type { ParamGroup, ParamsInput } from './groups.js';
import { Optimizer } from './optimizer.js';
import type { Cohort, ParamState } from './optimizer.js';

/** A group of Adam and AdamW. */
export interface AdamGroup extends ParamGroup {
  betas: readonly [number, number];
  eps: number;
  amsgrad: boolean;
}

/** Options of Adam and AdamW; PyTorch's names. */
export interface AdamOptions {
  /** Learning rate. Default 0.001. */
  lr?: number;
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  eps?: number;
  /** Adam (default 0): added to the gradient. AdamW (default 0.01): taken off the parameter. */
  weight_decay?: number;
  /** Divide by the largest second moment so far instead of the present one. Default false. */
  amsgrad?: boolean;
  /** Go up the gradient. Default false. */
  maximize?: boolean;
}

const ADAM = 'lr betas eps weight_decay amsgrad';
type AdamArguments = Positional<AdamOptions, typeof ADAM>;

/** lr, beta1, 1 − beta1, beta2, 1 − beta2, eps, weight decay, both bias corrections. */
type AdamNumbers = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor | number, Tensor, Tensor];

abstract class AdamBase extends Optimizer<AdamGroup> {
  /** Whether weight decay acts on the parameter instead of the gradient. */
  protected abstract readonly decoupled: boolean;

  constructor(params: ParamsInput<AdamGroup>, args: AdamArguments, weightDecay: number) {
    const options = named(new.target.name, ADAM, args);
    super(params, {
      lr: options.lr ?? 1e-3,
      betas: options.betas ?? [0.9, 0.999],
      eps: options.eps ?? 1e-8,
      weight_decay: options.weight_decay ?? weightDecay,
      amsgrad: options.amsgrad ?? false,
      maximize: options.maximize ?? false,
    });
  }

  protected override checkGroup(group: AdamGroup): void {
    const name = this.constructor.name;
    for (const option of ['lr', 'eps', 'weight_decay'] as const) checkNumber(name, option, group[option]);
    for (const i of [0, 1] as const) checkNumber(name, `betas[${i}]`, group.betas[i], 1);
  }

  protected override stateNames(group: AdamGroup): readonly string[] {
    return group.amsgrad ? ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'] : ['exp_avg', 'exp_avg_sq'];
  }

  /** 1 − beta^t, computed in double. */
  private correction(cohort: Cohort<AdamGroup>, i: 0 | 1): Tensor {
    const { betas } = cohort.group;
    const beta = betas[i];
    const recurrence = { init: 1 - beta ** cohort.count(), mul: beta, add: 1 - beta };
    return this.scalar(
      cohort,
      `bias_correction${i + 1}`,
      () => 1 - cohort.group.betas[i] ** (cohort.count() + 1),
      recurrence,
    );
  }

  protected override update(cohort: Cohort<AdamGroup>): void {
    const { group, params } = cohort;
    const weightDecay = group.weight_decay !== 0;
    const attrs = { decoupled: this.decoupled, maximize: group.maximize, weightDecay };
    const numbers = [
      this.scalar(cohort, 'lr', () => group.lr),
      this.scalar(cohort, 'beta1', () => group.betas[0]),
      this.scalar(cohort, 'rest1', () => 1 - group.betas[0]),
      this.scalar(cohort, 'beta2', () => group.betas[1]),
      this.scalar(cohort, 'rest2', () => 1 - group.betas[1]),
      this.scalar(cohort, 'eps', () => group.eps),
      weightDecay ? this.scalar(cohort, 'weight_decay', () => group.weight_decay) : 0,
      this.correction(cohort, 0),
      this.correction(cohort, 1),
    ] as const;
    if (group.amsgrad) {
      for (const each of params) this.amsgradStep(each, group, numbers);
      return;
    }
    const scalars = this.stackScalars(cohort, numbers);
    for (const { parameter, grad, state } of params) {
      const { exp_avg: first, exp_avg_sq: second } = state.tensors;
      const outs = dispatchAll('adam_step', [parameter, grad, first, second, scalars], attrs);
      [parameter, first, second].forEach((tensor, i) => assign(tensor, outs[i]));
    }
  }

  /** The step of the op `adam_step` with the largest second moment, written in tensor ops. */
  private amsgradStep(
    { parameter, grad, state }: Cohort<AdamGroup>['params'][number],
    group: AdamGroup,
    [lr, beta1, rest1, beta2, rest2, eps, decay, correction1, correction2]: AdamNumbers,
  ): void {
    const { exp_avg, exp_avg_sq, max_exp_avg_sq } = state.tensors;
    let slope = group.maximize ? neg(grad) : grad;
    let start: Tensor = parameter;
    if (group.weight_decay !== 0) {
      if (this.decoupled) start = mul(parameter, sub(1, mul(lr, decay)));
      else slope = add(slope, mul(parameter, decay));
    }
    assign(exp_avg, add(mul(exp_avg, beta1), mul(slope, rest1)));
    assign(exp_avg_sq, add(mul(exp_avg_sq, beta2), mul(mul(slope, slope), rest2)));
    assign(max_exp_avg_sq, maximum(max_exp_avg_sq, exp_avg_sq));
    const spread = add(div(sqrt(max_exp_avg_sq), sqrt(correction2)), eps);
    assign(parameter, sub(start, mul(div(exp_avg, spread), div(lr, correction1))));
  }

  protected override saveState({ step, tensors }: ParamState): Record<string, Tensor> {
    const saved = Object.entries(tensors).map(([name, tensor]) => [name, tensor.detach()]);
    return { step: scalarTensor(step, 'float32'), ...(Object.fromEntries(saved) as Record<string, Tensor>) };
  }

  protected override savedStep({ step }: Readonly<Record<string, Tensor | number | null>>): number {
    return step instanceof Tensor ? step.item() : (step ?? 0);
  }
}

/**
 * Adam, as `torch.optim.Adam`. Throws for numbers out of range.
 * @example new optim.Adam(model.parameters(), { lr: 3.5e-4, weight_decay: 5e-4 });
 */
export class Adam extends AdamBase {
  protected override get decoupled(): boolean {
    return false;
  }

  constructor(params: ParamsInput<AdamGroup>, ...args: AdamArguments) {
    super(params, args, 0);
  }
}

/** Adam with decoupled weight decay, as `torch.optim.AdamW`. Throws for numbers out of range. */
export class AdamW extends AdamBase {
  protected override get decoupled(): boolean {
    return true;
  }

  constructor(params: ParamsInput<AdamGroup>, ...args: AdamArguments) {
    super(params, args, 0.01);
  }
}
