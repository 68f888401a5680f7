/** `torch.nn.functional`. Keyword arguments are a trailing options object with PyTorch's names. */
export {
  leaky_relu,
  linear,
  log_softmax,
  logsigmoid,
  normalize,
  one_hot,
  relu,
  sigmoid,
  softmax,
  softplus,
  tanh,
} from './activation.js';
export type { DimArgument, NormalizeOptions } from './activation.js';
export { scaled_dot_product_attention } from './attention.js';
export type { AttentionOptions } from './attention.js';
export * from './avg-pool.js';
export * from './conv-transpose.js';
export { conv2d } from './conv.js';
export type { ConvOptions } from './conv.js';
export * from './cross-entropy.js';
export * from './dropout.js';
export { embedding } from './embedding.js';
export type { EmbeddingOptions } from './embedding.js';
export * from './grid-sample.js';
export * from './interpolate.js';
export * from './loss-pairs.js';
export {
  binary_cross_entropy_with_logits,
  cosine_similarity,
  l1_loss,
  margin_ranking_loss,
  mse_loss,
  pairwise_distance,
  soft_margin_loss,
  triplet_margin_loss,
} from './loss.js';
export type { BceOptions, MarginRankingOptions, PairwiseOptions, TripletMarginOptions } from './loss.js';
export * from './norm-groups.js';
export { batch_norm } from './norm.js';
export type { BatchNormOptions } from './norm.js';
export * from './pad.js';
export type { PairArgument } from './pairs.js';
export { adaptive_avg_pool2d, max_pool2d } from './pool.js';
export type { MaxPoolOptions } from './pool.js';
export * from './rectifiers.js';
export type { LossOptions, Reduction } from './reduction.js';
