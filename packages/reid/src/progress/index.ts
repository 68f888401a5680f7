export type { ProgressStream, StepResult, TrainProgressOptions } from './progress.js';
export { TrainProgress } from './progress.js';
