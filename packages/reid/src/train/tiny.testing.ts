import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TrainConfig } from '../config/index.js';
import { parseFlags } from '../config/index.js';
import type { ReidDataset, ReidImage } from '../datasets/index.js';
import type { Image } from '../images/index.js';
import { createImage, encodePng } from '../images/index.js';
import { Xoshiro128 } from '../samplers/index.js';

/** Edge of the pictures in pixels. */
export const TINY_SIZE = 16;

const IDENTITIES = 8;
const CAMERAS = 2;

/** A picture of noise around the colour of its identity. */
function picture(pid: number, random: Xoshiro128): Image {
  const data = new Uint8Array(TINY_SIZE * TINY_SIZE * 3);
  for (let i = 0; i < data.length; i++) {
    const colour = 40 + ((pid * (i % 3 === 0 ? 29 : i % 3 === 1 ? 53 : 97)) % 180);
    data[i] = Math.floor(colour + 30 * random.next());
  }
  return createImage(TINY_SIZE, TINY_SIZE, data);
}

/** Two pictures by each of two cameras for 8 identities from `first` on. */
function pictures(first: number, random: Xoshiro128): ReidImage[] {
  return Array.from({ length: IDENTITIES * CAMERAS * 2 }, (_, i) => {
    const [pid, camid] = [first + (i >> 2), 1 + (i % CAMERAS)];
    const name = `${String(pid).padStart(4, '0')}_c${camid}s1_${String(i).padStart(6, '0')}_00.png`;
    return { image: picture(pid, random), pid, camid, name };
  });
}

/** A data set of coloured noise: 8 identities to train on, 8 others to test with. */
export function tinyDataset(): ReidDataset {
  const random = new Xoshiro128(7);
  const test = pictures(IDENTITIES, random);
  const query = test.filter(({ camid }) => camid === 1);
  return {
    name: 'tiny',
    train: pictures(0, random),
    directions: [{ name: 'query → gallery', query, gallery: test }],
    numTrainPids: IDENTITIES,
    imageSize: { height: TINY_SIZE, width: TINY_SIZE },
    notes: [],
  };
}

/** Writes the tiny data set in the layout of Market-1501. */
export async function writeTinyFolder(root: string): Promise<void> {
  const { train, directions } = tinyDataset();
  const folders = { bounding_box_train: train, query: directions[0].query, bounding_box_test: directions[0].gallery };
  for (const [folder, images] of Object.entries(folders)) {
    await mkdir(path.join(root, folder), { recursive: true });
    await Promise.all(images.map(({ name, image }) => writeFile(path.join(root, folder, name), encodePng(image))));
  }
}

/** Settings for the tiny data set; one step is an epoch. */
export function tinyConfig(...flags: readonly string[]): TrainConfig {
  const parsed = parseFlags(['--size', `${TINY_SIZE}`, '--p', '8', '--k', '2', '--embedding', '8', ...flags]);
  if (parsed.kind !== 'run') {
    throw new Error('tinyConfig: expected flags of a run');
  }
  return parsed.config;
}
