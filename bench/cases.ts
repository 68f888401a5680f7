/** What is measured: a training step of a small network, and the losses of the seeds with their gradient. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import * as losses from '@reidgrad/losses';
import { generate } from '../test/goldens/inputs.js';

const { nn, optim } = torch;

/** Work with its inputs; the same function runs eagerly and compiled. */
export interface Case {
  /** `<kind>/<rows>`; pytorch_side.py knows it by this name. */
  name: string;
  /** Makes the function, with fresh parameters where it has some. */
  make: () => (x: Tensor, labels: Tensor) => unknown;
  inputs: [x: Tensor, labels: Tensor];
  /** Whether to time eager runs too; large ones take minutes. */
  eager: boolean;
  /** Whether PyTorch runs it too. The authors' loop over the rows of OriTripletLoss takes a minute at 1024. */
  pytorch: boolean;
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

type LossFunction = (x: Tensor, labels: Tensor) => Tensor;

/** A function that gives the loss and the gradient of the embeddings. */
function withGradient(loss: LossFunction): Case['make'] {
  return () => (x, labels) => {
    const value = loss(x, labels);
    return [value, torch.autograd.grad(value, [x])[0]];
  };
}

/** Losses over N x N distances, and those over N x N x N triplets, which end at 256 rows. */
const lossCases: readonly { kind: string; rows: readonly number[]; loss: LossFunction }[] = [
  {
    kind: 'OriTripletLoss',
    rows: [64, 256, 1024],
    loss: (x, y) => new losses.OriTripletLoss(64, 0.3).forward(x, y)[0],
  },
  { kind: 'TripletLoss_WRT', rows: [64, 256, 1024], loss: (x, y) => new losses.TripletLoss_WRT().forward(x, y)[0] },
  { kind: 'batch_hard_triplet_loss', rows: [64, 256, 1024], loss: (x, y) => losses.batch_hard_triplet_loss(y, x, 0.3) },
  { kind: 'TripletHardLoss', rows: [64, 256, 1024], loss: (x, y) => new losses.TripletHardLoss().call(y, x) },
  { kind: 'batch_all_triplet_loss', rows: [64, 256], loss: (x, y) => losses.batch_all_triplet_loss(y, x, 0.3)[0] },
  { kind: 'TripletSemiHardLoss', rows: [64, 256], loss: (x, y) => new losses.TripletSemiHardLoss().call(y, x) },
];

/** All cases, made when asked for: inputs are large. */
export const cases: readonly (() => Case)[] = [
  () => ({
    name: 'training-step/64',
    make: makeTrainingStep,
    inputs: [floats('bench/training-step', [64, 3, 32, 32]), labelsFor(64)],
    eager: true,
    pytorch: true,
  }),
  ...lossCases.flatMap(({ kind, rows, loss }) =>
    rows.map((count) => (): Case => {
      const x = floats(`bench/loss/${count}`, [count, 2048]).requires_grad_();
      const small = count === 64;
      const pytorch = kind !== 'OriTripletLoss' || count < 1024;
      return {
        name: `${kind}/${count}`,
        make: withGradient(loss),
        inputs: [x, labelsFor(count)],
        eager: small,
        pytorch,
      };
    }),
  ),
];
