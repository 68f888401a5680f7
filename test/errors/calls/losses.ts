/** Bad calls of the losses, distances, miners and reducers. */
import * as losses from '@reidgrad/losses';
import { float, list, long, longs, wrong, type BadCalls } from '../values.js';
import * as torch from '@reidgrad/core';

const rows = float(4, 2);
const labels = longs(0, 0, 1, 1);
type Forward = { forward(...args: readonly unknown[]): unknown };
const forward = (module: unknown, ...inputs: readonly unknown[]): unknown => (module as Forward).forward(...inputs);
/** A class of the losses by its name. */
const classOf = (name: string): new (...args: readonly unknown[]) => unknown =>
  Reflect.get(losses, name) as new (...args: readonly unknown[]) => unknown;

const distances: BadCalls = {
  'losses.get_anchor_negative_triplet_mask': () => losses.get_anchor_negative_triplet_mask(float(2)),
  'losses.get_anchor_positive_triplet_mask': () => losses.get_anchor_positive_triplet_mask(list),
  'losses.get_triplet_mask': () => losses.get_triplet_mask(long(2, 2)),
  'losses.normalize': () => losses.normalize(float(2, 3), 2),
  'losses.normalize (integers)': () => losses.normalize(long(2, 3)),
  'losses.pairwise_distances': () => losses.pairwise_distances(float(2)),
  'losses.pdist_np': () => losses.pdist_np(float(2, 3), float(2, 4)),
  'losses.pdist_torch': () => losses.pdist_torch(float(2, 3), float(2, 3).double()),
  'losses.pdist_torch (list)': () => losses.pdist_torch(float(2, 3), list),
  'losses.softmax_weights': () => losses.softmax_weights(float(2, 3), float(3, 2)),
  'losses.stableSoftmaxWeights': () => losses.stableSoftmaxWeights(float(2, 3), float(3, 2)),
};

/** The triplet family, built with an option that is wrong and called with labels that are no integers. */
const family: Readonly<Record<string, () => unknown>> = {
  AGWTripletLoss: () => new losses.AGWTripletLoss(0.3, { unequal_counts: wrong('mean') }),
  BagOfTricksTripletLoss: () => new losses.BagOfTricksTripletLoss(wrong('0.3')),
  FastReidTripletLoss: () => new losses.FastReidTripletLoss(wrong('0.3')),
  FastReidWeightedTriplet: () => new losses.FastReidWeightedTriplet(wrong('0.3')),
  OpenReidTripletLoss: () => new losses.OpenReidTripletLoss(wrong('0.3')),
  OriTripletLoss: () => new losses.OriTripletLoss(4, wrong('0.3')),
  TorchreidTripletLoss: () => new losses.TorchreidTripletLoss(wrong(undefined), { ties: wrong('last') }),
  TripletLoss_ADP: () => new losses.TripletLoss_ADP(wrong('1')),
  TripletLoss_WRT: () => new losses.TripletLoss_WRT({ empty_rows: wrong('drop') }),
  VideoWeightedRegularizedTriplet: () => new losses.VideoWeightedRegularizedTriplet({ ties: wrong('last') }),
  WeightedRegularizedTriplet: () => new losses.WeightedRegularizedTriplet({ empty_rows: wrong('drop') }),
};
const familyForward: Readonly<Record<string, readonly unknown[]>> = {
  AGWTripletLoss: [rows, longs(0, 1)],
  BagOfTricksTripletLoss: [rows, float(4)],
  FastReidTripletLoss: [rows, longs(0, 1)],
  FastReidWeightedTriplet: [labels, rows],
  OpenReidTripletLoss: [list, labels],
  OriTripletLoss: [rows, float(4)],
  TorchreidTripletLoss: [rows, long(4, 1)],
  TripletLoss_ADP: [long(4, 2), labels],
  TripletLoss_WRT: [rows, float(4)],
  VideoWeightedRegularizedTriplet: [rows, list],
  WeightedRegularizedTriplet: [torch.tensor([[1], [NaN], [2], [3]]), labels],
};

const tensorflow: BadCalls = {
  'losses.TripletHardLoss': () => new losses.TripletHardLoss({ distance_metric: wrong('cosine') }),
  'losses.TripletHardLoss (call)': () => new losses.TripletHardLoss().call(rows, float(4)),
  'losses.TripletSemiHardLoss': () => new losses.TripletSemiHardLoss({ margin: wrong('1') }),
  'losses.TripletSemiHardLoss (call)': () => new losses.TripletSemiHardLoss().call(rows, float(4)),
  'losses.batch_all_triplet_loss': () => losses.batch_all_triplet_loss(rows, labels, 0.3),
  'losses.batch_hard_triplet_loss': () => losses.batch_hard_triplet_loss(rows, labels, 0.3),
  'losses.triplet_loss': () => losses.triplet_loss(float(2, 3), float(2, 3), float(2, 4)),
  'losses.triplet_loss (reduction)': () => losses.triplet_loss(rows, rows, rows, { reduction: wrong('none') }),
  'losses.unstack_triplets': () => losses.unstack_triplets(rows),
};

