/** ResNet-50 as person re-identification trains it: pictures of 256 x 128, last stride 1, batches of 16. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { OriTripletLoss } from '@reidgrad/losses';
import { resnet50 } from '@reidgrad/reid';
import { floats, labelsFor } from './cases.js';
import type { Case, Planned } from './cases.js';

const BATCH = 16;
const CLASSES = 751;

/** Pictures to features [N, 2048] in evaluation mode. */
function makeInference(): (x: Tensor) => Tensor {
  const model = resnet50({ last_stride: 1 }).eval();
  return (x) => torch.no_grad(() => model.forward(x).mean([2, 3]));
}

/** Forward, cross-entropy and the triplet loss, backward, Adam. */
function makeTrainingStep(): (x: Tensor, labels: Tensor) => Tensor {
  const model = resnet50({ last_stride: 1 });
  const classifier = new torch.nn.Linear(model.feature_dim, CLASSES, { bias: false });
  const optimizer = new torch.optim.Adam([...model.parameters(), ...classifier.parameters()], { lr: 3.5e-4 });
  const triplet = new OriTripletLoss(BATCH, 0.3);
  return (x, labels) => {
    optimizer.zero_grad();
    const features = model.forward(x).mean([2, 3]);
    const identity = torch.nn.functional.cross_entropy(classifier.forward(features), labels);
    const loss = identity.add(triplet.forward(features, labels)[0]);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

const kinds: readonly { kind: string; make: Case['make']; aim: number }[] = [
  { kind: 'resnet50-inference', make: makeInference, aim: 1.5 },
  { kind: 'resnet50-training', make: makeTrainingStep, aim: 1 },
];

/** The cases of whole models. They never run eagerly: that takes minutes. */
export const modelCases: readonly Planned[] = kinds.map(({ kind, make, aim }) => ({
  name: `${kind}/${BATCH}`,
  prepare: () => ({
    make,
    inputs: [floats('bench/resnet50', [BATCH, 3, 256, 128]), labelsFor(BATCH)],
    eager: false,
    pytorch: ['origin'],
    aim,
    compared: false,
  }),
}));
