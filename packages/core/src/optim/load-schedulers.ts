import { badArgument } from '../errors.js';
import type { LRScheduler, SchedulerStateDict } from './lr_scheduler.js';

/** Takes over the saved states of several schedules. Throws when their number differs. */
export function loadSchedulers(name: string, schedulers: readonly LRScheduler[], states: unknown): void {
  if (!Array.isArray(states) || states.length !== schedulers.length) {
    throw badArgument(`${name}.load_state_dict`, '_schedulers', states, `${schedulers.length} states`);
  }
  schedulers.forEach((scheduler, i) => scheduler.load_state_dict(states[i] as SchedulerStateDict));
}