const classification: BadCalls = {
  'losses.CenterLoss': () => new losses.CenterLoss(wrong('751'), 8),
  'losses.CenterLoss.forward': () => new losses.CenterLoss(2, 8).forward(rows, labels),
  'losses.CrossEntropyLabelSmooth': () => new losses.CrossEntropyLabelSmooth(wrong(undefined)),
  'losses.CrossEntropyLabelSmooth.forward': () => new losses.CrossEntropyLabelSmooth(3).forward(rows, labels),
  'losses.CrossEntropyLabelSmooth.forward (range)': () =>
    new losses.CrossEntropyLabelSmooth(2).forward(rows, longs(0, 1, 2, 0)),
  'losses.DeepSupervision': () => losses.DeepSupervision((x) => x, [], labels),
  'losses.OIMLoss': () => new losses.OIMLoss(2, wrong('4')),
  'losses.OIMLoss.forward': () => new losses.OIMLoss(2, 4).forward(rows, float(4)),
  'losses.TorchreidCrossEntropyLoss': () => new losses.TorchreidCrossEntropyLoss(2, wrong('0.1')),
  'losses.TorchreidCrossEntropyLoss.forward': () => new losses.TorchreidCrossEntropyLoss(2).forward(rows, longs(0, 1)),
  'losses.fastreid_cross_entropy_loss': () => losses.fastreid_cross_entropy_loss(rows, labels, wrong('0.1')),
  'losses.focal_loss': () => losses.focal_loss(rows, labels, 0.25, 2, wrong('average')),
  'losses.pairwise_circleloss': () => losses.pairwise_circleloss(rows, float(4), 0.25, 64),
  'losses.pairwise_cosface': () => losses.pairwise_cosface(rows, labels, wrong(undefined), 64),
  'losses.CollapseMonitor': () => new losses.CollapseMonitor({ window: 0 }),
  'losses.CosSoftmax': () => new losses.CosSoftmax(wrong('2'), 64, 0.35),
  'losses.CosSoftmax.forward': () => new losses.CosSoftmax(2, 64, 0.35).forward(rows, longs(0, 1)),
  'losses.ArcSoftmax': () => new losses.ArcSoftmax(2, wrong('64'), 0.35),
  'losses.ArcSoftmax.forward': () => new losses.ArcSoftmax(2, 64, 0.35).forward(rows, float(4)),
  'losses.CircleSoftmax': () => new losses.CircleSoftmax(2, 64, wrong('0.35')),
  'losses.CircleSoftmax.forward': () => new losses.CircleSoftmax(2, 64, 0.35).forward(list, labels),
};

/** Metric losses: constructor with a wrong option. */
const metricOptions: Readonly<Record<string, readonly unknown[]>> = {
  AngularMiner: [{ angle: 90 }],
  ArcFaceLoss: [0, 8],
  BatchEasyHardMiner: [{ pos_strategy: 'semihard', neg_strategy: 'semihard' }],
  BatchHardMiner: [{ distance: 'cosine' }],
  CallableDistance: ['cosine'],
  CircleLoss: [{ m: '0.4' }],
  ClassWeightedReducer: [[1, 2]],
  ContrastiveLoss: [{ pos_margin: NaN }],
  CosFaceLoss: [4, 8, { scale: '64' }],
  CrossBatchMemory: [new losses.ContrastiveLoss(), 0],
  DistanceWeightedMiner: [{ cutoff: '0.5' }],
  FastAPLoss: [{ num_bins: 0 }],
  GeneralizedLiftedStructureLoss: [{ neg_margin: '1' }],
  IntraPairVarianceLoss: [{ pos_eps: '0.01' }],
  LiftedStructureLoss: [{ neg_margin: null }],
  LpDistance: [{ p: 0 }],
  MarginLoss: [{ beta: '1.2' }],
  MultiSimilarityLoss: [{ alpha: '2' }],
  MultiSimilarityMiner: [{ epsilon: '0.1' }],
  MultipleReducers: [{ pos_loss: 'mean' }],
  NCALoss: [{ softmax_scale: '1' }],
  NPairsLoss: [{ reducer: 'mean' }],
  NTXentLoss: [{ temperature: '0.07' }],
  NormalizedSoftmaxLoss: [4, 2.5],
  PairMarginMiner: [{ pos_margin: '0.2' }],
  PerAnchorReducer: [{ reducer: 'mean' }],
  ProxyAnchorLoss: [4, -8],
  ProxyNCALoss: [4.5, 8],
  RankedListLoss: [{ margin: 1, Tn: 1, imbalance: 2 }],
  SmoothAPLoss: [{ temperature: '0.01' }],
  SNRDistance: [{ power: '2' }],
  SupConLoss: [{ temperature: '0.1' }],
  ThresholdReducer: [{}],
  TripletMarginLoss: [{ triplets_per_anchor: 5 }],
  TripletMarginMiner: [{ type_of_triplets: 'hardest' }],
  DotProductSimilarity: [{ p: 0 }],
  CosineSimilarity: [{ p: '2' }],
  AngularDistance: [{ power: null }],
};

