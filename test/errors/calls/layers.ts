/**
 * Bad calls of the layers of `torch.nn`: a wrong option, given to the constructor (some are noticed by `forward`), and a
 * wrong input to `forward`.
 */
import * as torch from '@reidgrad/core';
import { float, list, long, wrong, type BadCalls } from '../values.js';

const { nn } = torch;
type Layer = { forward(...args: readonly unknown[]): unknown };

/** Of each layer: one with a wrong option and an input for it; a good one and a wrong input. */
type Misuse = {
  option?: () => unknown;
  make: () => unknown;
  inputs: readonly unknown[];
};

const forward = (layer: unknown, ...inputs: readonly unknown[]): unknown => (layer as Layer).forward(...inputs);

/** Layers of one tensor and without options that could be wrong. */
const plain = 'ReLU Sigmoid Tanh ReLU6 SELU SiLU Mish Hardswish Hardsigmoid LogSigmoid'.split(' ');
const plainOnes = Object.fromEntries(
  plain.map((name): [string, Misuse] => {
    const Class = Reflect.get(nn, name) as new () => unknown;
    return [name, { make: () => new Class(), inputs: [list] }];
  }),
);

/** Losses of two tensors, with their wrong reductions. */
const pairs =
  'MSELoss L1Loss SoftMarginLoss BCEWithLogitsLoss SmoothL1Loss HuberLoss BCELoss HingeEmbeddingLoss KLDivLoss'.split(
    ' ',
  );
const pairLosses = Object.fromEntries(
  pairs.map((name): [string, Misuse] => {
    const Class = Reflect.get(nn, name) as new (options?: object) => unknown;
    const option = (): unknown => new Class({ reduction: 'average' });
    return [name, { option, make: () => new Class(), inputs: [float(2, 3), float(4, 5)] }];
  }),
);

