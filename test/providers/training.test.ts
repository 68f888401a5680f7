/** The same training script eagerly, on the interpreter, on the CPU and on WebAssembly. */
import { compileWith, interpreter } from '@reidgrad/core/graph';
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';
import { disagreements, eagerly, trainingScript } from '../fixtures/training-script.js';
import type { Runner } from '../fixtures/training-script.js';

const runners: Readonly<Record<string, Runner>> = {
  interpreter: (fn) => compileWith(fn, interpreter),
  cpu: (fn) => compile(fn, { executionProviders: ['cpu'], threads: 1 }),
  wasm: (fn) => compile(fn, { executionProviders: ['wasm'], threads: 1 }),
};

describe.each(['SGD', 'Adam'] as const)(
  'training with %s, evaluating, writing, freezing, slowing down',
  (optimizer) => {
    it.each(Object.keys(runners))('gives the eager numbers on %s', async (name) => {
      const expected = await trainingScript(eagerly, optimizer);
      const actual = await trainingScript(runners[name], optimizer);
      expect(disagreements(actual, expected, 1e-5)).toEqual([]);
      // Traced once, and again when a layer was frozen; neither written weights nor a new learning rate cost a trace.
      expect(actual.traces).toEqual([1, 1, 2, 2]);
    });

    it.each(Object.keys(runners))('draws the eager dropout masks on %s', async (name) => {
      const options = { steps: 2, dropout: 0.3 };
      const expected = await trainingScript(eagerly, optimizer, options);
      const actual = await trainingScript(runners[name], optimizer, options);
      expect(disagreements(actual, expected, 1e-5)).toEqual([]);
    });
  },
);

describe('the comparison of logs', () => {
  it('sees a number that differs, a missing entry and NaN', async () => {
    const log = { numbers: { loss: [1, 2] }, traces: [] };
    expect(disagreements(log, log, 1e-5)).toEqual([]);
    expect(disagreements({ numbers: { loss: [1, 2.1] }, traces: [] }, log, 1e-5)).toEqual([
      'loss[1] is 2.1, expected 2',
    ]);
    expect(disagreements({ numbers: { loss: [NaN, 2] }, traces: [] }, log, 1e-5)).toHaveLength(1);
    expect(disagreements({ numbers: {}, traces: [] }, log, 1e-5)).toHaveLength(1);
  });
});
