// Trains a small convolutional network in a browser tab: `npx vite` in this folder, then open the page.
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { OriTripletLoss } from '@reidgrad/losses';
import { compile } from '@reidgrad/onnx-export/compile';
import { setRuntime } from '@reidgrad/onnx-export/runtime';
import * as ort from 'onnxruntime-web/webgpu';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';

const { nn, optim } = torch;
const [STEPS, PEOPLE] = [100, 8];

// The page serves ONNX Runtime's wasm file, which bundlers only find when told.
ort.env.wasm.wasmPaths = { wasm: wasmUrl };
setRuntime(ort);

/** Every person is a fixed random picture of 3 x 16 x 16, seen four times through noise. */
function makeBatch(people: Tensor): [Tensor, Tensor] {
  const labels = torch.arange(PEOPLE * 4).remainder(PEOPLE);
  return [people.index_select(0, labels).add(torch.randn(PEOPLE * 4, 3, 16, 16)), labels];
}

async function train(report: (line: string) => void): Promise<void> {
  torch.manual_seed(0);
  const people = torch.randn(PEOPLE, 3, 16, 16);
  const features = [
    new nn.Conv2d(3, 16, 3, { padding: 1 }),
    new nn.BatchNorm2d(16),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
  ];
  const model = new nn.Sequential(...features, new nn.Flatten(), new nn.Linear(16 * 8 * 8, 32));
  const criterion = new OriTripletLoss(PEOPLE * 4, 0.3);
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  const step = compile(
    (images: Tensor, labels: Tensor) => {
      optimizer.zero_grad();
      const [loss, correct] = criterion.forward(model.forward(images), labels);
      loss.backward();
      optimizer.step();
      return { loss, correct };
    },
    { executionProviders: ['webgpu', 'wasm'], warn: report },
  );
  for (let i = 1; i <= STEPS; i++) {
    const { loss, correct } = await step(...makeBatch(people));
    report(`step ${i} of ${STEPS}: loss ${loss.item().toFixed(4)}, ${correct.item()} of ${PEOPLE * 4} right`);
  }
  await step.sync();
  await step.dispose();
  report('done');
}

const button = document.querySelector<HTMLButtonElement>('#start');
const progress = document.querySelector('#progress');
button?.addEventListener('click', () => {
  const report = (line: string): void => progress?.prepend(`${line}\n`);
  train(report).catch((error: unknown) => report(String(error)));
});
