/** `torch.nn`: modules, layers, losses and initialisers. */
export * as functional from './functional/index.js';
export * as init from './init.js';
export * from './layers/activation.js';
export * from './layers/containers.js';
export * from './layers/conv.js';
export * from './layers/linear.js';
export * from './layers/loss.js';
export { BatchNorm1d, BatchNorm2d } from './layers/norm.js';
export type { BatchNormLayerOptions } from './layers/norm.js';
export * from './layers/pool.js';
export { Module } from './module.js';
export type { RemovableHandle } from './module.js';
export { Parameter } from './parameter.js';
export type { IncompatibleKeys, StateDict } from './state.js';
export * as utils from './utils.js';
