import { compile } from '@reidgrad/onnx-export/compile';
import { compileWith, interpreter } from '@reidgrad/core/graph';
import { describe, it } from 'vitest';
import { expectGoldenSteps, titleOf } from '../fixtures/optim-run.js';
import { loadGoldens } from '../goldens/load.js';

const cases = loadGoldens('optim').map((golden) => [titleOf(golden), golden] as const);

describe('optim.json, compiled on the CPU provider', () => {
  it.each(cases)('%s', async (_, golden) => {
    await expectGoldenSteps(golden, (step) => compile(step, { executionProviders: ['cpu'] }));
  });
});

describe('optim.json, interpreted', () => {
  it.each(cases)('%s', async (_, golden) => {
    await expectGoldenSteps(golden, (step) => compileWith(step, interpreter));
  });
});
