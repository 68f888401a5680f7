/** `torch.utils.data`: datasets, samplers and loaders, with PyTorch's draws. */
export * from './collate.js';
export * from './dataloader.js';
export { ConcatDataset, Dataset, Subset, TensorDataset, random_split } from './dataset.js';
export type { DatasetLike } from './dataset.js';
export { BatchSampler, RandomSampler, Sampler, SequentialSampler, WeightedRandomSampler } from './sampler.js';
export type { RandomSamplerOptions } from './sampler.js';
