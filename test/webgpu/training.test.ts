/** The training script on WebGPU in Node: state stays in GPU buffers, and no node may fall back to the CPU. */
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';
import { disagreements, eagerly, trainingScript, webgpuTolerance } from '../fixtures/training-script.js';
import type { Runner } from '../fixtures/training-script.js';
import { keepDevice } from './keep-device.js';

keepDevice();

const onWebGpu: Runner = (fn) => compile(fn, { executionProviders: ['webgpu'], strict: true });

describe.each(['SGD', 'Adam'] as const)('training with %s on WebGPU', (optimizer) => {
  it('gives the eager numbers while evaluating, writing, freezing and slowing down', async () => {
    const expected = await trainingScript(eagerly, optimizer);
    const actual = await trainingScript(onWebGpu, optimizer);
    expect(disagreements(actual, expected, webgpuTolerance)).toEqual([]);
    expect(actual.traces).toEqual([1, 1, 2, 2]);
  });
});

describe('dropout on WebGPU', () => {
  it('draws the eager masks', async () => {
    const options = { steps: 2, dropout: 0.3 };
    const expected = await trainingScript(eagerly, 'SGD', options);
    const actual = await trainingScript(onWebGpu, 'SGD', options);
    expect(disagreements(actual, expected, webgpuTolerance)).toEqual([]);
  });
});
