/** Schedules that come back: warm restarts, and one cycle up and down. */
import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { CallError, badArgument, requireChoice, requireCount, requireShare } from '../errors.js';
import { LRScheduler } from './lr_scheduler.js';
import type { ScheduledOptimizer } from './lr_scheduler.js';

/**
 * Down a half cosine to `eta_min` (default 0) in T_0 epochs, then again from the base rate in T_mult (default 1) times
 * as many, and so on. `step(epoch + i / batches)` goes by fractions of an epoch.
 * @throws for a T_0 or T_mult that is no positive integer, and a negative epoch.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  T_i: number;
  T_mult: number;
  eta_min: number;
  T_cur: number;

  constructor(
    optimizer: ScheduledOptimizer,
    readonly T_0: number,
    ...args: Positional<{ T_mult?: number; eta_min?: number; last_epoch?: number }, 'T_mult eta_min last_epoch'>
  ) {
    const options = named(new.target.name, 'T_mult eta_min last_epoch', args);
    super(optimizer, options.last_epoch);
    const { T_mult = 1, eta_min = 0, last_epoch = -1 } = options;
    for (const [option, value] of [['T_0', T_0] as const, ['T_mult', T_mult] as const]) {
      requireCount('CosineAnnealingWarmRestarts', option, value);
    }
    this.T_i = T_0;
    this.T_mult = T_mult;
    this.eta_min = eta_min;
    this.T_cur = last_epoch;
    this.start();
  }

  override get_lr(): number[] {
    const { eta_min, T_cur, T_i } = this;
    return this.base_lrs.map((base) => eta_min + ((base - eta_min) * (1 + Math.cos((Math.PI * T_cur) / T_i))) / 2);
  }

  /** Goes to the next epoch, or to `epoch`, which may be a fraction. */
  override step(epoch?: number): void {
    const { T_0, T_mult } = this;
    const given = epoch === undefined && this.last_epoch < 0 ? 0 : epoch;
    if (given === undefined) {
      this.T_cur++;
      if (this.T_cur >= this.T_i) {
        this.T_cur %= this.T_i;
        this.T_i *= T_mult;
      }
    } else if (!(given >= 0)) {
      throw badArgument('CosineAnnealingWarmRestarts.step', 'epoch', given, 'at least 0');
    } else if (given < T_0) {
      this.T_i = T_0;
      this.T_cur = given;
    } else if (T_mult === 1) {
      this.T_cur = given % T_0;
    } else {
      const n = Math.trunc(Math.log((given / T_0) * (T_mult - 1) + 1) / Math.log(T_mult));
      this.T_cur = given - (T_0 * (T_mult ** n - 1)) / (T_mult - 1);
      this.T_i = T_0 * T_mult ** n;
    }
    this.update(given === undefined ? this.last_epoch + 1 : Math.floor(given));
  }
}

/** Options of OneCycleLR; PyTorch's names and defaults. */
export interface OneCycleOptions {
  /** Steps of the whole cycle; or `epochs` and `steps_per_epoch`. */
  total_steps?: number;
  epochs?: number;
  steps_per_epoch?: number;
  /** Part of the cycle on the way up. Default 0.3. */
  pct_start?: number;
  /** Default 'cos'. */
  anneal_strategy?: 'cos' | 'linear';
  /** Move the momentum (SGD, RMSprop) or the first beta (Adam) the other way. Default true. */
  cycle_momentum?: boolean;
  /** Default 0.85. */
  base_momentum?: number | readonly number[];
  /** Default 0.95. */
  max_momentum?: number | readonly number[];
  /** The first rate is the largest divided by it. Default 25. */
  div_factor?: number;
  /** The last rate is the first divided by it. Default 1e4. */
  final_div_factor?: number;
  /** Come back to the first rate before the last descent. Default false. */
  three_phase?: boolean;
  last_epoch?: number;
}

interface Phase {
  end: number;
  lr: readonly [from: 'first' | 'max' | 'last', to: 'first' | 'max' | 'last'];
  /** Whether the momentum goes down. */
  momentumDown: boolean | null;
}

const ONE_CYCLE = 'total_steps epochs steps_per_epoch pct_start anneal_strategy cycle_momentum';

/**
 * Up to `max_lr` and down below the first rate in one cycle; `step()` after every batch.
 * @throws without a positive number of steps, for a `pct_start` outside of 0 to 1, an optimizer without momentum while
 * `cycle_momentum`, and steps beyond the end.
 * @example new lr_scheduler.OneCycleLR(optimizer, 0.1, { total_steps: 1000 });
 */
