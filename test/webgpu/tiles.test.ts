/** Losses in tiles with their gradients on WebGPU alone. */
import { describe, expect, it } from 'vitest';
import { eagerResults, exportLoss, lossBatch, lossDisagreements, runFile } from '../fixtures/exported-losses.js';
import { tiledLosses } from '../fixtures/tiled-losses.js';
import { keepDevice } from './keep-device.js';

keepDevice();

/** WebGPU's exp, log and sqrt are good to a few units more than the CPU's. */
const looser = 5;

describe('losses in tiles on WebGPU', () => {
  it.each(Object.entries(tiledLosses))('%s equals the whole', async (_name, { run, tolerance }) => {
    const batch = lossBatch(8);
    const program = await exportLoss((x, y) => run(x, y, { rows_per_tile: 3 })[0], false);
    const [result] = await runFile(program, 'webgpu', [batch]);
    const expected = eagerResults((x, y) => run(x, y, {})[0], batch);
    expect(lossDisagreements(result, expected, 2 * looser * tolerance)).toEqual([]);
  });
});
