/** `torch.nn.functional`. Keyword arguments are a trailing options object with PyTorch's names. */
export * from './activation.js';
export * from './conv.js';
export * from './cross-entropy.js';
export * from './dropout.js';
export * from './loss.js';
export * from './norm.js';
export type { PairArgument } from './pairs.js';
export * from './pool.js';
export type { LossOptions, Reduction } from './reduction.js';
