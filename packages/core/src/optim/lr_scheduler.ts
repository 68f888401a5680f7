/** `torch.optim.lr_scheduler`: learning rate schedules. Call `step()` after the optimizer's, once per epoch. */
import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { badArgument, requireChoice, requireCount, requireList, requireShare } from '../errors.js';
import type { ParamGroup } from './groups.js';
import { checkNumber, requireOptimizer } from './groups.js';
import { loadSchedulers } from './load-schedulers.js';

/** As much of an optimizer as a schedule needs. */
export interface ScheduledOptimizer {
  param_groups: ParamGroup[];
}

/** A schedule's own fields, plain data. */
export type SchedulerStateDict = Record<string, unknown>;

/** How many of the sorted `milestones` are reached at `epoch`. */
const reached = (milestones: readonly number[], epoch: number): number =>
  milestones.filter((milestone) => milestone <= epoch).length;

/**
 * Base of all schedules. Subclasses define `get_lr`, which sees `last_epoch` and the rates of the groups.
 * Constructing one sets the rates of epoch 0.
 */
export abstract class LRScheduler {
  /** The rates that the schedule starts from, by group. */
  base_lrs: number[];
  /** The epoch whose rates are set. */
  last_epoch: number;
  // PyTorch's names, so that saved schedules go both ways.
  protected _is_initial = false;
  protected _step_count = 0;
  protected _last_lr: number[] = [];

  /**
   * @param last_epoch the epoch to go on after; then every group needs an `initial_lr`. Default −1.
   * @throws when going on and an `initial_lr` is missing.
   */
  constructor(
    readonly optimizer: ScheduledOptimizer,
    last_epoch = -1,
  ) {
    requireOptimizer(this.constructor.name, optimizer);
    this.base_lrs = optimizer.param_groups.map((group, i) => {
      if (last_epoch === -1) group.initial_lr ??= group.lr;
      if (group.initial_lr === undefined) {
        const expected = `-1, since param_groups[${i}] has no initial_lr; load the optimizer's state before going on`;
        throw badArgument(this.constructor.name, 'last_epoch', last_epoch, expected);
      }
      return group.initial_lr;
    });
    this.last_epoch = last_epoch;
  }

  /** The rates of `last_epoch`, by group. */
  abstract get_lr(): number[];

  protected rates(): number[] {
    return this.optimizer.param_groups.map((group) => group.lr);
  }

  /** @internal Sets the first rates; a subclass calls it when its fields are there. */
  start(): void {
    this._step_count = 0;
    this._is_initial = true;
    this.step();
    this._is_initial = false;
  }

  /** @internal Begins at epoch 0 from the base rates, whatever a schedule before it left. */
  restart(): void {
    this.optimizer.param_groups.forEach((group, i) => (group.lr = this.base_lrs[i]));
    this._is_initial = true;
    this.update(0);
    this._is_initial = false;
  }

  /** Goes to the next epoch and sets its rates. */
  step(): void {
    this._step_count++;
    this.update(this.last_epoch + 1);
  }

  /** @internal Sets the rates of `epoch`. */
  protected update(epoch: number): void {
    this.last_epoch = epoch;
    const rates = this.get_lr();
    this.optimizer.param_groups.forEach((group, i) => (group.lr = rates[i]));
    this._last_lr = rates;
  }

  /** The rates that were set last, by group. */
  get_last_lr(): number[] {
    return [...this._last_lr];
  }

  /** The schedule's fields under PyTorch's names, without the optimizer and functions. */
  state_dict(): SchedulerStateDict {
    const fields = Object.entries(this).filter(([key]) => key !== 'optimizer' && key !== 'lr_lambdas');
    return structuredClone(Object.fromEntries(fields));
  }

  /** Takes over the fields of a saved schedule, PyTorch's too; the rates of the groups are the optimizer's to load. */
  load_state_dict(state: SchedulerStateDict): void {
    const { lr_lambdas: _, ...fields } = state;
    Object.assign(this, structuredClone(fields));
  }
}

