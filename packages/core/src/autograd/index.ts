export { detect_anomaly, is_anomaly_enabled, set_detect_anomaly } from './anomaly-mode.js';
export { grad } from './engine.js';
export type { BackwardOptions, GradOptions } from './engine.js';
export { Function, FunctionContext } from './function.js';
export type { FunctionClass } from './function.js';
export { gradcheck, gradgradcheck } from './gradcheck.js';
export type { CheckedFunction, GradcheckOptions } from './gradcheck.js';
export type { GradHook } from './meta.js';
export { Variable } from './variable.js';
