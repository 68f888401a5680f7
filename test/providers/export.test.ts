/** What `export` refuses, and a training step as a file that plain onnxruntime-node runs. */
import { nn, ones, optim, tensor, zeros } from '@reidgrad/core';
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import * as onnx from '@reidgrad/onnx-export';
import type { ExportOptions } from '@reidgrad/onnx-export';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { lossBatch } from '../fixtures/exported-losses.js';

const errorOf = async (run: () => Promise<unknown>): Promise<string> => {
  try {
    await run();
  } catch (error) {
    // Only the file's name: the rest of the path differs between machines.
    return (error instanceof Error ? error.message : String(error)).replace(/\S*\/test\/providers\//g, '');
  }
  return 'nothing was thrown';
};

describe('options', () => {
  const double = (x: Tensor): Tensor => x.mul(2);
  it.each([
    [{ inputNames: ['x'] }, /^export: options: got 'inputNames', expected the options f, name, input_names/],
    [{ opset_version: 9 }, /^export: opset_version: got 9, expected one of 20, 21$/],
    [
      { input_names: ['a', 'b'] },
      /^export: input_names: got \['a', 'b'\], expected 1 of them, one per tensor in args$/,
    ],
    [{ output_names: ['a', 'b'] }, /^export: output_names: got \['a', 'b'\], expected 1 of them, one per result$/],
    [{ dynamic_axes: { y: { 0: 'n' } } }, /^export: dynamic_axes: got 'y', expected names of inputs: input_0$/],
    [
      { dynamic_axes: { input_0: { 3: 'n' } } },
      /^export: dynamic_axes\.input_0: got 3, expected dims of the example, float32\[3\]$/,
    ],
    [{ gradients: ['y'] }, /^export: gradients: got 'y', expected names of inputs: input_0$/],
    [
      { gradients: ['input_0'] },
      /^export: gradients: got \['input_0'\], expected a first result of one element, the loss; it is float32\[3\]$/,
    ],
  ])('%j is refused in one line', async (options, message) => {
    // Deliberately wrong, as from JavaScript.
    expect(await errorOf(() => onnx.export(double, [ones(3)], options as ExportOptions))).toMatch(message);
  });
});

describe('what cannot have a dynamic axis names the line and the fix', () => {
  const dynamic = (fn: (x: Tensor) => Tensor): Promise<string> =>
    errorOf(() => onnx.export(fn, [ones(4, 2)], { input_names: ['x'], dynamic_axes: { x: { 0: 'batch' } } }));

  it('a loop over the axis', async () => {
    const message = await dynamic((x) => {
      let sum = zeros(2);
      for (let i = 0; i < x.size(0); i++) sum = sum.add(x.select(0, i));
      return sum;
    });
    expect(message).toMatch(/export\.test\.ts:\d+/);
    expect(message.replace(/:\d+/g, ':line')).toMatchInlineSnapshot(
      `"export: dynamic_axes: the trace depends on a dynamic size: at batch = 412 it has another length, from export.test.ts:line on; a loop over the axis cannot be dynamic, use tensor ops over the whole axis"`,
    );
  });

  it('1 / n as a factor', async () => {
    const message = await dynamic((x) => x.sum().mul(1 / x.size(0)));
    expect(message).toMatch(/export\.test\.ts:\d+/);
    expect(message.replace(/:\d+/g, ':line')).toMatchInlineSnapshot(
      `"export: dynamic_axes: full at export.test.ts:line depends on a dynamic size (0.0024752475247524753 at batch = 404, 0.0024271844660194173 at batch = 412): a number computed from the size (as 1 / n or sqrt(n)) cannot be dynamic; divide by the count itself, or compute it with tensor ops"`,
    );
  });

  it('sqrt(n)', async () => {
    const message = await dynamic((x) => x.sum().div(Math.sqrt(x.size(0))));
    expect(message.replace(/:\d+/g, ':line')).toMatchInlineSnapshot(
      `"export: dynamic_axes: full at export.test.ts:line depends on a dynamic size (20.09975124224178 at batch = 404, 20.29778313018444 at batch = 412): a number computed from the size (as 1 / n or sqrt(n)) cannot be dynamic; divide by the count itself, or compute it with tensor ops"`,
    );
  });

  it('a mask built from data', async () => {
    const message = await dynamic((x) => x.mul(tensor(Array.from({ length: x.size(0) }, (_, i) => [i % 2]))));
    expect(message.replace(/:\d+/g, ':line')).toMatchInlineSnapshot(
      `"export: dynamic_axes: constant data differs between sizes of a dynamic axis, used at export.test.ts:line; build masks and ranges with arange, eye and comparisons instead of from data"`,
    );
  });

  it('a branch on the size', async () => {
    const message = await dynamic((x) => (x.size(0) === 404 ? x.exp() : x.log()));
    expect(message.replace(/:\d+/g, ':line')).toMatchInlineSnapshot(
      `"export: dynamic_axes: the trace depends on a dynamic size: at batch = 404 export.test.ts:line runs exp, at batch = 412 export.test.ts:line runs log; a loop over the axis or a branch on its size cannot be dynamic, use tensor ops over the whole axis"`,
    );
  });
});

it('the number of rows may be dynamic as a divisor, in the gradient too', async () => {
  const { bytes } = await onnx.export((x: Tensor) => x.square().sum().div(x.size(0)), [ones(4, 2)], {
    input_names: ['x'],
    output_names: ['mean'],
    dynamic_axes: { x: { 0: 'batch' } },
    gradients: ['x'],
  });
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const { mean, x_grad } = await session.run({
    x: new OrtTensor('float32', [3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [5, 2]),
  });
  await session.release();
  expect(mean.data[0]).toBeCloseTo(645 / 5, 4);
  expect(x_grad.data[0]).toBeCloseTo(6 / 5, 6);
});

describe('a training step as a file', () => {
  const make = (name: 'SGD' | 'Adam'): ((x: Tensor, y: Tensor) => Tensor) => {
    torch.manual_seed(11);
    const model = new nn.Sequential(new nn.Linear(12, 6), new nn.BatchNorm1d(6), new nn.ReLU(), new nn.Linear(6, 3));
    const criterion = new nn.CrossEntropyLoss({ label_smoothing: 0.1 });
    const optimizer =
      name === 'SGD'
        ? new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, dampening: 0.1, weight_decay: 1e-3 })
        : new optim.Adam(model.parameters(), { lr: 0.01 });
    return (x, y) => {
      optimizer.zero_grad();
      const loss = criterion.forward(model.forward(x), y);
      loss.backward();
      optimizer.step();
      return loss;
    };
  };

  it.each(['SGD', 'Adam'] as const)('with %s gives the eager losses when its state is fed back', async (name) => {
    const [x, rows] = lossBatch(12);
    const y = rows.remainder(3);
    const step = make(name);
    const names = { input_names: ['x', 'y'], output_names: ['loss'] };
    const program = await onnx.export(step, [x, y], names);
    const { states } = program.manifest;
    expect(states.length).toBeGreaterThan(6);
    if (program.stateBytes === null) throw new Error('the step has no first state');
    const first = await InferenceSession.create(program.stateBytes);
    const feeds: Record<string, OrtTensor> = {
      ...((await first.run({})) as Record<string, OrtTensor>),
      x: new OrtTensor('float32', Float32Array.from(x.toTypedArray(), Number), x.shape),
      y: new OrtTensor('int32', Int32Array.from(y.toTypedArray(), Number), y.shape),
    };
    await first.release();
    const session = await InferenceSession.create(program.bytes, { intraOpNumThreads: 1 });
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) {
      const results = await session.run(feeds);
      losses.push(Number(results.loss.data[0]));
      for (const { input, output } of states) feeds[input] = results[output];
    }
    await session.release();
    const eager = make(name);
    const expected = Array.from({ length: 10 }, () => eager(x, y).item());
    expect(losses.map((loss, i) => Math.abs(loss - expected[i])).filter((difference) => !(difference < 2e-5))).toEqual(
      [],
    );
    expect(expected[9]).toBeLessThan(expected[0]);
  });
});
