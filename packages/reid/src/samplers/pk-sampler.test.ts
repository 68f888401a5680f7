import { describe, expect, it } from 'vitest';
import { PKSampler, pkSamplerStateSchema } from './pk-sampler.js';

/** Seven identities (10, 20, ..., 70) with 1 to 7 images. */
const PIDS = [1, 2, 3, 4, 5, 6, 7].flatMap((n) => new Array<number>(n).fill(10 * n));

describe('PKSampler', () => {
  it('gives P identities with K images each, standing together', () => {
    const sampler = new PKSampler(PIDS, { identities: 3, images: 4, seed: 0 });
    expect([sampler.batchSize, sampler.batchesPerEpoch]).toEqual([12, 2]);
    for (let step = 0; step < 20; step++) {
      const pids = sampler.next().map((index) => PIDS[index]);
      const blocks = [0, 4, 8].map((start) => new Set(pids.slice(start, start + 4)));
      expect(blocks.map((block) => block.size)).toEqual([1, 1, 1]);
      expect(new Set(pids).size).toBe(3);
    }
  });

  it('never repeats an identity within an epoch', () => {
    const sampler = new PKSampler(PIDS, { identities: 3, images: 1, seed: 1 });
    for (let epoch = 0; epoch < 10; epoch++) {
      const drawn = [...sampler.next(), ...sampler.next()].map((index) => PIDS[index]);
      expect(new Set(drawn).size).toBe(6);
      expect(sampler.epoch).toBe(epoch + 1);
    }
  });

  it('reaches every identity over the epochs, though one is left over each time', () => {
    const sampler = new PKSampler(PIDS, { identities: 3, images: 1, seed: 2 });
    const drawn = Array.from({ length: 20 }, () => sampler.next()).flat();
    expect(new Set(drawn.map((index) => PIDS[index])).size).toBe(7);
  });

  it('draws images without replacement where there are enough', () => {
    const sampler = new PKSampler(PIDS, { identities: 7, images: 4, seed: 3 });
    for (let step = 0; step < 10; step++) {
      const batch = sampler.next();
      for (let start = 0; start < batch.length; start += 4) {
        const images = batch.slice(start, start + 4);
        const available = PIDS[images[0]] / 10;
        expect(new Set(images).size).toBeLessThanOrEqual(available);
        if (available >= 4) {
          expect(new Set(images).size).toBe(4);
        }
      }
    }
  });

  it('depends on the seed alone', () => {
    const batches = (seed: number) => {
      const sampler = new PKSampler(PIDS, { identities: 3, images: 2, seed });
      return Array.from({ length: 4 }, () => sampler.next());
    };
    expect(batches(7)).toEqual(batches(7));
    expect(batches(7)).not.toEqual(batches(8));
  });

  it('goes on from a state saved at any step, through JSON', () => {
    const options = { identities: 2, images: 3, seed: 4 };
    for (let stop = 0; stop < 8; stop++) {
      const sampler = new PKSampler(PIDS, options);
      for (let step = 0; step < stop; step++) {
        sampler.next();
      }
      const saved = JSON.stringify(sampler.state());
      const expected = Array.from({ length: 6 }, () => sampler.next());
      const resumed = new PKSampler(PIDS, { ...options, seed: 99 });
      resumed.setState(pkSamplerStateSchema.parse(JSON.parse(saved)));
      expect(Array.from({ length: 6 }, () => resumed.next())).toEqual(expected);
      expect(resumed.epoch).toBe(sampler.epoch);
    }
  });

  it('refuses what cannot be', () => {
    expect(() => new PKSampler(PIDS, { identities: 8, images: 1, seed: 0 })).toThrow(
      'PKSampler: identities is 8; expected at most the 7 in pids',
    );
    expect(() => new PKSampler(PIDS, { identities: 2, images: 0, seed: 0 })).toThrow(
      'PKSampler: images is 0; expected a positive integer',
    );
    const other = new PKSampler([0, 1, 2], { identities: 1, images: 1, seed: 0 });
    const sampler = new PKSampler(PIDS, { identities: 1, images: 1, seed: 0 });
    expect(() => sampler.setState(other.state())).toThrow(
      "PKSampler.setState: state is for 3 identities; expected the data set's own 7",
    );
  });
});
