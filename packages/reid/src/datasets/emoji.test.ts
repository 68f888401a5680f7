import { beforeAll, describe, expect, it } from 'vitest';
import type { ReidDataset } from './dataset.js';
import { emojiDataset } from './emoji.js';

const titles = (images: readonly { name: string }[]) => images.map(({ name }) => name.replace(/ \(.*/, ''));

describe('emojiDataset', () => {
  let dataset: ReidDataset;
  beforeAll(async () => {
    dataset = await emojiDataset({ seed: 0 });
  }, 60_000);

  it('keeps 1,859 identities and drops 47', () => {
    expect(dataset.numTrainPids).toBe(1359);
    expect(dataset.train).toHaveLength(2718);
    expect(dataset.directions.map(({ query, gallery }) => [query.length, gallery.length])).toEqual([
      [500, 500],
      [500, 500],
    ]);
    expect(dataset.notes[0]).toMatch(/^47 emoji left out/);
  });

  it('has no uncertain label', () => {
    const kept = new Set([...titles(dataset.train), ...titles(dataset.directions[0].query)]);
    expect(kept.size).toBe(1859);
    for (const dropped of ['white_large_square', 'flag-sark', 'family', 'man-woman-boy', 'flag-sj']) {
      expect(kept).not.toContain(dropped);
    }
    for (const usual of ['grinning', 'flag-se', 'white_medium_square']) {
      expect(kept).toContain(usual);
    }
  });

  it('shows each picture once', () => {
    const all = [...dataset.train, ...dataset.directions[0].query, ...dataset.directions[0].gallery];
    const seen = new Set(all.map(({ image, camid }) => `${camid} ${Buffer.from(image.data).toString('latin1')}`));
    expect(seen.size).toBe(3718);
  });

  it('never trains on a test identity', () => {
    const trained = new Set(titles(dataset.train));
    for (const { query, gallery } of dataset.directions) {
      expect(titles(query).filter((title) => trained.has(title))).toEqual([]);
      expect(titles(gallery)).toEqual(titles(query));
      expect(query.every(({ pid }) => pid >= dataset.numTrainPids)).toBe(true);
    }
  });

  it('searches across cameras, both ways', () => {
    const cameras = dataset.directions.map(({ query, gallery }) =>
      [query, gallery].map((s) => new Set(s.map((i) => i.camid))),
    );
    expect(cameras).toEqual([
      [new Set([1]), new Set([2])],
      [new Set([2]), new Set([1])],
    ]);
    expect(dataset.directions[0].query[0].name).toMatch(/\(google\)$/);
  });

  it('labels training pictures 0 .. n-1, two cameras each', () => {
    const counts = new Array<number>(dataset.numTrainPids).fill(0);
    dataset.train.forEach(({ pid, camid }) => (counts[pid] += camid));
    expect(new Set(counts)).toEqual(new Set([3]));
  });

  it('splits by seed, at the size asked for', async () => {
    const small = { testIdentities: 20, size: 16 };
    const one = await emojiDataset({ ...small, seed: 0 });
    const other = await emojiDataset({ ...small, seed: 1 });
    const first = titles(dataset.directions[0].query).slice(0, 20);
    expect(titles(one.directions[0].query)).toEqual(first);
    expect(titles(other.directions[0].query)).not.toEqual(first);
    expect(one.directions[0].query).toHaveLength(20);
    expect(one.imageSize).toEqual({ height: 16, width: 16 });
    expect(one.train[0].image.data).toHaveLength(16 * 16 * 3);
  }, 60_000);

  it('refuses options out of range', async () => {
    await expect(emojiDataset({ seed: 0, testIdentities: 1859 })).rejects.toThrow(
      'emojiDataset: testIdentities is 1859; expected an integer from 1 to 1858',
    );
    await expect(emojiDataset({ seed: 0, size: 0 })).rejects.toThrow('emojiDataset: size is 0');
  }, 60_000);
});
