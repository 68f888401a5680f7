/** Every public building block of the losses exports alone, with a dynamic batch and its gradient. */
import { describe, expect, it } from 'vitest';
import { exportPart, exportedParts } from '../fixtures/exported-parts.js';

// The square root of a cancelled difference on the diagonal is noise of the formula, up to 3e-4 beside distances of 1.
const tolerance = (name: string): number => (/distances$|pdist_torch/.test(name) ? 5e-4 : 1e-5);

describe('building blocks as files on the CPU provider', () => {
  it.each(Object.entries(exportedParts))('%s', async (name, part) => {
    const program = await exportPart(part);
    for (const rows of [7, 64, 200].map((n) => n * (part.multiple ?? 1))) {
      // Masks of triplets grow with the cube of the rows.
      const differences = await program.compare(part.args(name === 'get_triplet_mask' ? Math.min(rows, 64) : rows));
      for (const [output, difference] of Object.entries(differences)) {
        expect(difference, `${output} at ${rows} rows`).toBeLessThanOrEqual(tolerance(name));
      }
    }
  });
});
