/** State in GPU buffers: failed checks leave it, and it outlives its session. */
import { no_grad, optim, sync, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';
import type { Runner } from '../fixtures/training-script.js';
import { giveBadBatch, undefinedBatches } from '../fixtures/undefined-batches.js';
import { keepDevice } from './keep-device.js';

keepDevice();

const onWebGpu: Runner = (fn) => compile(fn, { executionProviders: ['webgpu'], strict: true });

describe('batches without a loss on WebGPU', () => {
  it.each(Object.entries(undefinedBatches))('%s throws the eager error and leaves all state', async (_what, bad) => {
    const { message, unchanged } = await giveBadBatch(onWebGpu, bad);
    expect(message).toMatch(bad.message);
    expect(unchanged).toBe(true);
  });
});

describe('state on the device', () => {
  const weightAfter = (steps: number): number[] => [1 - 0.1 * steps, 2 - 0.1 * steps].map(Math.fround);
  const start = (): { weight: Tensor; step: ReturnType<typeof onWebGpu<[Tensor], Tensor>> } => {
    const weight = tensor([1, 2]).requires_grad_();
    const optimizer = new optim.SGD([weight], { lr: 0.1 });
    const step = onWebGpu((x: Tensor) => {
      optimizer.zero_grad();
      const loss = weight.mul(x).sum();
      loss.backward();
      optimizer.step();
      return loss;
    });
    return { weight, step };
  };

  it('cannot be read before it is brought home, and the error says how', async () => {
    const { weight, step } = start();
    await step(tensor([1, 1]));
    expect(() => weight.tolist()).toThrow(/sync/);
    await sync(weight);
    expect(weight.tolist()).toEqual(weightAfter(1).map((value) => expect.closeTo(value, 6) as number));
    await step.dispose();
  });

  it('stays when its session is disposed of, and goes on in another one', async () => {
    const { weight, step } = start();
    await step(tensor([1, 1]));
    await step(tensor([1, 1]));
    await step.dispose();
    await step(tensor([1, 1]));
    await sync(weight);
    expect(weight.tolist()).toEqual(weightAfter(3).map((value) => expect.closeTo(value, 6) as number));
    no_grad(() => weight.mul_(2));
    await step.dispose();
    expect(weight.tolist()).toEqual(weightAfter(3).map((value) => expect.closeTo(2 * value, 6) as number));
  });
});
