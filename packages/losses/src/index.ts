/** The losses of person re-identification, with the distances and masks they are made of. */
export { normalize, pairwise_distances, pdist_np, pdist_torch } from './distances.js';
export type { DistanceOptions } from './distances.js';
export { get_anchor_negative_triplet_mask, get_anchor_positive_triplet_mask, get_triplet_mask } from './masks.js';
export type { EmptyRows, FamilyOptions, RowOptions, Ties, TileOptions } from './family/options.js';
export { softmax_weights, stableSoftmaxWeights } from './family/parts/weights.js';
export { tripletFamily } from './family/table.js';
export type { FamilyRow } from './family/table.js';
export { OriTripletLoss } from './ori-triplet.js';
export { TripletLoss_WRT } from './wrt.js';
export { OpenReidTripletLoss, TorchreidTripletLoss } from './family/open-reid.js';
export { AGWTripletLoss, BagOfTricksTripletLoss } from './family/bag-of-tricks.js';
export type { BlockOptions } from './family/bag-of-tricks.js';
export { FastReidTripletLoss, FastReidWeightedTriplet } from './family/fast-reid.js';
export { TripletLoss_ADP, VideoWeightedRegularizedTriplet, WeightedRegularizedTriplet } from './family/weighted.js';
export { batch_all_triplet_loss } from './batch-all.js';
export type { BatchAllOptions } from './batch-all.js';
export { batch_hard_triplet_loss } from './batch-hard.js';
export type { BatchHardOptions } from './batch-hard.js';
export { triplet_loss, unstack_triplets } from './facenet.js';
export type { TripletLossOptions } from './facenet.js';
export { TripletHardLoss, TripletSemiHardLoss } from './tfa.js';
export type { TripletHardOptions, TripletSemiHardOptions } from './tfa.js';
export type { DistanceMetric } from './tfa-distances.js';
export {
  CrossEntropyLabelSmooth,
  DeepSupervision,
  TorchreidCrossEntropyLoss,
  fastreid_cross_entropy_loss,
  focal_loss,
} from './classification.js';
export { pairwise_circleloss, pairwise_cosface } from './pairwise.js';
export { CenterLoss } from './center-loss.js';
export { OIMLoss } from './oim-loss.js';
export type { OimOptions } from './oim-loss.js';
export { CollapseMonitor } from './collapse.js';
export type { CollapseOptions, CollapseStep } from './collapse.js';
export * from './metric/index.js';
