/** The training script in Chromium, on WebGPU and on WebAssembly. */
import { compile } from '@reidgrad/onnx-export/compile';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreements, eagerly, trainingScript, webgpuTolerance } from '../fixtures/training-script.js';
import type { Runner } from '../fixtures/training-script.js';
import { useServedRuntime } from './served-runtime.js';

beforeAll(useServedRuntime);

describe.each(['webgpu', 'wasm'] as const)('training in Chromium on %s', (provider) => {
  it.each(['SGD', 'Adam'] as const)('with %s gives the eager numbers', async (optimizer) => {
    const run: Runner = (fn) => compile(fn, { executionProviders: [provider], strict: true });
    const options = { steps: 2, dropout: 0.2 };
    const expected = await trainingScript(eagerly, optimizer, options);
    const actual = await trainingScript(run, optimizer, options);
    expect(disagreements(actual, expected, webgpuTolerance)).toEqual([]);
    expect(actual.traces).toEqual([1, 1, 2, 2]);
  });
});
