/** Every public loss with its gradient as one file for all batch sizes, and the seed's own loop as a file for one. */
import { describe, expect, it } from 'vitest';
import {
  eagerResults,
  exportLoss,
  exportedLosses,
  lossBatch,
  lossDisagreements,
  runFile,
} from '../fixtures/exported-losses.js';
import { oriTripletLossLoop } from '../fixtures/ori-loop.js';

const batches = [7, 64, 200].map(lossBatch);

describe('losses with gradients, exported with a dynamic batch', () => {
  it.each(Object.entries(exportedLosses))('%s runs at 7, 64 and 200 rows on the CPU', async (_name, loss) => {
    const program = await exportLoss(loss.run);
    const results = await runFile(program, 'cpu', batches);
    results.forEach((result, i) => {
      expect(lossDisagreements(result, eagerResults(loss.run, batches[i]), loss.tolerance)).toEqual([]);
    });
  });

  it.each(Object.entries(exportedLosses))('%s runs on WebAssembly', async (_name, loss) => {
    const [batch] = batches;
    const [result] = await runFile(await exportLoss(loss.run), 'wasm', [batch]);
    expect(lossDisagreements(result, eagerResults(loss.run, batch), loss.tolerance)).toEqual([]);
  });
});

describe("the seed's own loop", () => {
  it.each(['cpu', 'wasm'] as const)('runs as a file for its batch size on %s', async (provider) => {
    const batch = lossBatch(8);
    const [result] = await runFile(await exportLoss(oriTripletLossLoop, false), provider, [batch]);
    expect(lossDisagreements(result, eagerResults(oriTripletLossLoop, batch), 2e-5)).toEqual([]);
  });
});

describe('the comparison of losses', () => {
  it('sees a difference, a missing output and a check that fails', () => {
    const expected = { loss: [2], embeddings_grad: [1, -1] };
    expect(lossDisagreements({ ...expected, check_0: [1, 1] }, expected, 1e-5)).toEqual([]);
    expect(lossDisagreements({ ...expected, embeddings_grad: [1, 1] }, expected, 1e-5)).toHaveLength(1);
    expect(lossDisagreements({ ...expected, loss: [NaN] }, expected, 1e-5)).toHaveLength(1);
    expect(lossDisagreements({ loss: [2] }, expected, 1e-5)).toHaveLength(1);
    expect(lossDisagreements({ ...expected, check_0: [1, 0] }, expected, 1e-5)).toEqual(['check_0 does not hold']);
  });
});
