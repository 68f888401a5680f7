/** One training run of the loss guide, and the baselines it is compared with. */
import { no_grad } from '@reidgrad/core';
import { pdist_torch } from '@reidgrad/losses';
import { emojiDataset, market1501Dataset, measureEmbedder, measurePixels, parseFlags, Trainer } from '@reidgrad/reid';
import type { Measured, ReidDataset, StepRecord, TrainConfig } from '@reidgrad/reid';
import { CURVE_POINTS, MEASURED_AT, PROTOCOL } from './grid.js';
import type { Entry } from './grid.js';
import type { Baseline, Point, Run } from './results.js';

/** Where the persons are, when they are. */
export interface Sources {
  readonly persons: string | undefined;
}

/** The settings of a run, as the command line would have them. */
export function configOf({ data, flags }: Entry, seed: number, { persons }: Sources): TrainConfig {
  const folder = data === 'persons' ? ['--data', persons ?? ''] : [];
  const line = `${PROTOCOL[data]} ${flags} --seed ${seed}`.split(' ');
  const parsed = parseFlags([...folder, ...line]);
  if (parsed.kind !== 'run') throw new Error(`configOf: ${line.join(' ')} is no run`);
  return parsed.config;
}

const datasets = new Map<string, Promise<ReidDataset>>();

/** The data set of a run; those of before are kept. */
async function datasetOf({ dataset, data, seed, height, width }: TrainConfig): Promise<ReidDataset> {
  const key = dataset === 'emoji' ? `emoji ${seed}` : data;
  const read = (): Promise<ReidDataset> =>
    dataset === 'emoji' ? emojiDataset({ seed, size: height }) : market1501Dataset(data, { height, width });
  const found = datasets.get(key) ?? read();
  datasets.set(key, found);
  return found;
}

const rounded = (value: number): number => Number(value.toFixed(4));

function scores({ directions }: Measured): Point['directions'] {
  return directions.map(({ cmc, mAP }) => ({ rank1: rounded(cmc[0]), mAP: rounded(mAP) }));
}

/** Means over equal parts of a run. */
function curve(history: readonly StepRecord[], valueOf: (record: StepRecord) => number): number[] {
  return Array.from({ length: CURVE_POINTS }, (_, i) => {
    const part = history.slice(
      Math.floor((i * history.length) / CURVE_POINTS),
      Math.floor(((i + 1) * history.length) / CURVE_POINTS),
    );
    return rounded(part.reduce((sum, record) => sum + valueOf(record), 0) / part.length);
  });
}

/** Means over the rows of one batch: how far the furthest positive and the closest negative are, features as they are. */
function batchDistances(trainer: Trainer): Run['distances'] {
  return no_grad(() => {
    const { images, labels } = trainer.nextBatch();
    const features = trainer.embedder.net.features(trainer.embedder.prepare(images));
    const distances = pdist_torch(features, features);
    const same = labels.unsqueeze(1).eq(labels.unsqueeze(0));
    const mean = (of: typeof distances): number => rounded(of.mean().item());
    return {
      positive: mean(distances.masked_fill(same.logical_not(), -Infinity).amax(1)),
      negative: mean(distances.masked_fill(same, Infinity).amin(1)),
    };
  });
}

/** Trains with the flags of an entry and measures on the way. */
export async function trainAndMeasure(entry: Entry, seed: number, sources: Sources): Promise<Run> {
  const started = performance.now();
  const config = configOf(entry, seed, sources);
  const dataset = await datasetOf(config);
  const trainer = new Trainer(dataset, config);
  const runsOn = { executionProviders: config.provider, threads: config.threads };
  const rows = trainer.batchSize;
  const stops = MEASURED_AT.map((share) => Math.round(share * trainer.totalSteps));
  const points: Point[] = [];
  try {
    while (trainer.step < trainer.totalSteps) {
      await trainer.trainStep();
      if (!stops.includes(trainer.step)) continue;
      await trainer.sync();
      const measured = await measureEmbedder('trained', dataset, trainer.embedder, runsOn);
      points.push({ step: trainer.step, pictures: trainer.step * rows, directions: scores(measured) });
    }
    return {
      ...entry,
      seed,
      rows,
      steps: trainer.totalSteps,
      points,
      loss: curve(trainer.history, ({ loss }) => loss),
      correct: curve(trainer.history, ({ correct }) => correct / rows),
      distances: batchDistances(trainer),
      seconds: Math.round((performance.now() - started) / 1000),
    };
  } finally {
    await trainer.dispose();
  }
}

/** What raw pixels and the untrained network find, for the same split and weights. */
export async function measureBaselines(
  data: Entry['data'],
  seed: number,
  sources: Sources,
  flags = '--loss none',
): Promise<Baseline> {
  const config = configOf({ data, flags }, seed, sources);
  const dataset = await datasetOf(config);
  const runsOn = { executionProviders: config.provider, threads: config.threads };
  const trainer = new Trainer(dataset, config);
  const untrained = await measureEmbedder('untrained', dataset, trainer.embedder, runsOn);
  await trainer.dispose();
  const [{ query, gallery }] = dataset.directions;
  return {
    data,
    seed,
    queries: query.length,
    gallery: gallery.length,
    trainIdentities: dataset.numTrainPids,
    trainPictures: dataset.train.length,
    pixels: scores(await measurePixels(dataset, runsOn)),
    untrained: scores(untrained),
  };
}
