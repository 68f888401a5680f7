import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import type { Image, RgbaImage } from '../images/index.js';
import { cropRgba, decodeRgba, layOverWhite, resizeImage } from '../images/index.js';
import { shuffled, Xoshiro128 } from '../samplers/index.js';
import type { EvaluationDirection, ReidDataset, ReidImage } from './dataset.js';

/** Pixels of a picture in the sheet, and of its cell with the one pixel of margin on either side. */
const PICTURE = 32;
const CELL = 34;

/** The two vendors that draw every emoji in their own way: the cameras, numbered from 1. */
const VENDORS = ['google', 'twitter'] as const;
type Vendor = (typeof VENDORS)[number];

/** White on white: nothing is left of it once laid over white. */
const WHITE_SQUARES = ['white_large_square'];

const tableSchema = z.array(
  z.object({
    unified: z.string(),
    short_name: z.string(),
    category: z.string(),
    sheet_x: z.int().min(0),
    sheet_y: z.int().min(0),
    has_img_google: z.boolean(),
    has_img_twitter: z.boolean(),
  }),
);

/** Options of {@link emojiDataset}. */
export interface EmojiDatasetOptions {
  /** Decides which identities are for testing: an integer from 0 to 2^32 - 1. */
  readonly seed: number;
  /** How many identities are kept for testing; 500 by default. */
  readonly testIdentities?: number;
  /** Edge of the pictures in pixels; 32 (as drawn) by default. */
  readonly size?: number;
}

interface EmojiIdentity {
  readonly name: string;
  readonly pictures: Readonly<Record<Vendor, Image>>;
}

function packageFolder(): string {
  const require = createRequire(import.meta.url);
  try {
    return path.dirname(require.resolve('emoji-datasource/package.json'));
  } catch (error) {
    const message =
      'emojiDataset: package emoji-datasource is not installed; expected `npm install emoji-datasource@16.0.0`';
    throw new Error(message, { cause: error });
  }
}

/** Names of the entries whose picture by this vendor equals another entry's, byte for byte. */
function sharedPictures(identities: readonly EmojiIdentity[], vendor: Vendor): Set<string> {
  const firstWith = new Map<string, string>();
  const shared = new Set<string>();
  for (const { name, pictures } of identities) {
    const bytes = Buffer.from(pictures[vendor].data).toString('latin1');
    const first = firstWith.get(bytes);
    if (first === undefined) {
      firstWith.set(bytes, name);
    } else {
      shared.add(first).add(name);
    }
  }
  return shared;
}

/** All usable identities, sorted by code point, and how many entries were dropped because their label is unsure. */
async function readIdentities(): Promise<{ identities: EmojiIdentity[]; dropped: number }> {
  const folder = packageFolder();
  const readSheet = async (vendor: Vendor): Promise<RgbaImage> => {
    const file = path.join(folder, 'img', vendor, 'sheets', `${PICTURE}.png`);
    return decodeRgba(await readFile(file), file);
  };
  const [json, google, twitter] = await Promise.all([
    readFile(path.join(folder, 'emoji.json'), 'utf8'),
    readSheet('google'),
    readSheet('twitter'),
  ]);
  const cut = (sheet: RgbaImage, x: number, y: number): Image =>
    layOverWhite(cropRgba(sheet, x * CELL + 1, y * CELL + 1, PICTURE, PICTURE));
  const all = tableSchema
    .parse(JSON.parse(json))
    .filter((entry) => entry.has_img_google && entry.has_img_twitter && entry.category !== 'Component')
    .sort((a, b) => (a.unified < b.unified ? -1 : 1))
    .map((entry) => ({
      name: entry.short_name,
      pictures: {
        google: cut(google, entry.sheet_x, entry.sheet_y),
        twitter: cut(twitter, entry.sheet_x, entry.sheet_y),
      },
    }));
  const unsure = new Set([...VENDORS.flatMap((vendor) => [...sharedPictures(all, vendor)]), ...WHITE_SQUARES]);
  const identities = all.filter((identity) => !unsure.has(identity.name));
  return { identities, dropped: all.length - identities.length };
}

/**
 * The emoji of the npm package `emoji-datasource`: 1,859 identities, each seen by two "cameras" (camera 1 draws in
 * Google's style, camera 2 in Twitter's). Test identities are never in `train`; both search directions are given.
 *
 * Entries that share their picture with another (flags of territories, families drawn as one silhouette) have no
 * certain label and are left out, as is the white square, which vanishes on the white ground.
 *
 * Pictures: Google's under Apache 2.0, Twitter's (Twemoji) under CC BY 4.0; nothing of them is in this package.
 *
 * @throws Error when the package is not installed; RangeError when an option is out of range.
 * @example
 * const dataset = await emojiDataset({ seed: 0 }); // 2,718 training images of 1,359 identities
 */
export async function emojiDataset(options: EmojiDatasetOptions): Promise<ReidDataset> {
  const { seed, testIdentities = 500, size = PICTURE } = options;
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`emojiDataset: size is ${size}; expected a positive integer, 32 as drawn`);
  }
  const { identities, dropped } = await readIdentities();
  if (!Number.isInteger(testIdentities) || testIdentities < 1 || testIdentities >= identities.length) {
    const limit = identities.length - 1;
    throw new RangeError(`emojiDataset: testIdentities is ${testIdentities}; expected an integer from 1 to ${limit}`);
  }
  const order = shuffled(new Xoshiro128(seed), identities);
  const seenBy = (vendor: Vendor, identity: EmojiIdentity, pid: number): ReidImage => ({
    image: resizeImage(identity.pictures[vendor], size, size),
    pid,
    camid: VENDORS.indexOf(vendor) + 1,
    name: `${identity.name} (${vendor})`,
  });
  const test = order.slice(0, testIdentities);
  const train = order.slice(testIdentities);
  const [google, twitter] = VENDORS.map((vendor) =>
    test.map((identity, i) => seenBy(vendor, identity, train.length + i)),
  );
  const directions: EvaluationDirection[] = [
    { name: 'google → twitter', query: google, gallery: twitter },
    { name: 'twitter → google', query: twitter, gallery: google },
  ];
  return {
    name: 'emoji',
    train: train.flatMap((identity, pid) => VENDORS.map((vendor) => seenBy(vendor, identity, pid))),
    directions,
    numTrainPids: train.length,
    imageSize: { height: size, width: size },
    notes: [`${dropped} emoji left out because their picture does not tell which they are`],
  };
}
