import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeImage, resizeImage } from '../images/index.js';
import type { ImageSize, ReidDataset, ReidImage } from './dataset.js';

/** `0002_c1s1_000451_03.jpg`: identity 2, camera 1. Junk detections begin with `-1`. */
const NAME = /^(-1|\d+)_c(\d+)/;
const PICTURE_FILE = /\.(jpe?g|png)$/i;
const JUNK = -1;

/** Options of {@link market1501Dataset}. */
export interface Market1501Options extends ImageSize {
  /** Called after every picture that was read. */
  readonly onProgress?: (done: number, folder: string, total: number) => void;
}

/** What a file name of the Market-1501 layout says. */
export interface Market1501Name {
  readonly pid: number;
  readonly camid: number;
}

/**
 * Reads identity and camera from a file name such as `0002_c1s1_000451_03.jpg`.
 * @returns `undefined` when the name does not follow the pattern `IDENTITY_cCAMERA...`.
 */
export function parseMarket1501Name(file: string): Market1501Name | undefined {
  const match = NAME.exec(file);
  return match === null ? undefined : { pid: Number(match[1]), camid: Number(match[2]) };
}

interface Folder {
  readonly images: ReidImage[];
  readonly notes: string[];
}

async function listPictures(root: string, folder: string): Promise<string[]> {
  const full = path.join(root, folder);
  let entries: string[];
  try {
    entries = await readdir(full);
  } catch (error) {
    const layout = 'bounding_box_train, query and bounding_box_test inside the data folder';
    throw new Error(`market1501Dataset: folder ${full} cannot be read; expected ${layout}`, { cause: error });
  }
  const pictures = entries.filter((entry) => PICTURE_FILE.test(entry)).sort();
  if (pictures.length === 0) {
    throw new Error(`market1501Dataset: folder ${full} has no pictures; expected .jpg or .png files`);
  }
  return pictures;
}

async function readFolder(root: string, folder: string, options: Market1501Options): Promise<Folder> {
  const files = await listPictures(root, folder);
  const named: { file: string; label: Market1501Name }[] = [];
  const misnamed: string[] = [];
  let junk = 0;
  for (const file of files) {
    const label = parseMarket1501Name(file);
    if (label === undefined) {
      misnamed.push(file);
    } else if (label.pid === JUNK) {
      junk++;
    } else {
      named.push({ file, label });
    }
  }
  if (named.length === 0) {
    const pattern = 'names like 0002_c1s1_000451_03.jpg';
    throw new Error(`market1501Dataset: folder ${path.join(root, folder)} has ${files[0]}; expected ${pattern}`);
  }
  const images: ReidImage[] = [];
  for (const { file, label } of named) {
    const full = path.join(root, folder, file);
    const image = resizeImage(decodeImage(await readFile(full), full), options.width, options.height);
    images.push({ image, ...label, name: file });
    options.onProgress?.(images.length, folder, named.length);
  }
  const notes: string[] = [];
  if (misnamed.length > 0) {
    const shown = misnamed.slice(0, 3).join(', ') + (misnamed.length > 3 ? ', ...' : '');
    notes.push(`${folder}: ${misnamed.length} files skipped, not named like 0002_c1s1_000451_03.jpg: ${shown}`);
  }
  if (junk > 0) {
    notes.push(`${folder}: ${junk} junk pictures (identity -1) left out`);
  }
  return { images, notes };
}

/** Numbers identities from 0 in ascending order, as class labels need it. */
function relabel(images: readonly ReidImage[]): { images: ReidImage[]; count: number } {
  const pids = [...new Set(images.map((image) => image.pid))].sort((a, b) => a - b);
  const labelOf = new Map(pids.map((pid, label) => [pid, label]));
  return { images: images.map((image) => ({ ...image, pid: labelOf.get(image.pid) ?? 0 })), count: pids.length };
}

/**
 * Reads a folder in the layout of Market-1501: `bounding_box_train`, `query` and `bounding_box_test` with files named
 * `IDENTITY_cCAMERAsSEQUENCE_FRAME_BOX.jpg` (PNG works too). As in Market-1501, identity -1 (junk) is ignored and
 * identity 0 (distractors) stays in the gallery, where it matches no query.
 *
 * All pictures are read at once and kept as bytes at the given size: Market-1501 itself (36,036 pictures) takes
 * 0.9 GB at 128x64. Files with another name are skipped and told in `notes`.
 *
 * @throws Error naming the folder that is missing or empty, or the file that cannot be decoded.
 * @example
 * const dataset = await market1501Dataset('Market-1501-v15.09.15', { height: 64, width: 32 });
 */
export async function market1501Dataset(root: string, options: Market1501Options): Promise<ReidDataset> {
  const train = await readFolder(root, 'bounding_box_train', options);
  const query = await readFolder(root, 'query', options);
  const gallery = await readFolder(root, 'bounding_box_test', options);
  const labelled = relabel(train.images);
  return {
    name: path.basename(path.resolve(root)),
    train: labelled.images,
    directions: [{ name: 'query → gallery', query: query.images, gallery: gallery.images }],
    numTrainPids: labelled.count,
    imageSize: { height: options.height, width: options.width },
    notes: [...train.notes, ...query.notes, ...gallery.notes],
  };
}
