/** An exported training step on WebGPU alone, its state fed back: no node on the CPU, eager's losses. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { OriTripletLoss } from '@reidgrad/losses';
import * as onnx from '@reidgrad/onnx-export';
import { expect, it } from 'vitest';
import { toOrt } from '../../packages/onnx-export/src/runtime/convert.js';
import { createSession } from '../../packages/onnx-export/src/runtime/ort.js';
import { runtimeFor, sessionOptions } from '../../packages/onnx-export/src/runtime/providers.js';
import { generate } from '../goldens/inputs.js';
import { keepDevice } from './keep-device.js';

keepDevice();

const { nn, optim } = torch;

function makeStep(): (x: Tensor, y: Tensor) => Tensor {
  torch.manual_seed(5);
  const net = new nn.Sequential(
    new nn.Conv2d(3, 6, 3, { stride: 2, padding: 1, bias: false }),
    new nn.BatchNorm2d(6),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(24, 5),
  );
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9, dampening: 0.1, weight_decay: 1e-3 });
  const criterion = new OriTripletLoss(6, 3);
  return (x, y) => {
    optimizer.zero_grad();
    const [loss] = criterion.forward(net.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

it('trains from the file with no node off WebGPU', async () => {
  const shape = [6, 3, 8, 8];
  const x = torch
    .tensor(generate({ shape, dtype: 'float32', low: -1, high: 1 }, 'train-step/x'), { dtype: 'float32' })
    .view(shape);
  const y = torch.arange(6).floor_divide(2);
  const program = await onnx.export(makeStep(), [x, y], { input_names: ['x', 'y'], output_names: ['loss'] });
  const ort = await runtimeFor('webgpu');
  if (program.stateBytes === null) throw new Error('the step has no first state');
  const first = await createSession(ort, program.stateBytes, sessionOptions(['cpu']));
  let state = await first.run({});
  await first.release();
  const session = await createSession(ort, program.bytes, sessionOptions(['webgpu']));
  const losses: number[] = [];
  for (let i = 0; i < 4; i++) {
    const inputs = { x: toOrt(ort, x.read(), 'float32', 'x'), y: toOrt(ort, y.read(), 'int32', 'y') };
    const results = await session.run({ ...state, ...inputs });
    losses.push(Number((results.loss.data as Float32Array)[0]));
    const next = program.manifest.states.map(({ input, output }) => [input, results[output]] as const);
    state = { ...state, ...Object.fromEntries(next) };
  }
  await session.release();
  const eager = makeStep();
  losses.forEach((loss) => {
    const expected = eager(x, y).item();
    // WebGPU's square roots and sums are good to a few units more than the CPU's.
    expect(Math.abs(loss - expected)).toBeLessThan(1e-4 * Math.abs(expected));
  });
  expect(losses[3]).toBeLessThan(losses[0]);
});
