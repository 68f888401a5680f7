// Trains a small network by a compiled training step. The provider is the first argument: cpu (default), webgpu, cuda, wasm.
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { OriTripletLoss } from '@reidgrad/losses';
import { compile } from '@reidgrad/onnx-export/compile';
import { knownProviders } from '@reidgrad/onnx-export/runtime';

const { nn, optim } = torch;
const wanted = process.argv[2] ?? 'cpu';
const provider = knownProviders.find((name) => name === wanted);
if (provider === undefined) throw new Error(`unknown provider ${wanted}; one of ${knownProviders.join(', ')}`);

const PEOPLE = 8;
const SHOTS = 4;
torch.manual_seed(1);
const centers = torch.randn(PEOPLE, 20);

/** A PK batch: noisy looks of every person, with labels. */
function batch(): [Tensor, Tensor] {
  const labels = torch.arange(PEOPLE * SHOTS).remainder(PEOPLE);
  return [centers.index_select(0, labels).add(torch.randn(PEOPLE * SHOTS, 20).mul(0.75)), labels];
}

const model = new nn.Sequential(new nn.Linear(20, 64), new nn.BatchNorm1d(64), new nn.ReLU(), new nn.Linear(64, 32));
const criterion = new OriTripletLoss(PEOPLE * SHOTS, 0.3);
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });

// What stands in the function is what PyTorch's loop does; it is traced once and then runs as one ONNX graph.
const step = compile(
  (images: Tensor, labels: Tensor) => {
    optimizer.zero_grad();
    const [loss, correct] = criterion.forward(model.forward(images), labels);
    loss.backward();
    optimizer.step();
    return { loss, correct };
  },
  { executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'] },
);

for (let i = 1; i <= 60; i++) {
  const { loss, correct } = await step(...batch());
  if (i === 1 || i % 20 === 0) console.log(`step ${i}: loss ${loss.item().toFixed(4)}, correct ${correct.item()}/32`);
}

// State that lives on a GPU comes back to the host; then the model is an ordinary eager one.
await step.sync();
await step.dispose();
const [images, labels] = batch();
const embeddings = torch.no_grad(() => model.eval().forward(images));
console.log(`after training, eager: loss ${criterion.forward(embeddings, labels)[0].item().toFixed(4)}`);
