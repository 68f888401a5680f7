/**
 * Metric losses in parts, as in pytorch-metric-learning: a distance, a miner, a loss and a reducer, combined freely. All
 * are masks and weights over the whole batch, so that every combination traces and exports.
 */
export * from './batch-easy-hard.js';
export { ArcFaceLoss, CosFaceLoss, NormalizedSoftmaxLoss } from './class-losses.js';
export type { ClassLossOptions, FaceLossOptions, NormalizedSoftmaxOptions, WeightInit } from './class-losses.js';
export * from './contrast-losses.js';
export * from './cross-batch-memory.js';
export * from './distance.js';
export * from './distance-weighted.js';
export * from './lifted-structure.js';
export { MetricLoss } from './loss.js';
export type { LossDefaults, MetricLossOptions } from './loss.js';
export * from './margin-loss.js';
export * from './mined.js';
export * from './miners.js';
export * from './pair-losses.js';
export * from './proxy-losses.js';
export * from './ranking-losses.js';
export * from './reducers.js';
export * from './softmax-heads.js';
export { TripletMarginLoss } from './triplet-margin.js';
export type { TripletMarginOptions } from './triplet-margin.js';
