/** What is measured: a training step of a small network, and the losses with their gradient. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import * as losses from '@reidgrad/losses';
import { generate } from '../test/goldens/inputs.js';

const { nn, optim } = torch;

/** What PyTorch can run of a case: the authors' own code, or pytorch-metric-learning set up to compute the same. */
export type PyTorchForm = 'origin' | 'metric-learning';

/** Work with its inputs; the same function runs eagerly and compiled. */
export interface Case {
  /** Makes the function, with fresh parameters where it has some. */
  make: () => (x: Tensor, labels: Tensor) => unknown;
  inputs: [x: Tensor, labels: Tensor];
  /** Whether to time eager runs too. */
  eager: boolean;
  pytorch: readonly PyTorchForm[];
  /** How many times as fast as the first of `pytorch` the compiled form should be; none where nothing is aimed at. */
  aim?: number;
  /** Whether the function gives [loss, gradient], which all forms must agree on before they are timed. */
  compared: boolean;
}

/** A case by name, made when asked for: inputs are large. */
export interface Planned {
  /** `<kind>/<rows>`; pytorch_side.py knows it by this name. */
  name: string;
  prepare: () => Case;
}

/** Small numbers: at distances of 70 and more, exp() underflows and the slow arithmetic of subnormals is measured. */
export function floats(key: string, shape: readonly number[]): Tensor {
  return torch.from_numpy(Float32Array.from(generate({ shape, low: -0.1, high: 0.1 }, key)), shape);
}

/** Four rows of every label. */
export function labelsFor(rows: number): Tensor {
  return torch.arange(rows).remainder(rows / 4);
}

/** Two convolutions with batch normalisation, an embedding of 64, OriTripletLoss, SGD with momentum. */
function makeTrainingStep(): (x: Tensor, labels: Tensor) => Tensor {
  const model = new nn.Sequential(
    new nn.Conv2d(3, 16, 3, { padding: 1 }),
    new nn.BatchNorm2d(16),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.BatchNorm2d(32),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(32 * 8 * 8, 64),
  );
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const criterion = new losses.OriTripletLoss(64, 0.3);
  return (x, labels) => {
    optimizer.zero_grad();
    const [loss] = criterion.forward(model.forward(x), labels);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

interface LossKind {
  loss: (x: Tensor, labels: Tensor) => Tensor;
  pytorch: readonly PyTorchForm[];
  /** Rows of embeddings per row of the case. Default 1. */
  rowsEach?: number;
  /** The largest number of rows, for what takes N³ memory here. */
  largest?: number;
  /** Aims that differ from 1 at 64 rows and 1.5 from 256 on, by rows. */
  aims?: Readonly<Record<number, number>>;
}

const both: readonly PyTorchForm[] = ['origin', 'metric-learning'];

function semiHardByMiner(x: Tensor, labels: Tensor): Tensor {
  const distance = new losses.LpDistance({ normalize_embeddings: false });
  const miner = new losses.TripletMarginMiner({ margin: 0.3, type_of_triplets: 'semihard', distance });
  const criterion = new losses.TripletMarginLoss({ margin: 0.3, distance });
  return criterion.forward(x, labels, miner.forward(x, labels));
}

/** The losses of the seeds, and one that only pytorch-metric-learning has. */
export const lossKinds: Readonly<Record<string, LossKind>> = {
  OriTripletLoss: { loss: (x, y) => new losses.OriTripletLoss(64, 0.3).forward(x, y)[0], pytorch: both },
  TripletLoss_WRT: { loss: (x, y) => new losses.TripletLoss_WRT().forward(x, y)[0], pytorch: ['origin'] },
  batch_hard_triplet_loss: { loss: (x, y) => losses.batch_hard_triplet_loss(y, x, 0.3), pytorch: both },
  batch_all_triplet_loss: {
    loss: (x, y) => losses.batch_all_triplet_loss(y, x, 0.3)[0],
    pytorch: both,
    aims: { 1024: 20 },
  },
  TripletHardLoss: { loss: (x, y) => new losses.TripletHardLoss().call(y, x), pytorch: both },
  TripletSemiHardLoss: { loss: (x, y) => new losses.TripletSemiHardLoss().call(y, x), pytorch: ['origin'] },
  triplet_loss: {
    loss: (x) => losses.triplet_loss(...losses.unstack_triplets(x), { alpha: 0.2 }),
    pytorch: both,
    rowsEach: 3,
  },
  TripletMarginMiner: { loss: semiHardByMiner, pytorch: ['metric-learning'], largest: 256 },
};

/** A loss of `lossKinds` with the gradient of its embeddings. */
export function lossCase(kind: string, rows: number, features = 2048): Case {
  const { loss, pytorch, rowsEach = 1, aims = {} } = lossKinds[kind];
  return {
    make: () => (x, labels) => {
      const value = loss(x, labels);
      return [value, torch.autograd.grad(value, [x])[0]];
    },
    inputs: [floats(`bench/loss/${rows}`, [rows * rowsEach, features]).requires_grad_(), labelsFor(rows)],
    eager: true,
    pytorch,
    aim: aims[rows] ?? (rows < 256 ? 1 : 1.5),
    compared: true,
  };
}

const trainingStep: Planned = {
  name: 'training-step/64',
  prepare: () => ({
    make: makeTrainingStep,
    inputs: [floats('bench/training-step', [64, 3, 32, 32]), labelsFor(64)],
    eager: true,
    pytorch: ['origin'],
    aim: 1.2,
    compared: false,
  }),
};

/** All cases but those of whole models. */
export const cases: readonly Planned[] = [
  trainingStep,
  ...Object.entries(lossKinds).flatMap(([kind, { largest = 1024 }]) =>
    [64, 256, 1024]
      .filter((rows) => rows <= largest)
      .map((rows) => ({ name: `${kind}/${rows}`, prepare: () => lossCase(kind, rows) })),
  ),
];
