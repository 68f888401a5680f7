import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, encodePng } from '../images/index.js';
import { market1501Dataset, parseMarket1501Name } from './market1501.js';

const SIZE = { height: 8, width: 4 };
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  bounding_box_train: ['0007_c1s1_000001_00.png', '0002_c3s1_000002_00.png', '0007_c2s1_000003_00.png', 'Thumbs.db'],
  query: ['0003_c1s1_000001_00.png'],
  bounding_box_test: ['0003_c2s1_000001_00.png', '0000_c1s1_000002_00.png', '-1_c1s1_000003_00.png', 'photo.png'],
};

describe('parseMarket1501Name', () => {
  it.each([
    ['0002_c1s1_000451_03.jpg', { pid: 2, camid: 1 }],
    ['-1_c6s4_012345_00.jpg', { pid: -1, camid: 6 }],
    ['0000_c2s1_000000_00.jpg', { pid: 0, camid: 2 }],
    ['person.jpg', undefined],
    ['12c3.jpg', undefined],
  ])('%s', (file, expected) => {
    expect(parseMarket1501Name(file)).toEqual(expected);
  });
});

describe('market1501Dataset', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'market-'));
    const png = encodePng(createImage(8, 16, new Uint8Array(8 * 16 * 3).fill(77)));
    for (const [folder, files] of Object.entries(FOLDERS)) {
      await mkdir(path.join(root, folder));
      await Promise.all(files.map((file) => writeFile(path.join(root, folder, file), png)));
    }
  });
  afterEach(() => rm(root, { recursive: true }));

  it('relabels training identities and keeps the others', async () => {
    const dataset = await market1501Dataset(root, SIZE);
    expect(dataset.train.map(({ pid, camid }) => [pid, camid])).toEqual([
      [0, 3],
      [1, 1],
      [1, 2],
    ]);
    expect(dataset.numTrainPids).toBe(2);
    expect(dataset.directions[0].query.map(({ pid }) => pid)).toEqual([3]);
    expect(dataset.name).toBe(path.basename(root));
    expect(dataset.train[0].image).toMatchObject({ width: 4, height: 8 });
    expect(dataset.train[0].image.data[0]).toBe(77);
  });

  it('drops junk, keeps distractors, and tells what it skipped', async () => {
    const dataset = await market1501Dataset(root, SIZE);
    expect(dataset.directions[0].gallery.map(({ pid }) => pid)).toEqual([0, 3]);
    expect(dataset.notes).toEqual([
      'bounding_box_test: 1 files skipped, not named like 0002_c1s1_000451_03.jpg: photo.png',
      'bounding_box_test: 1 junk pictures (identity -1) left out',
    ]);
  });

  it('reports every picture read', async () => {
    const seen: string[] = [];
    await market1501Dataset(root, {
      ...SIZE,
      onProgress: (done, folder, total) => seen.push(`${folder} ${done}/${total}`),
    });
    expect(seen).toContain('bounding_box_train 3/3');
    expect(seen).toHaveLength(6);
  });

  it('names a missing folder', async () => {
    await rm(path.join(root, 'query'), { recursive: true });
    await expect(market1501Dataset(root, SIZE)).rejects.toThrow(/query cannot be read; expected bounding_box_train/);
  });

  it('names an empty folder, and one where no name fits', async () => {
    await rm(path.join(root, 'query', '0003_c1s1_000001_00.png'));
    await expect(market1501Dataset(root, SIZE)).rejects.toThrow(/query has no pictures; expected \.jpg or \.png files/);
    await writeFile(path.join(root, 'query', 'a.jpg'), '');
    await expect(market1501Dataset(root, SIZE)).rejects.toThrow(/query has a\.jpg; expected names like 0002_c1s1/);
  });

  it('names a file that cannot be decoded', async () => {
    await writeFile(path.join(root, 'query', '0009_c1s1_000001_00.jpg'), 'no picture');
    await expect(market1501Dataset(root, SIZE)).rejects.toThrow(/0009_c1s1_000001_00\.jpg is not readable/);
  });
});