const images = [float(3, 4)];
const misuses: Readonly<Record<string, Misuse>> = {
  ...plainOnes,
  ...pairLosses,
  AdaptiveAvgPool1d: {
    option: () => forward(new nn.AdaptiveAvgPool1d(0), float(1, 2, 3)),
    make: () => new nn.AdaptiveAvgPool1d(1),
    inputs: [float(3)],
  },
  AdaptiveAvgPool2d: {
    option: () => forward(new nn.AdaptiveAvgPool2d(0), float(1, 2, 3, 3)),
    make: () => new nn.AdaptiveAvgPool2d(1),
    inputs: images,
  },
  AdaptiveMaxPool1d: {
    option: () => forward(new nn.AdaptiveMaxPool1d(0), float(1, 2, 3)),
    make: () => new nn.AdaptiveMaxPool1d(1),
    inputs: [float(3)],
  },
  AdaptiveMaxPool2d: {
    option: () => forward(new nn.AdaptiveMaxPool2d([1.5, 1]), float(1, 2, 3, 3)),
    make: () => new nn.AdaptiveMaxPool2d(1),
    inputs: images,
  },
  AvgPool1d: {
    option: () => forward(new nn.AvgPool1d(2, { padding: 2 }), float(1, 2, 3)),
    make: () => new nn.AvgPool1d(2),
    inputs: [float(3)],
  },
  AvgPool2d: {
    option: () => forward(new nn.AvgPool2d(0), float(1, 2, 3, 3)),
    make: () => new nn.AvgPool2d(2),
    inputs: images,
  },
  BatchNorm1d: { option: () => new nn.BatchNorm1d(2.5), make: () => new nn.BatchNorm1d(3), inputs: [float(4, 2)] },
  BatchNorm2d: { option: () => new nn.BatchNorm2d(-1), make: () => new nn.BatchNorm2d(3), inputs: [float(4, 3)] },
  BatchNorm3d: { option: () => new nn.BatchNorm3d(-1), make: () => new nn.BatchNorm3d(3), inputs: [list] },
  SyncBatchNorm: { option: () => new nn.SyncBatchNorm(-1), make: () => new nn.SyncBatchNorm(3), inputs: [float(3)] },
  ConstantPad2d: {
    option: () => new nn.ConstantPad2d(wrong([1, 2]), 0),
    make: () => new nn.ConstantPad2d(1, 0),
    inputs: images,
  },
  Conv1d: {
    option: () => new nn.Conv1d(3, 8, 3, { groups: 2 }),
    make: () => new nn.Conv1d(3, 8, 3),
    inputs: [float(2, 4, 8)],
  },
  Conv2d: {
    option: () => new nn.Conv2d(3, 8, 3, { padding_mode: wrong('mirror') }),
    make: () => new nn.Conv2d(3, 8, 3),
    inputs: [float(2, 4, 8, 8)],
  },
  ConvTranspose2d: {
    option: () => new nn.ConvTranspose2d(3, 8, -1),
    make: () => new nn.ConvTranspose2d(3, 8, 3),
    inputs: [float(2, 4, 8, 8)],
  },
  CosineEmbeddingLoss: {
    option: () => new nn.CosineEmbeddingLoss({ reduction: wrong('average') }),
    make: () => new nn.CosineEmbeddingLoss(),
    inputs: [float(2, 3), float(2, 4), float(2)],
  },
  CosineSimilarity: {
    option: () => forward(new nn.CosineSimilarity({ dim: 3 }), float(2, 3), float(2, 3)),
    make: () => new nn.CosineSimilarity(),
    inputs: [float(2, 3), float(4, 5)],
  },
  CrossEntropyLoss: {
    option: () => new nn.CrossEntropyLoss({ weight: wrong([1, 2]) }),
    make: () => new nn.CrossEntropyLoss(),
    inputs: [float(2, 3), float(2)],
  },
  Dropout: { option: () => new nn.Dropout(2), make: () => new nn.Dropout(), inputs: [list] },
  Dropout2d: { option: () => new nn.Dropout2d(-1), make: () => new nn.Dropout2d(), inputs: [float(3)] },
  Embedding: {
    option: () => new nn.Embedding(3, 4, { padding_idx: 3 }),
    make: () => new nn.Embedding(3, 4),
    inputs: [float(2)],
  },
  Flatten: {
    option: () => forward(new nn.Flatten(3), float(2, 3)),
    make: () => new nn.Flatten(),
    inputs: [list],
  },
  GELU: {
    option: () => forward(new nn.GELU({ approximate: wrong('fast') }), float(2)),
    make: () => new nn.GELU(),
    inputs: [list],
  },
  GroupNorm: { option: () => new nn.GroupNorm(3, 4), make: () => new nn.GroupNorm(2, 4), inputs: [float(2, 3)] },
  Hardtanh: { option: () => new nn.Hardtanh(1, 0), make: () => new nn.Hardtanh(), inputs: [list] },
  InstanceNorm1d: {
    option: () => new nn.InstanceNorm1d(1.5),
    make: () => new nn.InstanceNorm1d(3),
    inputs: [float(2, 4, 5)],
  },
  InstanceNorm2d: {
    option: () => new nn.InstanceNorm2d(1.5),
    make: () => new nn.InstanceNorm2d(3),
    inputs: [float(4, 5)],
  },
  InstanceNorm3d: { option: () => new nn.InstanceNorm3d(1.5), make: () => new nn.InstanceNorm3d(3), inputs: [list] },
  LayerNorm: { option: () => new nn.LayerNorm([]), make: () => new nn.LayerNorm(4), inputs: [float(2, 3)] },
  Linear: { option: () => new nn.Linear(2.5, 3), make: () => new nn.Linear(2, 3), inputs: [float(4, 5)] },
  LocalResponseNorm: {
    option: () => forward(new nn.LocalResponseNorm(0), float(1, 2, 3)),
    make: () => new nn.LocalResponseNorm(2),
    inputs: [float(2)],
  },
  LogSoftmax: {
    option: () => new nn.LogSoftmax(wrong('1')),
    make: () => new nn.LogSoftmax(2),
    inputs: [float(2, 3)],
  },
  MarginRankingLoss: {
    option: () => new nn.MarginRankingLoss({ reduction: wrong('average') }),
    make: () => new nn.MarginRankingLoss(),
    inputs: [float(2), float(3), float(2)],
  },
  MaxPool1d: {
    option: () => forward(new nn.MaxPool1d(2, { stride: -1 }), float(1, 2, 3)),
    make: () => new nn.MaxPool1d(2),
    inputs: [float(3)],
  },
  MaxPool2d: {
    option: () => forward(new nn.MaxPool2d(2, { padding: 3 }), float(1, 2, 3, 3)),
    make: () => new nn.MaxPool2d(3),
    inputs: [float(1, 1, 2, 2)],
  },
  ModuleDict: {
    option: () => new nn.ModuleDict({ a: new nn.ReLU() }).get('b'),
    make: () => new nn.ModuleDict({}),
    inputs: [float(2)],
  },
  ModuleList: {
    option: () => new nn.ModuleList([new nn.ReLU()]).at(3),
    make: () => new nn.ModuleList([]),
    inputs: [float(2)],
  },
  MultiMarginLoss: {
    option: () => forward(new nn.MultiMarginLoss({ p: wrong(3) }), float(2, 3), long(2)),
    make: () => new nn.MultiMarginLoss(),
    inputs: [float(2, 3), float(2)],
  },
  MultiheadAttention: {
    option: () => new nn.MultiheadAttention(8, 3),
    make: () => new nn.MultiheadAttention(8, 2),
    inputs: [float(5, 2, 8), float(4, 2, 6), float(4, 2, 8)],
  },
  NLLLoss: {
    option: () => new nn.NLLLoss({ reduction: wrong('average') }),
    make: () => new nn.NLLLoss(),
    inputs: [float(2, 3), long(3)],
  },
  PReLU: { option: () => new nn.PReLU(-1), make: () => new nn.PReLU(2), inputs: [float(2, 3)] },
  PairwiseDistance: {
    option: () => new nn.PairwiseDistance(...wrong<[]>([2, 1e-6, true, 9])),
    make: () => new nn.PairwiseDistance(),
    inputs: [float(2, 3), float(4, 5)],
  },
  PixelShuffle: {
    option: () => forward(new nn.PixelShuffle(0), float(1, 4, 2, 2)),
    make: () => new nn.PixelShuffle(2),
    inputs: [float(1, 3, 2, 2)],
  },
  PixelUnshuffle: {
    option: () => forward(new nn.PixelUnshuffle(1.5), float(1, 4, 2, 2)),
    make: () => new nn.PixelUnshuffle(2),
    inputs: [float(1, 1, 3, 3)],
  },
  ReflectionPad2d: {
    option: () => forward(new nn.ReflectionPad2d(2), float(1, 1, 2, 2)),
    make: () => new nn.ReflectionPad2d(1),
    inputs: images,
  },
  ReplicationPad2d: {
    option: () => forward(new nn.ReplicationPad2d(-1), float(1, 1, 2, 2)),
    make: () => new nn.ReplicationPad2d(1),
    inputs: images,
  },
  Sequential: {
    option: () => new nn.Sequential(new nn.ReLU(), wrong(torch.relu)),
    make: () => new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(4, 5)),
    inputs: [float(1, 2)],
  },
  Softmax: { option: () => new nn.Softmax(wrong(undefined)), make: () => new nn.Softmax(2), inputs: [float(2, 3)] },
  Softmax2d: { make: () => new nn.Softmax2d(), inputs: images },
  ELU: {
    option: () => forward(new nn.ELU({ alpha: wrong('1') }), float(2)),
    make: () => new nn.ELU(),
    inputs: [list],
  },
  LeakyReLU: {
    option: () => forward(new nn.LeakyReLU({ negative_slope: wrong('0.1') }), float(2)),
    make: () => new nn.LeakyReLU(),
    inputs: [list],
  },
  Softplus: {
    option: () => new nn.Softplus(...wrong<[]>([1, 20, true])),
    make: () => new nn.Softplus(),
    inputs: [list],
  },
  Threshold: {
    option: () => forward(new nn.Threshold(wrong('0'), 1), float(2)),
    make: () => new nn.Threshold(0, 0),
    inputs: [list],
  },
  TransformerEncoderLayer: {
    option: () => new nn.TransformerEncoderLayer(8, 3),
    make: () => new nn.TransformerEncoderLayer(8, 2),
    inputs: [float(5, 2, 6)],
  },
  TripletMarginLoss: {
    option: () => new nn.TripletMarginLoss({ reduction: wrong('average') }),
    make: () => new nn.TripletMarginLoss(),
    inputs: [float(2, 3), float(2, 3), float(2, 4)],
  },
  TripletMarginWithDistanceLoss: {
    option: () => new nn.TripletMarginWithDistanceLoss({ reduction: wrong('average') }),
    make: () => new nn.TripletMarginWithDistanceLoss(),
    inputs: [float(2, 3), list, float(2, 3)],
  },
  Unflatten: {
    option: () => forward(new nn.Unflatten(3, [2, 3]), float(6)),
    make: () => new nn.Unflatten(0, [4, -1]),
    inputs: [float(6)],
  },
  Upsample: {
    option: () => forward(new nn.Upsample(), float(1, 1, 2, 2)),
    make: () => new nn.Upsample({ size: 4 }),
    inputs: images,
  },
  ZeroPad2d: { option: () => new nn.ZeroPad2d(1.5), make: () => new nn.ZeroPad2d(1), inputs: images },
  DataParallel: {
    option: () => new nn.DataParallel(wrong<never>(() => 1)),
    make: () => new nn.DataParallel(new nn.Linear(2, 3)),
    inputs: [float(4, 5)],
  },
};

