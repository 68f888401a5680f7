/** Every public loss with its gradient on WebGPU alone, from the file with a dynamic batch. */
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
import { keepDevice } from './keep-device.js';

keepDevice();

/** WebGPU's exp, log and sqrt are good to a few units more than the CPU's. */
const looser = 5;

describe('losses with gradients on WebGPU', () => {
  it.each(Object.entries(exportedLosses))('%s equals eager at every batch size', async (_name, loss) => {
    const batches = [7, 64, 200].map(lossBatch);
    const results = await runFile(await exportLoss(loss.run), 'webgpu', batches);
    results.forEach((result, i) => {
      expect(lossDisagreements(result, eagerResults(loss.run, batches[i]), looser * loss.tolerance)).toEqual([]);
    });
  });

  it("the seed's own loop runs at its batch size", async () => {
    const batch = lossBatch(8);
    const [result] = await runFile(await exportLoss(oriTripletLossLoop, false), 'webgpu', [batch]);
    expect(lossDisagreements(result, eagerResults(oriTripletLossLoop, batch), looser * 2e-5)).toEqual([]);
  });
});
