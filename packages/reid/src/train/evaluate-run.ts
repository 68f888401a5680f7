import type { EvaluationDirection, ReidDataset, ReidImage } from '../datasets/index.js';
import type { EvaluationResult } from '../evaluation/index.js';
import { evaluate, normalizeRows } from '../evaluation/index.js';
import type { Embedder } from '../models/index.js';
import { rankingInput } from '../report/index.js';
import type { Features, RunsOn } from './embed.js';
import { distanceMatrix, embedImages, pixelFeatures } from './embed.js';

/** How one kind of feature fares in every direction, in the data set's order. */
export interface Measured {
  readonly label: string;
  readonly directions: readonly (EvaluationResult & { readonly distances: Float32Array })[];
}

/** Features of pictures; asked once for each list. */
type FeaturesOf = (images: readonly ReidImage[]) => Promise<Features>;

async function measure(
  label: string,
  directions: readonly EvaluationDirection[],
  featuresOf: FeaturesOf,
  runsOn: RunsOn,
): Promise<Measured> {
  // Two directions search the same pictures, with the sides exchanged.
  const known = new Map<readonly ReidImage[], Features>();
  const features = async (images: readonly ReidImage[]): Promise<Features> => {
    const found = known.get(images) ?? (await featuresOf(images));
    known.set(images, found);
    return found;
  };
  const matrix = distanceMatrix(runsOn);
  try {
    const results: Measured['directions'][number][] = [];
    for (const direction of directions) {
      const distances = await matrix.distances(await features(direction.query), await features(direction.gallery));
      results.push({ ...evaluate(rankingInput(direction, distances)), distances });
    }
    return { label, directions: results };
  } finally {
    await matrix.dispose();
  }
}

const meanRank1 = ({ directions }: Measured): number =>
  directions.reduce((sum, { cmc }) => sum + cmc[0], 0) / directions.length;

/**
 * The baseline: Euclidean distances of the pixels, plain or with every picture scaled to length 1, whichever finds more at
 * rank 1 (the mean of the directions). Its label says which.
 */
export async function measurePixels(dataset: ReidDataset, runsOn: RunsOn): Promise<Measured> {
  const plain = await measure(
    'raw pixels',
    dataset.directions,
    (images) => Promise.resolve(pixelFeatures(images)),
    runsOn,
  );
  const scaled = await measure(
    'raw pixels, length 1',
    dataset.directions,
    async (images) => {
      const { data, dim } = pixelFeatures(images);
      return { data: normalizeRows(data, dim), dim };
    },
    runsOn,
  );
  return meanRank1(scaled) > meanRank1(plain) ? scaled : plain;
}

/** The embeddings of a network. */
export async function measureEmbedder(
  label: string,
  dataset: ReidDataset,
  embedder: Embedder,
  runsOn: RunsOn,
): Promise<Measured> {
  return measure(label, dataset.directions, (images) => embedImages(embedder, images, runsOn), runsOn);
}

/** The smallest rise of rank-1 from the first measurement to the last, over the directions. */
export function smallestGain(measured: readonly Measured[]): number {
  if (measured.length === 0) throw new RangeError('smallestGain: measured is empty; expected at least one measurement');
  const [first, last] = [measured[0], measured[measured.length - 1]];
  return Math.min(...last.directions.map(({ cmc }, i) => cmc[0] - first.directions[i].cmc[0]));
}

const RANKS = [1, 5, 10];

/** The measurements side by side, as text: one block for each direction. */
export function resultsTable(dataset: ReidDataset, measured: readonly Measured[]): string {
  const width = Math.max(...measured.map(({ label }) => label.length));
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(9)).join('')}`;
  const head = row('', ['mAP', 'mINP', ...RANKS.map((rank) => `rank-${rank}`)]);
  return dataset.directions
    .map(({ name, query, gallery }, i) => {
      const rows = measured.map(({ label, directions }) => {
        const { mAP, mINP, cmc } = directions[i];
        const numbers = [mAP, mINP, ...RANKS.map((rank) => cmc[Math.min(rank, cmc.length) - 1])];
        return row(
          label,
          numbers.map((value) => value.toFixed(3)),
        );
      });
      return [`${name}: ${query.length} queries, ${gallery.length} in the gallery`, head, ...rows].join('\n');
    })
    .join('\n');
}
