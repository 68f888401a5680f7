/** Every public building block of the losses, from its file with a dynamic batch, on WebGPU alone. */
import { describe, expect, it } from 'vitest';
import { exportPart, exportedParts, runPart } from '../fixtures/exported-parts.js';
import { keepDevice } from './keep-device.js';

keepDevice();

// As on the CPU (test/providers/parts.test.ts): the diagonal of a distance matrix is the root of a cancelled difference.
const tolerance = (name: string): number => (/distances$|pdist_torch/.test(name) ? 5e-4 : 5e-5);

describe('building blocks as files on WebGPU', () => {
  it.each(Object.entries(exportedParts))('%s', async (name, part) => {
    const program = await exportPart(part);
    for (const rows of [7, 64].map((n) => n * (part.multiple ?? 1))) {
      const args = part.args(rows);
      const [cpu, gpu] = [await runPart(program, 'cpu', args), await runPart(program, 'webgpu', args)];
      for (const [output, expected] of Object.entries(cpu)) {
        const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
        const worst = expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - gpu[output][i])), 0);
        expect(worst / scale, `${output} at ${rows} rows`).toBeLessThanOrEqual(tolerance(name));
      }
    }
  });
});
