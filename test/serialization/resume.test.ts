/** Checkpoints of trainings: going on from PyTorch's gives PyTorch's numbers, going on from ours gives ours. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectClose, loadGoldens } from '../goldens/load.js';
import { Run } from './runs.js';
import type { Epoch } from './runs.js';

/** All numbers of an epoch. */
const numbers = ({ rates, parameters }: Epoch): number[] => [...rates, ...(parameters.flat(2) as number[])];

describe.each(loadGoldens('resume'))('$optimizer with $scheduler', ({ file, optimizer, scheduler, epochs }) => {
  it("goes on from PyTorch's checkpoint as PyTorch does", () => {
    const run = new Run(optimizer, scheduler);
    run.load(readFileSync(new URL(`../goldens/data/serialization/${file}`, import.meta.url)));
    for (const [i, expected] of epochs.entries()) {
      const data = numbers(expected);
      const actual = { shape: [data.length], data: numbers(run.epoch()) };
      expectClose(actual, { shape: [data.length], data }, { rtol: 1e-5, atol: 1e-7 }, `epoch ${i}`);
    }
  });

  it('goes on from its own checkpoint bitwise', () => {
    const run = new Run(optimizer, scheduler);
    const resumed = new Run(optimizer, scheduler);
    for (let i = 0; i < 2; i++) run.epoch();
    resumed.load(run.save());
    for (let i = 0; i < 4; i++) expect(resumed.epoch()).toEqual(run.epoch());
  });
});
