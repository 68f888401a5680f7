/** Losses in tiles as files and compiled: every one on the CPU and on WebAssembly, with its gradient. */
import { autograd } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { OriTripletLoss, WeightedRegularizedTriplet } from '@reidgrad/losses';
import * as onnx from '@reidgrad/onnx-export';
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';
import { largestDifference } from '../fixtures/derivatives.js';
import { eagerResults, exportLoss, lossBatch, lossDisagreements, runFile } from '../fixtures/exported-losses.js';
import { tiledLosses } from '../fixtures/tiled-losses.js';

const tiled = Object.entries(tiledLosses);

describe('losses in tiles of 3 of 8 rows', () => {
  it.each(tiled)('%s equals the whole, on the CPU and on WebAssembly', async (_name, { run, tolerance }) => {
    const batch = lossBatch(8);
    const program = await exportLoss((x, y) => run(x, y, { rows_per_tile: 3 })[0], false);
    const expected = eagerResults((x, y) => run(x, y, {})[0], batch);
    for (const provider of ['cpu', 'wasm'] as const) {
      const [result] = await runFile(program, provider, [batch]);
      expect(lossDisagreements(result, expected, 2 * tolerance), provider).toEqual([]);
    }
  });
});

describe('rows_per_tile in a graph', () => {
  it('compiles, for one batch size after the other', async () => {
    const step = (rows_per_tile: number | null) => (x: Tensor, y: Tensor) => {
      const [loss, correct] = new OriTripletLoss(0, 0.3, { rows_per_tile }).forward(x, y);
      return [loss, correct, ...autograd.grad(loss, [x])];
    };
    const compiled = compile(step(5), { executionProviders: ['cpu'] });
    for (const rows of [8, 13, 4]) {
      const [x, y] = lossBatch(rows);
      const results = await compiled(x.requires_grad_(), y);
      step(null)(x, y).forEach((expected, i) => {
        expect(largestDifference(results[i].double(), expected.double())).toBeLessThan(1e-5);
      });
    }
    await compiled.dispose();
  });

  it('computes tiles again for the gradient of other outputs', async () => {
    const far = (rows_per_tile: number | null) => (x: Tensor, y: Tensor) => {
      const [, furthest] = new WeightedRegularizedTriplet({ rows_per_tile, stable: true }).forward(x, y);
      return autograd.grad(furthest.mul(furthest).sum(), [x])[0];
    };
    const [x, y] = lossBatch(8);
    const compiled = compile(far(3), { executionProviders: ['cpu'] });
    const gradient = await compiled(x.requires_grad_(), y);
    expect(largestDifference(gradient, far(null)(x, y))).toBeLessThan(1e-4);
    await compiled.dispose();
  });

  const exported = (axes: Record<string, Record<number, string>>): Promise<onnx.OnnxProgram> => {
    const criterion = new OriTripletLoss(0, 0.3, { rows_per_tile: 3 });
    return onnx.export((x: Tensor, y: Tensor) => criterion.forward(x, y)[0], lossBatch(8), {
      input_names: ['embeddings', 'labels'],
      gradients: ['embeddings'],
      dynamic_axes: axes,
    });
  };

  it('refuses a dynamic batch, and names the way out', async () => {
    await expect(
      exported({ embeddings: { 0: 'batch' }, labels: { 0: 'batch' } }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[Error: export: OriTripletLoss: rows_per_tile 3 makes a loop over the rows, so that the batch axis cannot be dynamic; set rows_per_tile to null, or export for a fixed batch]`,
    );
  });

  it('takes another dynamic axis', async () => {
    const program = await exported({ embeddings: { 1: 'features' } });
    const [x, y] = lossBatch(8);
    const differences = await program.compare([x.narrow(1, 0, 7), y]);
    expect(Math.max(...Object.values(differences))).toBeLessThan(1e-5);
  });
});
