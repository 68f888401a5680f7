/** `torch.optim`: optimizers and learning rate schedules. */
export { Adam, AdamW } from './adam.js';
export type { AdamGroup, AdamOptions } from './adam.js';
export type { GroupInput, ParamGroup, ParamItem, ParamsInput } from './groups.js';
export { Optimizer } from './optimizer.js';
export type { LoadedOptimizerState, OptimizerStateDict } from './optimizer.js';
export { RAdam } from './radam.js';
export type { RAdamGroup, RAdamOptions } from './radam.js';
export { RMSprop } from './rmsprop.js';
export type { RMSpropGroup, RMSpropOptions } from './rmsprop.js';
export { SGD } from './sgd.js';
export type { SGDGroup, SGDOptions } from './sgd.js';
export * as lr_scheduler from './schedules.js';
export * as swa_utils from './swa_utils.js';
