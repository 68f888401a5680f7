import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { badArgument, requireChoice, requireTensor } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { requireOptimizer } from './groups.js';
import type { ScheduledOptimizer, SchedulerStateDict } from './lr_scheduler.js';

/** Options of ReduceLROnPlateau; PyTorch's names and defaults. */
export interface PlateauOptions {
  /** Whether smaller (default) or larger values are better. */
  mode?: 'min' | 'max';
  /** Default 0.1. */
  factor?: number;
  /** Epochs without improvement that are let pass. Default 10. */
  patience?: number;
  /** How much better counts as better. Default 1e-4. */
  threshold?: number;
  /** Whether `threshold` is a part of the best value (default) or a number. */
  threshold_mode?: 'rel' | 'abs';
  /** Epochs after a reduction that do not count. Default 0. */
  cooldown?: number;
  /** Lower bound, for all groups or for each. Default 0. */
  min_lr?: number | readonly number[];
  /** Smaller reductions are not made. Default 1e-8. */
  eps?: number;
}

/**
 * Times `factor` when a metric has not become better for `patience` epochs: `scheduler.step(loss)`.
 * @throws for a factor of 1 or more, other modes, and another number of `min_lr`.
 */
export class ReduceLROnPlateau {
  mode: 'min' | 'max';
  factor: number;
  patience: number;
  threshold: number;
  threshold_mode: 'rel' | 'abs';
  cooldown: number;
  eps: number;
  min_lrs: number[];
  best: number;
  num_bad_epochs = 0;
  cooldown_counter = 0;
  last_epoch = 0;

  constructor(
    readonly optimizer: ScheduledOptimizer,
    ...args: Positional<PlateauOptions, 'mode factor patience'>
  ) {
    const options = named(new.target.name, 'mode factor patience', args);
    requireOptimizer('ReduceLROnPlateau', optimizer);
    const { mode = 'min', threshold_mode = 'rel', factor = 0.1, min_lr = 0 } = options;
    if (!(factor < 1)) throw badArgument('ReduceLROnPlateau', 'factor', factor, 'less than 1');
    requireChoice('ReduceLROnPlateau', 'mode', mode, 'min max');
    requireChoice('ReduceLROnPlateau', 'threshold_mode', threshold_mode, 'rel abs');
    const groups = optimizer.param_groups.length;
    this.min_lrs = typeof min_lr === 'number' ? new Array<number>(groups).fill(min_lr) : [...min_lr];
    if (this.min_lrs.length !== groups) {
      throw badArgument('ReduceLROnPlateau', 'min_lr', min_lr, `a number, or ${groups}, one per group`);
    }
    this.mode = mode;
    this.factor = factor;
    this.patience = options.patience ?? 10;
    this.threshold = options.threshold ?? 1e-4;
    this.threshold_mode = threshold_mode;
    this.cooldown = options.cooldown ?? 0;
    this.eps = options.eps ?? 1e-8;
    this.best = mode === 'min' ? Infinity : -Infinity;
  }

  private isBetter(value: number): boolean {
    const { mode, threshold_mode, threshold, best } = this;
    const sign = mode === 'min' ? -1 : 1;
    const bound = threshold_mode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === 'min' ? value < bound : value > bound;
  }

  /** Takes the metric of one epoch, a number or a tensor of one element, and reduces the rates where it is time. */
  step(metrics: number | Tensor): void {
    if (typeof metrics !== 'number') requireTensor('ReduceLROnPlateau.step', 'metrics', metrics);
    const value = typeof metrics === 'number' ? metrics : metrics.item();
    this.last_epoch++;
    if (this.isBetter(value)) {
      this.best = value;
      this.num_bad_epochs = 0;
    } else this.num_bad_epochs++;
    if (this.cooldown_counter > 0) {
      this.cooldown_counter--;
      this.num_bad_epochs = 0;
    }
    if (this.num_bad_epochs <= this.patience) return;
    this.optimizer.param_groups.forEach((group, i) => {
      const next = Math.max(group.lr * this.factor, this.min_lrs[i] ?? 0);
      if (group.lr - next > this.eps) group.lr = next;
    });
    this.cooldown_counter = this.cooldown;
    this.num_bad_epochs = 0;
  }

  /** The rates of the groups. */
  get_last_lr(): number[] {
    return this.optimizer.param_groups.map((group) => group.lr);
  }

  /** The schedule's fields, without the optimizer. */
  state_dict(): SchedulerStateDict {
    return structuredClone(Object.fromEntries(Object.entries(this).filter(([key]) => key !== 'optimizer')));
  }

  /** Takes over the fields of a saved schedule. */
  load_state_dict(state: SchedulerStateDict): void {
    Object.assign(this, structuredClone(state));
  }
}
