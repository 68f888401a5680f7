/** Ten Adam steps of narrow copies against PyTorch: eagerly, compiled, and as an exported file. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import * as onnx from '@reidgrad/onnx-export';
import { compile } from '@reidgrad/onnx-export/compile';
import { resnet50 } from '@reidgrad/reid';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../goldens/load.js';
import { fill, lossOf, make, modelCases, pictures } from './goldens.js';
import type { ModelCase } from './goldens.js';

const byName = modelCases.map((golden) => [golden.model, golden] as const);

/** A training step of the narrow copy, with fresh weights. */
function makeStep(golden: ModelCase, dtype: 'float32' | 'float64'): (x: Tensor) => Tensor {
  const name = `${golden.model}-small`;
  const candidate = fill(make(golden.model, golden.classes, golden.small.width), name);
  candidate.model.to(dtype);
  const trained = candidate.model.parameters().filter((parameter) => parameter.requires_grad);
  const optimizer = new torch.optim.Adam(trained, { lr: 3e-5 });
  return (x) => {
    optimizer.zero_grad();
    const { loss } = lossOf(candidate, x);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

/** PyTorch's own losses in float32 differ from these float64 ones by up to 1e-4 (printed by models.py). */
function expectLosses(losses: readonly number[], golden: ModelCase, rtol: number): void {
  const shape = [losses.length];
  const data = golden.small.losses.slice(0, losses.length);
  expect(data).toHaveLength(losses.length);
  expectClose({ shape, data: losses }, { shape, data }, { rtol, atol: 0 }, 'losses');
}

const toOrt = (x: Tensor): OrtTensor =>
  new OrtTensor('float32', Float32Array.from(x.detach().toTypedArray(), Number), [...x.shape]);

describe('ten Adam steps of a narrow copy', () => {
  it.each(byName)('%s, the first four eagerly in float64', (_, golden) => {
    const step = makeStep(golden, 'float64');
    const x = pictures(`${golden.model}-small`, 8).to('float64');
    expectLosses(
      Array.from({ length: 4 }, () => step(x).item()),
      golden,
      1e-7,
    );
  });

  it.each(byName)('%s, compiled on the CPU provider', async (_, golden) => {
    const step = compile(makeStep(golden, 'float32'), { executionProviders: ['cpu'] });
    const x = pictures(`${golden.model}-small`, 8);
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) losses.push((await step(x)).item());
    await step.dispose();
    expectLosses(losses, golden, 1e-3);
  });

  it('agw, as an exported file that is fed its own state', async () => {
    const golden = modelCases.find(({ model }) => model === 'agw');
    if (golden === undefined) throw new Error('models.json has no agw');
    const x = pictures('agw-small', 8);
    const program = await onnx.export(makeStep(golden, 'float32'), [x], {
      input_names: ['images'],
      output_names: ['loss'],
    });
    if (program.stateBytes === null) throw new Error('the step has no first state');
    const first = await InferenceSession.create(program.stateBytes);
    const feeds: Record<string, OrtTensor> = {
      ...((await first.run({})) as Record<string, OrtTensor>),
      images: toOrt(x),
    };
    await first.release();
    const session = await InferenceSession.create(program.bytes);
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) {
      const results = await session.run(feeds);
      losses.push(Number(results.loss.data[0]));
      for (const { input, output } of program.manifest.states) feeds[input] = results[output];
    }
    await session.release();
    expectLosses(losses, golden, 1e-3);
  });
});

describe('inference as a file with a dynamic batch', () => {
  const resnet = (): ((x: Tensor) => Tensor) => {
    const model = resnet50({ last_stride: 1 }).eval();
    return (x) => model.forward(x);
  };
  const agw = (): ((x: Tensor) => Tensor) => {
    const { evaluate, model } = fill(make('agw', 5, 0.25), 'exported');
    model.eval();
    return evaluate;
  };
  it.each([
    ['ResNet-50 at full width', resnet],
    ['AGW with its non-local blocks', agw],
  ] as const)('%s', async (_, makeModel) => {
    const model = makeModel();
    const infer = (x: Tensor): Tensor => torch.no_grad(() => model(x));
    const { bytes } = await onnx.export(infer, [pictures('exported', 2)], {
      input_names: ['images'],
      output_names: ['out'],
      dynamic_axes: { images: { 0: 'batch' } },
    });
    const session = await InferenceSession.create(bytes);
    for (const count of [1, 3]) {
      const x = pictures('exported', count);
      const { out } = await session.run({ images: toOrt(x) });
      const expected = infer(x);
      const data = Array.from(expected.toTypedArray(), Number);
      const typical = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
      const actual = { shape: out.dims, data: Array.from(out.data, Number) };
      const tolerance = { rtol: 1e-4, atol: 1e-4 * typical };
      expectClose(actual, { shape: [...expected.shape], data }, tolerance, `batch of ${count}`);
    }
    await session.release();
  });
});
