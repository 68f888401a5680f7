/** Batches without a loss: eager and compiled code say the same, and a compiled step changes nothing. */
import { compileWith, interpreter } from '@reidgrad/core/graph';
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';
import { eagerly } from '../fixtures/training-script.js';
import type { Runner } from '../fixtures/training-script.js';
import { giveBadBatch, undefinedBatches } from '../fixtures/undefined-batches.js';

const runners: Readonly<Record<string, Runner>> = {
  interpreter: (fn) => compileWith(fn, interpreter),
  cpu: (fn) => compile(fn, { executionProviders: ['cpu'], threads: 1 }),
  wasm: (fn) => compile(fn, { executionProviders: ['wasm'], threads: 1 }),
};

describe.each(Object.entries(undefinedBatches))('%s', (_what, bad) => {
  it('throws eagerly', async () => {
    expect((await giveBadBatch(eagerly, bad)).message).toMatch(bad.message);
  });

  it.each(Object.keys(runners))('throws the same and leaves all state on %s', async (name) => {
    const { message, unchanged } = await giveBadBatch(runners[name], bad);
    expect(message).toMatch(bad.message);
    expect(unchanged).toBe(true);
  });
});
