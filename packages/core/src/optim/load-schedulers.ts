import type { LRScheduler, SchedulerStateDict } from './lr_scheduler.js';

/** Takes over the saved states of several schedules. Throws when their number differs. */
export function loadSchedulers(name: string, schedulers: readonly LRScheduler[], states: unknown): void {
  if (!Array.isArray(states) || states.length !== schedulers.length) {
    throw new Error(`${name}.load_state_dict: expected the states of ${schedulers.length} schedulers`);
  }
  schedulers.forEach((scheduler, i) => scheduler.load_state_dict(states[i] as SchedulerStateDict));
}
