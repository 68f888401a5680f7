/**
 * Writes the files that `check.py` examines: every loss with its gradient, a network, and a training step with the
 * losses that eager training gives. `node --import tsx --conditions=reidgrad-source test/python/export.ts <folder>`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import {
  OriTripletLoss,
  TripletHardLoss,
  TripletLoss_WRT,
  TripletSemiHardLoss,
  batch_all_triplet_loss,
  batch_hard_triplet_loss,
} from '@reidgrad/losses';
import * as onnx from '@reidgrad/onnx-export';

const { nn } = torch;
const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: export.ts <folder>');
mkdirSync(folder, { recursive: true });

const losses: Record<string, (embeddings: Tensor, labels: Tensor) => unknown> = {
  ori: (x, y) => new OriTripletLoss(8).forward(x, y),
  wrt: (x, y) => new TripletLoss_WRT().forward(x, y),
  batch_all: (x, y) => batch_all_triplet_loss(y, x, 0.3),
  batch_hard: (x, y) => batch_hard_triplet_loss(y, x, 0.3),
  triplet_hard: (x, y) => new TripletHardLoss().call(y, x),
  triplet_semi_hard: (x, y) => new TripletSemiHardLoss().call(y, x),
};

class Net extends nn.Module<[Tensor], [Tensor, Tensor]> {
  conv = new nn.Conv2d(3, 8, 3, { stride: 2, padding: 1, bias: false });
  bn = new nn.BatchNorm2d(8);
  pool = new nn.AdaptiveAvgPool2d(1);
  neck = new nn.BatchNorm1d(8);
  classifier = new nn.Linear(8, 4, { bias: false });
  override forward(x: Tensor): [Tensor, Tensor] {
    const features = this.pool.forward(this.bn.forward(this.conv.forward(x)).relu()).flatten(1);
    return [features, this.classifier.forward(this.neck.forward(features))];
  }
}

const batch = 8;
const steps = 10;
torch.manual_seed(0);
const embeddings = torch.randn(batch, 16);
const labels = torch.arange(batch).floor_divide(2);
for (const [name, loss] of Object.entries(losses)) {
  await onnx.export(loss, [embeddings, labels], {
    f: join(folder, `${name}.onnx`),
    name,
    input_names: ['embeddings', 'labels'],
    dynamic_axes: { embeddings: { 0: 'batch' }, labels: { 0: 'batch' } },
    gradients: ['embeddings'],
  });
}

const images = torch.rand(batch, 3, 16, 8);
const optimizers: Record<string, (parameters: Tensor[]) => torch.optim.Optimizer> = {
  sgd: (parameters) => new torch.optim.SGD(parameters, { lr: 0.05, momentum: 0.9, dampening: 0.1, weight_decay: 5e-4 }),
  adam: (parameters) => new torch.optim.Adam(parameters, { lr: 3e-3, weight_decay: 5e-4 }),
};
const expected: Record<string, number[]> = {};
for (const [name, make] of Object.entries(optimizers)) {
  torch.manual_seed(1);
  const net = new Net();
  const optimizer = make(net.parameters());
  const crossEntropy = new nn.CrossEntropyLoss({ label_smoothing: 0.1 });
  const triplet = name === 'sgd' ? new OriTripletLoss(batch) : new TripletLoss_WRT();
  const step = (x: Tensor, y: Tensor): { loss: Tensor; correct: Tensor } => {
    optimizer.zero_grad();
    const [features, logits] = net.forward(x);
    const [hard, correct] = triplet.forward(features, y);
    const loss = crossEntropy.forward(logits, y).add(hard);
    loss.backward();
    optimizer.step();
    return { loss, correct };
  };
  const file = `train_step_${name}`;
  await onnx.export(step, [images, labels], {
    f: join(folder, `${file}.onnx`),
    name: file,
    input_names: ['images', 'labels'],
  });
  expected[file] = Array.from({ length: steps }, () => step(images, labels).loss.item());
  if (name === 'sgd') {
    net.eval();
    await onnx.export((x: Tensor) => net.forward(x)[0], [images], {
      f: join(folder, 'net.onnx'),
      name: 'net',
      input_names: ['images'],
      output_names: ['features'],
      dynamic_axes: { images: { 0: 'batch' } },
    });
  }
}

const feeds = { images: images.tolist(), labels: labels.tolist() };
writeFileSync(join(folder, 'expected.json'), JSON.stringify({ feeds, losses: expected }));
