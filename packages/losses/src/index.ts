/** The losses of person re-identification, with the distances and masks they are made of. */
export { normalize, pairwise_distances, pdist_np, pdist_torch } from './distances.js';
export type { DistanceOptions } from './distances.js';
export { get_anchor_negative_triplet_mask, get_anchor_positive_triplet_mask, get_triplet_mask } from './masks.js';
export { OriTripletLoss } from './ori-triplet.js';
export { TripletLoss_WRT, softmax_weights } from './wrt.js';
export { batch_all_triplet_loss } from './batch-all.js';
export { batch_hard_triplet_loss } from './batch-hard.js';
export { triplet_loss, unstack_triplets } from './facenet.js';
export type { TripletLossOptions } from './facenet.js';
export { TripletHardLoss, TripletSemiHardLoss } from './tfa.js';
export type { TripletHardOptions, TripletSemiHardOptions } from './tfa.js';
export type { DistanceMetric } from './tfa-distances.js';