/** Base rate times a function of the epoch: one for all groups or one for each. */
export class LambdaLR extends LRScheduler {
  readonly lr_lambdas: readonly ((epoch: number) => number)[];

  constructor(
    optimizer: ScheduledOptimizer,
    lr_lambda: ((epoch: number) => number) | readonly ((epoch: number) => number)[],
    ...args: Positional<{ last_epoch?: number }, 'last_epoch'>
  ) {
    const options = named(new.target.name, 'last_epoch', args);
    super(optimizer, options.last_epoch);
    const groups = optimizer.param_groups;
    this.lr_lambdas = typeof lr_lambda === 'function' ? groups.map(() => lr_lambda) : lr_lambda;
    if (this.lr_lambdas.length !== groups.length) {
      throw badArgument('LambdaLR', 'lr_lambda', lr_lambda, `a function, or ${groups.length}, one per group`);
    }
    this.start();
  }

  override get_lr(): number[] {
    return this.base_lrs.map((base, i) => base * this.lr_lambdas[i](this.last_epoch));
  }

  /** With null for each function, as PyTorch has it. */
  override state_dict(): SchedulerStateDict {
    return { ...super.state_dict(), lr_lambdas: this.lr_lambdas.map(() => null) };
  }
}

/** Times `gamma` (default 0.1) every `step_size` epochs. */
export class StepLR extends LRScheduler {
  gamma: number;

  constructor(
    optimizer: ScheduledOptimizer,
    readonly step_size: number,
    ...args: Positional<{ gamma?: number; last_epoch?: number }, 'gamma last_epoch'>
  ) {
    const options = named(new.target.name, 'gamma last_epoch', args);
    super(optimizer, options.last_epoch);
    this.gamma = options.gamma ?? 0.1;
    requireCount('StepLR', 'step_size', step_size);
    this.start();
  }

  override get_lr(): number[] {
    const due = this.last_epoch !== 0 && this.last_epoch % this.step_size === 0;
    return this.rates().map((lr) => (due ? lr * this.gamma : lr));
  }
}

/** The milestones of a list, or of counts by milestone: a plain object, or a `Map` of a file of PyTorch. */
function milestoneList(saved: readonly number[] | object): number[] {
  if (Array.isArray(saved)) return saved.map(Number);
  const counts = saved instanceof Map ? [...(saved as Map<number, number>)] : Object.entries(saved);
  return counts.flatMap(([milestone, times]) => new Array<number>(Number(times)).fill(Number(milestone)));
}

/** Times `gamma` (default 0.1) at each milestone; a milestone named twice counts twice. */
export class MultiStepLR extends LRScheduler {
  gamma: number;
  milestones: number[];

  constructor(
    optimizer: ScheduledOptimizer,
    milestones: readonly number[],
    ...args: Positional<{ gamma?: number; last_epoch?: number }, 'gamma last_epoch'>
  ) {
    const options = named(new.target.name, 'gamma last_epoch', args);
    super(optimizer, options.last_epoch);
    requireList('MultiStepLR', 'milestones', milestones, 'epochs');
    this.milestones = [...milestones];
    this.gamma = options.gamma ?? 0.1;
    this.start();
  }

  override get_lr(): number[] {
    const times = this.milestones.filter((milestone) => milestone === this.last_epoch).length;
    return this.rates().map((lr) => (times === 0 ? lr : lr * this.gamma ** times));
  }

  /** With PyTorch's `milestones`: how often each one is named. */
  override state_dict(): SchedulerStateDict {
    const milestones: Record<number, number> = {};
    for (const milestone of this.milestones) milestones[milestone] = (milestones[milestone] ?? 0) + 1;
    return { ...super.state_dict(), milestones };
  }

  override load_state_dict(state: SchedulerStateDict): void {
    super.load_state_dict(state);
    this.milestones = milestoneList(this.milestones);
  }
}

