/** `torch.optim.lr_scheduler`: all learning rate schedules. */
export * from './lr_scheduler.js';
export { LRScheduler as _LRScheduler } from './lr_scheduler.js';
export * from './schedules-cycle.js';
export * from './schedules-more.js';
export * from './schedules-plateau.js';
