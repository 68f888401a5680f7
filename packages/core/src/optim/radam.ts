import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { scalarTensor } from '../functions/create.js';
import { add, div, gt, mul, neg, sqrt, sub, where } from '../functions/pointwise.js';
import { Tensor } from '../tensor.js';
import { assign } from '../view.js';
import { checkNumber } from './groups.js';
import type { ParamGroup, ParamsInput } from './groups.js';
import { Optimizer } from './optimizer.js';
import type { Cohort, ParamState } from './optimizer.js';

/** A group of RAdam. */
export interface RAdamGroup extends ParamGroup {
  betas: readonly [number, number];
  eps: number;
  decoupled_weight_decay: boolean;
}

/** Options of RAdam; PyTorch's names and defaults. */
export interface RAdamOptions {
  /** Learning rate. Default 0.001. */
  lr?: number;
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  eps?: number;
  /** Default 0. */
  weight_decay?: number;
  /** Take the weight decay off the parameter instead of adding it to the gradient. Default false. */
  decoupled_weight_decay?: boolean;
  /** Go up the gradient. Default false. */
  maximize?: boolean;
}

/** √(1 − beta2^t) times the rectification of step `t`, or 0 while the variance of the step size is unknown. */
function rectification(t: number, beta2: number): number {
  const longest = 2 / (1 - beta2) - 1;
  const correction = 1 - beta2 ** t;
  const length = longest - (2 * t * beta2 ** t) / correction;
  if (!(length > 5)) return 0;
  const above = (length - 4) * (length - 2) * longest;
  return Math.sqrt(above / ((longest - 4) * (longest - 2) * length)) * Math.sqrt(correction);
}

/** Rectified Adam, as `torch.optim.RAdam`. Throws for numbers out of range. */
export class RAdam extends Optimizer<RAdamGroup> {
  constructor(params: ParamsInput<RAdamGroup>, ...args: Positional<RAdamOptions, 'lr betas eps weight_decay'>) {
    const options = named(new.target.name, 'lr betas eps weight_decay', args);
    super(params, {
      lr: options.lr ?? 1e-3,
      betas: options.betas ?? [0.9, 0.999],
      eps: options.eps ?? 1e-8,
      weight_decay: options.weight_decay ?? 0,
      decoupled_weight_decay: options.decoupled_weight_decay ?? false,
      maximize: options.maximize ?? false,
    });
  }

  protected override checkGroup(group: RAdamGroup): void {
    for (const option of ['lr', 'eps', 'weight_decay'] as const) checkNumber('RAdam', option, group[option]);
    for (const i of [0, 1] as const) checkNumber('RAdam', `betas[${i}]`, group.betas[i], 1);
  }

  protected override stateNames(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq'];
  }

  protected override update(cohort: Cohort<RAdamGroup>): void {
    const { group, params } = cohort;
    const lr = this.scalar(cohort, 'lr', () => group.lr);
    const beta2 = this.scalar(cohort, 'beta2', () => group.betas[1]);
    const [rest1, rest2] = ([0, 1] as const).map((i) => this.scalar(cohort, `rest${i + 1}`, () => 1 - group.betas[i]));
    const eps = this.scalar(cohort, 'eps', () => group.eps);
    const decay = group.weight_decay === 0 ? null : this.scalar(cohort, 'weight_decay', () => group.weight_decay);
    const correction = this.scalar(cohort, 'bias_correction1', () => 1 - group.betas[0] ** (cohort.count() + 1));
    const rectified = this.scalar(cohort, 'rectification', () => rectification(cohort.count() + 1, group.betas[1]));
    for (const { parameter, grad, state } of params) {
      const { exp_avg, exp_avg_sq } = state.tensors;
      let slope = group.maximize ? neg(grad) : grad;
      let start: Tensor = parameter;
      if (decay !== null) {
        if (group.decoupled_weight_decay) start = mul(parameter, sub(1, mul(lr, decay)));
        else slope = add(slope, mul(parameter, decay));
      }
      assign(exp_avg, add(exp_avg, mul(sub(slope, exp_avg), rest1)));
      assign(exp_avg_sq, add(mul(exp_avg_sq, beta2), mul(mul(slope, slope), rest2)));
      const scale = where(gt(rectified, 0), div(rectified, add(sqrt(exp_avg_sq), eps)), 1);
      assign(parameter, sub(start, mul(mul(div(exp_avg, correction), lr), scale)));
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