/** Times `gamma` every epoch. */
export class ExponentialLR extends LRScheduler {
  constructor(
    optimizer: ScheduledOptimizer,
    public gamma: number,
    ...args: Positional<{ last_epoch?: number }, 'last_epoch'>
  ) {
    const options = named(new.target.name, 'last_epoch', args);
    super(optimizer, options.last_epoch);
    checkNumber('ExponentialLR', 'gamma', gamma);
    this.start();
  }

  override get_lr(): number[] {
    return this.rates().map((lr) => (this._is_initial ? lr : lr * this.gamma));
  }
}

interface LinearOptions {
  start_factor?: number;
  end_factor?: number;
  total_iters?: number;
  last_epoch?: number;
}

/** From `start_factor` (default 1/3) to `end_factor` (default 1) of the base rate in `total_iters` (default 5) epochs. */
export class LinearLR extends LRScheduler {
  start_factor: number;
  end_factor: number;
  total_iters: number;

  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Positional<LinearOptions, 'start_factor end_factor total_iters last_epoch'>
  ) {
    const options = named(new.target.name, 'start_factor end_factor total_iters last_epoch', args);
    super(optimizer, options.last_epoch);
    this.start_factor = options.start_factor ?? 1 / 3;
    this.end_factor = options.end_factor ?? 1;
    this.total_iters = options.total_iters ?? 5;
    if (!(this.start_factor > 0 && this.start_factor <= 1)) {
      throw badArgument('LinearLR', 'start_factor', this.start_factor, 'above 0 and at most 1');
    }
    requireShare('LinearLR', 'end_factor', this.end_factor);
    this.start();
  }

  override get_lr(): number[] {
    const { start_factor: start, end_factor: end, total_iters: total, last_epoch: epoch } = this;
    if (epoch === 0) return this.rates().map((lr) => lr * start);
    if (this._is_initial || epoch > total) return this.rates();
    return this.rates().map((lr) => lr * (1 + (end - start) / (total * start + (epoch - 1) * (end - start))));
  }
}

/** Down a half cosine from the base rate to `eta_min` (default 0) in `T_max` epochs, and up again. */
export class CosineAnnealingLR extends LRScheduler {
  eta_min: number;

  constructor(
    optimizer: ScheduledOptimizer,
    readonly T_max: number,
    ...args: Positional<{ eta_min?: number; last_epoch?: number }, 'eta_min last_epoch'>
  ) {
    const options = named(new.target.name, 'eta_min last_epoch', args);
    super(optimizer, options.last_epoch);
    requireCount('CosineAnnealingLR', 'T_max', T_max);
    this.eta_min = options.eta_min ?? 0;
    this.start();
  }

  override get_lr(): number[] {
    const { T_max: period, eta_min: low, last_epoch: epoch } = this;
    const cosine = (at: number): number => Math.cos((Math.PI * at) / period);
    return this.rates().map((lr, i) => {
      const span = this.base_lrs[i] - low;
      if (this._is_initial) return lr;
      if (this._step_count === 1 && epoch > 0) return low + (span * (1 + cosine(epoch))) / 2;
      // At the bottom the ratio of the general case would be 0 / 0.
      if ((epoch - 1 - period) % (2 * period) === 0) return lr + (span * (1 - cosine(1))) / 2;
      return ((1 + cosine(epoch)) / (1 + cosine(epoch - 1))) * (lr - low) + low;
    });
  }
}

/** Options of `WarmupMultiStepLR`. */
export interface WarmupOptions {
  /** Default 0.1. */
  gamma?: number;
  /** Factor at epoch 0. Default 1/3. */
  warmup_factor?: number;
  /** Epochs of warm-up. Default 500. */
  warmup_iters?: number;
  /** 'linear' (default) grows to 1, 'constant' stays at the factor. */
  warmup_method?: 'linear' | 'constant';
  last_epoch?: number;
}

/**
 * Warm-up, then times `gamma` at each milestone: the schedule of ReID strong baselines (BagTricks, AGW).
 * @throws for milestones that do not increase, and another warm-up method.
 */
