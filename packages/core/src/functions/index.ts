/** The functions of the `torch` namespace. */
export * from './create.js';
export * from './random.js';
export * from './pointwise.js';
export * from './reduce.js';
export * from './shape.js';
export * from './indexing.js';
export * from './linalg.js';
