/** The functions of the `torch` namespace. */
export * from './create.js';
export * from './random.js';
export * from './pointwise.js';
export * from './elementwise.js';
export * from './reduce.js';
export * from './statistics.js';
export * from './shape.js';
export * from './arrange.js';
export * from './indexing.js';
export * from './taking.js';
export * from './sort.js';
export * from './counting.js';
export * from './linalg.js';
export * from './products.js';
export { einsum } from './einsum.js';
export { finfo, iinfo } from './limits.js';
export type { FloatInfo, IntegerInfo } from './limits.js';
export * from './devices.js';