/** Metric losses, miners and distances that can be made without arguments, and what is wrong with their inputs. */
const batchOnly =
  'CircleLoss ContrastiveLoss FastAPLoss GeneralizedLiftedStructureLoss IntraPairVarianceLoss LiftedStructureLoss MarginLoss MultiSimilarityLoss NCALoss NPairsLoss NTXentLoss SmoothAPLoss SupConLoss TripletMarginLoss AngularMiner BatchEasyHardMiner BatchHardMiner DistanceWeightedMiner MultiSimilarityMiner PairMarginMiner TripletMarginMiner'.split(
    ' ',
  );
const matrices = 'LpDistance DotProductSimilarity CosineSimilarity SNRDistance AngularDistance'.split(' ');
const reducers = 'MeanReducer SumReducer AvgNonZeroReducer DivisorReducer PerAnchorReducer'.split(' ');

const metricForward: BadCalls = {
  ...Object.fromEntries(
    batchOnly.map((name, i) => [
      `losses.${name}.forward`,
      () =>
        forward(
          new (classOf(name))(),
          ...[
            [rows, float(4)],
            [labels, rows],
            [rows, longs(0, 1)],
            [list, labels],
          ][i % 4],
        ),
    ]),
  ),
  ...Object.fromEntries(
    matrices.map((name, i) => [
      `losses.${name}.forward`,
      () => forward(new (classOf(name))(), ...[[float(2, 3), float(2, 4)], [list], [long(2, 3)]][i % 3]),
    ]),
  ),
  ...Object.fromEntries(
    reducers.map((name) => [`losses.${name}.forward`, () => forward(new (classOf(name))(), {}, rows, labels)]),
  ),
  'losses.ArcFaceLoss.forward': () => new losses.ArcFaceLoss(2, 2).forward(rows, longs(0, 1, 2, 0)),
  'losses.CosFaceLoss.forward': () => new losses.CosFaceLoss(2, 3).forward(rows, labels),
  'losses.NormalizedSoftmaxLoss.forward': () => new losses.NormalizedSoftmaxLoss(2, 2).forward(rows, float(4)),
  'losses.ProxyAnchorLoss.forward': () => new losses.ProxyAnchorLoss(2, 2).forward(rows, longs(0, 1, 2, 0)),
  'losses.ProxyNCALoss.forward': () => new losses.ProxyNCALoss(2, 3).forward(rows, labels),
  'losses.RankedListLoss.forward': () =>
    new losses.RankedListLoss({ margin: 1, Tn: 1 }).forward(
      rows,
      labels,
      new losses.BatchHardMiner().forward(rows, labels),
    ),
  'losses.CallableDistance.forward': () => new losses.CallableDistance((a) => a).forward(rows),
  'losses.ClassWeightedReducer.forward': () => forward(new losses.ClassWeightedReducer(float(2)), {}, rows, labels),
  'losses.CrossBatchMemory.forward': () =>
    new losses.CrossBatchMemory(new losses.ContrastiveLoss(), 2, { memory_size: 3 }).forward(rows, labels),
  'losses.DivisorReducer.forward (divisor)': () =>
    new losses.ContrastiveLoss({ reducer: new losses.DivisorReducer() }).forward(rows, labels),
  'losses.MultipleReducers.forward': () => forward(new losses.MultipleReducers({}), {}, rows, labels),
  'losses.PerAnchorReducer.forward (triplets)': () =>
    new losses.TripletMarginLoss({ reducer: new losses.PerAnchorReducer() }).forward(rows, labels),
  'losses.ThresholdReducer.forward': () => forward(new losses.ThresholdReducer({ low: 0 }), {}, rows, labels),
  'losses.ContrastiveLoss.forward (references)': () => new losses.ContrastiveLoss().forward(rows, labels, null, rows),
  'losses.ContrastiveLoss.forward (reference labels)': () =>
    new losses.ContrastiveLoss().forward(rows, labels, null, rows, longs(0, 1)),
  'losses.ContrastiveLoss.forward (mined)': () =>
    new losses.ContrastiveLoss().forward(rows, labels, new losses.BatchHardMiner().forward(float(2, 2), longs(0, 1))),
  'losses.NPairsLoss.forward (references)': () => new losses.NPairsLoss().forward(rows, labels, null, rows, labels),
  'losses.MinedPairs': () => new losses.MinedPairs(list, rows),
  'losses.MinedTriplets': () => new losses.MinedTriplets(list),
};

export const lossCalls: BadCalls = {
  ...distances,
  ...Object.fromEntries(Object.entries(family).map(([name, call]) => [`losses.${name}`, call])),
  ...Object.fromEntries(
    Object.entries(familyForward).map(([name, inputs]) => [
      `losses.${name}.forward`,
      () => forward(new (classOf(name))(), ...inputs),
    ]),
  ),
  ...tensorflow,
  ...classification,
  ...Object.fromEntries(
    Object.entries(metricOptions).map(([name, args]) => [`losses.${name}`, () => new (classOf(name))(...args)]),
  ),
  ...metricForward,
};
