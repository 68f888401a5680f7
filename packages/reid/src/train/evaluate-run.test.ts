import { describe, expect, it } from 'vitest';
import { distanceMatrix } from './embed.js';
import { measureEmbedder, measurePixels, resultsTable, smallestGain } from './evaluate-run.js';
import type { Measured } from './evaluate-run.js';
import { tinyConfig, tinyDataset } from './tiny.testing.js';
import { Trainer } from './trainer.js';

const runsOn = { executionProviders: ['cpu'] as const };

function measured(label: string, ...rank1: number[]): Measured {
  const distances = new Float32Array();
  return {
    label,
    directions: rank1.map((first) => ({ cmc: [first, 1], mAP: 0.5, mINP: 0.25, validQueries: 4, distances })),
  };
}

describe('smallestGain', () => {
  it('compares the last with the first, in the worst direction', () => {
    const all = [measured('pixels', 0.4, 0.5), measured('untrained', 0.9, 0.9), measured('trained', 0.7, 0.55)];
    expect(smallestGain(all)).toBeCloseTo(0.05, 10);
  });
});

describe('resultsTable', () => {
  it('shows all measurements side by side', () => {
    const lines = resultsTable(tinyDataset(), [measured('pixels', 0.4), measured('trained', 0.7)]).split('\n');
    expect(lines[0]).toBe('query → gallery: 16 queries, 32 in the gallery');
    expect(lines[1].trim().split(/\s+/)).toEqual(['mAP', 'mINP', 'rank-1', 'rank-5', 'rank-10']);
    expect(lines[3].trim().split(/\s+/)).toEqual(['trained', '0.500', '0.250', '0.700', '1.000', '1.000']);
  });
});

describe('distanceMatrix', () => {
  it('gives Euclidean distances row by row', async () => {
    const { distances, dispose } = distanceMatrix(runsOn);
    const query = { data: Float32Array.of(0, 0, 3, 4), dim: 2 };
    const gallery = { data: Float32Array.of(3, 4, 6, 8, 0, 1), dim: 2 };
    const expected = [5, 10, 1, 0, 5, Math.sqrt(18)];
    (await distances(query, gallery)).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
    await dispose();
  });
});

describe('measurements', () => {
  it('take the stronger of the pixel baselines', async () => {
    const { label, directions } = await measurePixels(tinyDataset(), runsOn);
    expect(label).toMatch(/^raw pixels/);
    // Identities of the tiny set have colours of their own.
    expect(directions[0].cmc[0]).toBeGreaterThan(0.9);
    expect(directions[0].validQueries).toBe(16);
  });

  it('leave the network in the mode it was in', async () => {
    const trainer = new Trainer(tinyDataset(), tinyConfig());
    const { directions } = await measureEmbedder('untrained', tinyDataset(), trainer.embedder, runsOn);
    expect(directions[0].distances.length).toBe(16 * 32);
    expect(trainer.embedder.training).toBe(true);
  });
});
