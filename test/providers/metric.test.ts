/** The metric losses, alone and with miners, as files with a dynamic batch and their gradient. */
import { autograd } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import * as losses from '@reidgrad/losses';
import { describe, expect, it } from 'vitest';
import { FEATURES, exportLoss, lossBatch } from '../fixtures/exported-losses.js';
import { exportedMetrics, mined } from '../fixtures/exported-metric.js';
import * as onnx from '@reidgrad/onnx-export';
import { compile } from '@reidgrad/onnx-export/compile';

// Distances of float32 rows cancel, and temperatures multiply what is left of them.
const TOLERANCE = 2e-4;

describe('metric losses as files on the CPU provider', () => {
  it.each(Object.entries(exportedMetrics()))('%s', async (_name, { run, cubic: grows }) => {
    const program = await exportLoss(run);
    for (const rows of grows ? [6, 17, 40] : [6, 33, 64]) {
      const differences = await program.compare(lossBatch(rows));
      for (const [output, difference] of Object.entries(differences)) {
        expect(difference, `${output} at ${rows} rows`).toBeLessThanOrEqual(TOLERANCE);
      }
    }
  });

  it('DistanceWeightedMiner, its numbers an input of the file', async () => {
    const miner = new losses.DistanceWeightedMiner();
    const run = mined(new losses.TripletMarginLoss({ margin: 0.5 }), miner);
    const program = await onnx.export((x: Tensor, y: Tensor) => run(x, y), lossBatch(16), {
      input_names: ['embeddings', 'labels'],
      gradients: ['embeddings'],
    });
    expect(program.manifest.random.map(({ distribution }) => distribution)).toEqual(['uniform']);
    await program.verify();
  });

  it('CrossBatchMemory, compiled: its queue is state of the graph', async () => {
    const make = (): losses.CrossBatchMemory =>
      new losses.CrossBatchMemory(new losses.MultiSimilarityLoss(), FEATURES, { memory_size: 20 });
    const [eager, traced] = [make(), make()];
    const step = (memory: losses.CrossBatchMemory) => (x: Tensor, y: Tensor) => {
      const loss = memory.forward(x, y);
      return [loss, ...autograd.grad(loss, [x])];
    };
    const compiled = compile(step(traced), { executionProviders: ['cpu'] });
    for (const rows of [8, 8, 8]) {
      const [x, y] = lossBatch(rows);
      const expected = step(eager)(x.clone().requires_grad_(), y);
      const actual = await compiled(x.clone().requires_grad_(), y);
      for (const [i, output] of actual.entries()) expect(output.allclose(expected[i], { atol: 1e-4 })).toBe(true);
    }
    await compiled.sync();
    expect(traced.embedding_memory.tolist()).toEqual(eager.embedding_memory.tolist());
    expect([traced.queue_idx.item(), traced.num_stored.item()]).toEqual([4, 20]);
  });
});