export class WarmupMultiStepLR extends LRScheduler {
  milestones: number[];
  gamma: number;
  warmup_factor: number;
  warmup_iters: number;
  warmup_method: 'linear' | 'constant';

  constructor(
    optimizer: ScheduledOptimizer,
    milestones: readonly number[],
    ...args: Positional<WarmupOptions, 'gamma warmup_factor warmup_iters warmup_method last_epoch'>
  ) {
    const options = named(new.target.name, 'gamma warmup_factor warmup_iters warmup_method last_epoch', args);
    super(optimizer, options.last_epoch);
    this.milestones = [...milestones];
    this.gamma = options.gamma ?? 0.1;
    this.warmup_factor = options.warmup_factor ?? 1 / 3;
    this.warmup_iters = options.warmup_iters ?? 500;
    this.warmup_method = options.warmup_method ?? 'linear';
    if (milestones.some((milestone, i) => i > 0 && milestone < milestones[i - 1])) {
      throw badArgument('WarmupMultiStepLR', 'milestones', milestones, 'increasing integers');
    }
    requireChoice('WarmupMultiStepLR', 'warmup_method', this.warmup_method, 'linear constant');
    this.start();
  }

  override get_lr(): number[] {
    const { last_epoch: epoch, warmup_iters, gamma, milestones } = this;
    const alpha = this.warmup_method === 'linear' ? epoch / warmup_iters : 0;
    const factor = epoch < warmup_iters ? this.warmup_factor * (1 - alpha) + alpha : 1;
    return this.base_lrs.map((base) => base * factor * gamma ** reached(milestones, epoch));
  }
}

/** Schedules one after the other: `schedulers[i]` from `milestones[i - 1]` on. Throws when the counts do not fit. */
export class SequentialLR extends LRScheduler {
  readonly _schedulers: readonly LRScheduler[];
  _milestones: number[];

  constructor(
    optimizer: ScheduledOptimizer,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    ...args: Positional<{ last_epoch?: number }, 'last_epoch'>
  ) {
    const options = named(new.target.name, 'last_epoch', args);
    super(optimizer, options.last_epoch);
    if (schedulers.length === 0 || milestones.length !== schedulers.length - 1) {
      const expected = `one number less than there are schedulers, ${schedulers.length}`;
      throw badArgument('SequentialLR', 'milestones', milestones, expected);
    }
    if (schedulers.some((scheduler) => scheduler.optimizer !== optimizer)) {
      throw badArgument('SequentialLR', 'schedulers', schedulers, 'schedulers of the optimizer that is passed');
    }
    this._schedulers = schedulers;
    this._milestones = [...milestones];
    this.last_epoch = (options.last_epoch ?? -1) + 1;
    // The schedules' own first steps are undone, and only the first one's is made again.
    for (const group of optimizer.param_groups) group.lr = group.initial_lr ?? group.lr;
    this.undo();
    const first = schedulers[reached(this._milestones, 0)];
    first.start();
    this._last_lr = first.get_last_lr();
  }

  private undo(): void {
    for (const scheduler of this._schedulers) {
      if (scheduler instanceof SequentialLR) scheduler.undo();
      else scheduler.last_epoch--;
    }
  }

  override get_lr(): number[] {
    return this.rates();
  }

  override step(): void {
    this.last_epoch++;
    const at = reached(this._milestones, this.last_epoch);
    const scheduler = this._schedulers[at];
    if (at > 0 && this._milestones[at - 1] === this.last_epoch) scheduler.restart();
    else scheduler.step();
    this._last_lr = scheduler.get_last_lr();
  }

  override state_dict(): SchedulerStateDict {
    const { last_epoch, _last_lr, _milestones } = this;
    const _schedulers = this._schedulers.map((scheduler) => scheduler.state_dict());
    return structuredClone({ _milestones, last_epoch, _last_lr, _schedulers });
  }

  override load_state_dict(state: SchedulerStateDict): void {
    const { _schedulers, ...own } = state;
    loadSchedulers('SequentialLR', this._schedulers, _schedulers);
    super.load_state_dict(own);
  }
}
