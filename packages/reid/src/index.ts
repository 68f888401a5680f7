/**
 * Person re-identification: models, data sets, samplers, transforms, evaluation, checkpoints, reports and a trainer.
 * The command line `reidgrad train` is `runTraining` with flags.
 */
export * from './checkpoint/index.js';
export * from './config/index.js';
export * from './datasets/index.js';
export * from './evaluation/index.js';
export * from './images/index.js';
export * from './models/index.js';
export * from './progress/index.js';
export * from './report/index.js';
export * from './samplers/index.js';
export * from './tensorboard/index.js';
export * from './train/index.js';
export * from './transforms/index.js';
