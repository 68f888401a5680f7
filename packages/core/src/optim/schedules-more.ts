/** Constant and polynomial schedules, and several at once. */
import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { badArgument, requireList, requireShare } from '../errors.js';
import { loadSchedulers } from './load-schedulers.js';
import { LRScheduler } from './lr_scheduler.js';
import type { ScheduledOptimizer, SchedulerStateDict } from './lr_scheduler.js';

/** `factor` (default 1/3) times the base rate for `total_iters` (default 5) epochs, then the base rate. */
export class ConstantLR extends LRScheduler {
  factor: number;
  total_iters: number;

  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Positional<{ factor?: number; total_iters?: number; last_epoch?: number }, 'factor total_iters last_epoch'>
  ) {
    const options = named(new.target.name, 'factor total_iters last_epoch', args);
    super(optimizer, options.last_epoch);
    this.factor = options.factor ?? 1 / 3;
    this.total_iters = options.total_iters ?? 5;
    requireShare('ConstantLR', 'factor', this.factor);
    this.start();
  }

  override get_lr(): number[] {
    const { factor, total_iters, last_epoch } = this;
    if (last_epoch === 0) return this.rates().map((lr) => lr * factor);
    return this.rates().map((lr) => (last_epoch === total_iters ? lr * (1 / factor) : lr));
  }
}

/** Base rate times (1 − epoch / total_iters)^power. Defaults 5 and 1. */
export class PolynomialLR extends LRScheduler {
  total_iters: number;
  power: number;

  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Positional<{ total_iters?: number; power?: number; last_epoch?: number }, 'total_iters power last_epoch'>
  ) {
    const options = named(new.target.name, 'total_iters power last_epoch', args);
    super(optimizer, options.last_epoch);
    this.total_iters = options.total_iters ?? 5;
    this.power = options.power ?? 1;
    if (!(this.total_iters > 0)) {
      throw badArgument('PolynomialLR', 'total_iters', this.total_iters, 'a positive number');
    }
    this.start();
  }

  override get_lr(): number[] {
    const { total_iters: total, power, last_epoch: epoch } = this;
    if (this._is_initial || epoch > total) return this.rates();
    const factor = ((1 - epoch / total) / (1 - (epoch - 1) / total)) ** power;
    return this.rates().map((lr) => lr * factor);
  }
}

/** Several schedules of one optimizer at once: each step steps them all. Throws for none, or another optimizer. */
export class ChainedScheduler {
  readonly optimizer: ScheduledOptimizer;
  private _last_lr: number[];

  constructor(readonly _schedulers: readonly LRScheduler[]) {
    requireList('ChainedScheduler', 'schedulers', _schedulers, 'at least one scheduler');
    if (_schedulers.length === 0 || !_schedulers.every((one: Partial<LRScheduler> | null) => one?.optimizer)) {
      throw badArgument('ChainedScheduler', 'schedulers', _schedulers, 'a list of at least one scheduler');
    }
    this.optimizer = _schedulers[0].optimizer;
    if (_schedulers.some((scheduler) => scheduler.optimizer !== this.optimizer)) {
      throw badArgument('ChainedScheduler', 'schedulers', _schedulers, 'schedulers of one optimizer');
    }
    this._last_lr = this.rates();
  }

  private rates(): number[] {
    return this.optimizer.param_groups.map((group) => group.lr);
  }

  /** Steps all schedules. */
  step(): void {
    for (const scheduler of this._schedulers) scheduler.step();
    this._last_lr = this.rates();
  }

  /** The rates that were set last, by group. */
  get_last_lr(): number[] {
    return [...this._last_lr];
  }

  /** The states of all schedules. */
  state_dict(): SchedulerStateDict {
    return { _last_lr: this.get_last_lr(), _schedulers: this._schedulers.map((scheduler) => scheduler.state_dict()) };
  }

  /** Takes over saved states. Throws when their number differs. */
  load_state_dict(state: SchedulerStateDict): void {
    loadSchedulers('ChainedScheduler', this._schedulers, state._schedulers);
    if (Array.isArray(state._last_lr)) this._last_lr = state._last_lr.map(Number);
  }
}
