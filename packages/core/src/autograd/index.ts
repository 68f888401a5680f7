export { grad } from './engine.js';
export type { BackwardOptions, GradOptions } from './engine.js';
export { gradcheck, gradgradcheck } from './gradcheck.js';
export type { CheckedFunction, GradcheckOptions } from './gradcheck.js';
export type { GradHook } from './meta.js';