const nested = (): unknown => {
  class Net extends nn.Module<[torch.Tensor], torch.Tensor> {
    stem = new nn.Sequential(new nn.Conv2d(3, 8, 3), new nn.BatchNorm2d(4));
    override forward(x: torch.Tensor): torch.Tensor {
      return this.stem.forward(x);
    }
  }
  return new Net().forward(float(1, 3, 5, 5));
};

const more: BadCalls = {
  'torch.nn.Conv2d (too many)': () => new nn.Conv2d(3, 8, 3, ...wrong<[]>([2, 0, 1, 1, true, 'zeros', 9])),
  'torch.nn.Conv2d (groups)': () => new nn.Conv2d(3, 8, 3, { groups: 2 }),
  'torch.nn.Conv2d (kernel_size)': () => new nn.Conv2d(3, 8, [3, 3.5]),
  'torch.nn.Embedding (from_pretrained)': () => nn.Embedding.from_pretrained(float(3)),
  'torch.nn.Linear.forward (list)': () => new nn.Linear(2, 3).forward(list),
  'torch.nn.Linear.forward (nothing)': () => forward(new nn.Linear(2, 3)),
  'torch.nn.BatchNorm1d.forward (one sample)': () => new nn.BatchNorm1d(3).forward(float(1, 3)),
  'Module.forward (nested)': nested,
  'torch.nn.Parameter': () => new nn.Parameter(long(2)),
  'torch.nn.Parameter (list)': () => new nn.Parameter(list),
  'torch.nn.parallel.DistributedDataParallel': () => new nn.parallel.DistributedDataParallel(wrong<never>(null)),
  'torch.nn.parallel.DistributedDataParallel.forward': () =>
    new nn.parallel.DistributedDataParallel(new nn.Linear(2, 3)).forward(float(4, 5)),
};

export const layerCalls: BadCalls = {
  ...Object.fromEntries(
    Object.entries(misuses).flatMap(([name, { option, make, inputs }]): [string, () => unknown][] => [
      ...(option === undefined ? [] : [[`torch.nn.${name}`, option] as [string, () => unknown]]),
      [`torch.nn.${name}.forward`, () => forward(make(), ...inputs)],
    ]),
  ),
  ...more,
};