export class OneCycleLR extends LRScheduler {
  total_steps: number;
  max_lrs: number[];
  private readonly phases: Phase[];
  private readonly anneal: 'cos' | 'linear';
  private readonly momenta: { base: number[]; max: number[] } | null;
  private readonly div_factor: number;
  private readonly final_div_factor: number;

  constructor(
    optimizer: ScheduledOptimizer,
    max_lr: number | readonly number[],
    ...args: Positional<OneCycleOptions, typeof ONE_CYCLE>
  ) {
    const options = named(new.target.name, ONE_CYCLE, args);
    const { pct_start = 0.3, anneal_strategy = 'cos', cycle_momentum = true, three_phase = false } = options;
    const total = options.total_steps ?? (options.epochs ?? 0) * (options.steps_per_epoch ?? 0);
    if (!Number.isInteger(total) || total <= 0) {
      throw badArgument('OneCycleLR', 'total_steps', total, 'a positive integer, or epochs and steps_per_epoch');
    }
    requireShare('OneCycleLR', 'pct_start', pct_start);
    requireChoice('OneCycleLR', 'anneal_strategy', anneal_strategy, 'cos linear');
    const perGroup = (option: string, value: number | readonly number[]): number[] => {
      const list = typeof value === 'number' ? optimizer.param_groups.map(() => value) : [...value];
      if (list.length === optimizer.param_groups.length) return list;
      throw badArgument('OneCycleLR', option, value, `a number, or ${optimizer.param_groups.length}, one per group`);
    };
    const max_lrs = perGroup('max_lr', max_lr);
    const div_factor = options.div_factor ?? 25;
    if ((options.last_epoch ?? -1) === -1) {
      optimizer.param_groups.forEach((group, i) => (group.initial_lr = max_lrs[i] / div_factor));
    }
    super(optimizer, options.last_epoch);
    this.total_steps = total;
    this.max_lrs = max_lrs;
    this.div_factor = div_factor;
    this.final_div_factor = options.final_div_factor ?? 1e4;
    this.anneal = anneal_strategy;
    const top = pct_start * total - 1;
    this.phases = three_phase
      ? [
          { end: top, lr: ['first', 'max'], momentumDown: true },
          { end: 2 * pct_start * total - 2, lr: ['max', 'first'], momentumDown: false },
          { end: total - 1, lr: ['first', 'last'], momentumDown: null },
        ]
      : [
          { end: top, lr: ['first', 'max'], momentumDown: true },
          { end: total - 1, lr: ['max', 'last'], momentumDown: false },
        ];
    this.momenta = cycle_momentum
      ? {
          base: perGroup('base_momentum', options.base_momentum ?? 0.85),
          max: perGroup('max_momentum', options.max_momentum ?? 0.95),
        }
      : null;
    this.start();
  }

  private blend(from: number, to: number, part: number): number {
    if (this.anneal === 'linear') return (to - from) * part + from;
    return to + ((from - to) / 2) * (Math.cos(Math.PI * part) + 1);
  }

  override get_lr(): number[] {
    const { last_epoch: step, phases, momenta } = this;
    if (step > this.total_steps) {
      throw new CallError('OneCycleLR.step', `got step ${step}, expected at most total_steps, ${this.total_steps}`);
    }
    const at = phases.findIndex(({ end }, i) => step <= end || i === phases.length - 1);
    const start = at === 0 ? 0 : phases[at - 1].end;
    const { end, lr, momentumDown } = phases[at];
    const part = (step - start) / (end - start);
    return this.optimizer.param_groups.map((group, i) => {
      if (momenta !== null) {
        const [high, low] = [momenta.max[i], momenta.base[i]];
        setMomentum(
          group,
          momentumDown === null ? high : this.blend(momentumDown ? high : low, momentumDown ? low : high, part),
        );
      }
      const max = this.max_lrs[i];
      const first = max / this.div_factor;
      const rates = { first, max, last: first / this.final_div_factor };
      return this.blend(rates[lr[0]], rates[lr[1]], part);
    });
  }
}

/** Sets the momentum of a group, or its first beta. */
function setMomentum(group: object, value: number): void {
  if ('betas' in group && Array.isArray(group.betas)) group.betas = [value, ...(group.betas as number[]).slice(1)];
  else if ('momentum' in group) group.momentum = value;
  else throw badArgument('OneCycleLR', 'cycle_momentum', true, 'false for an optimizer without momentum and betas');
}
