/**
 * Trains all that docs/choosing-a-loss.md compares and writes results.json:
 *
 *   nice -n 19 node --import tsx --conditions=reidgrad-source bench/loss-guide/run.ts [--persons FOLDER] [--shard 1/2]
 *
 * Every run is kept in runs/loss-guide as it ends, so that a second start goes on where the first was stopped. With
 * --shard several processes share the work. Without --persons the runs on persons that results.json has are kept.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { entries, SEEDS } from './grid.js';
import type { Entry } from './grid.js';
import { measureBaselines, trainAndMeasure } from './measure.js';
import { readResults, writeResults } from './results.js';
import type { Baseline, Results, Run } from './results.js';
import { scaleRows } from './scale.js';

/** One piece of work and the file that keeps it. */
interface Job<T> {
  readonly name: string;
  readonly data: Entry['data'];
  readonly file: string;
  readonly run: () => Promise<T>;
}

const { values } = parseArgs({
  options: { persons: { type: 'string' }, shard: { type: 'string', default: '1/1' } },
});
const [shard, shards] = values.shard.split('/').map(Number);
if (!(shard >= 1 && shard <= shards)) throw new Error(`--shard is ${values.shard}; expected one such as 1/2`);

const folder = fileURLToPath(new URL('../../runs/loss-guide/', import.meta.url));
mkdirSync(folder, { recursive: true });

function job<T>(data: Entry['data'], what: string, seed: number, run: () => Promise<T>): Job<T> {
  const name = `${data} ${what} --seed ${seed}`;
  return { name, data, file: path.join(folder, `${name.replace(/[^\w.]+/g, '_')}.json`), run };
}

const sources = { persons: values.persons };
const baselineJobs: Job<Baseline>[] = (['emoji', 'persons'] as const).flatMap((data) =>
  SEEDS.map((seed) => job(data, 'baseline', seed, () => measureBaselines(data, seed, sources))),
);
const runJobs: Job<Run>[] = entries().flatMap((entry) =>
  SEEDS.map((seed) => job(entry.data, entry.flags, seed, () => trainAndMeasure(entry, seed, sources))),
);

const wanted = [...baselineJobs, ...runJobs].filter(({ data }) => data === 'emoji' || values.persons !== undefined);
const mine = wanted.filter((_, i) => i % shards === shard - 1);
const open = mine.filter(({ file }) => !existsSync(file));
console.log(`${mine.length - open.length} of ${mine.length} done before, in ${folder}`);
const started = Date.now();
for (const [i, { name, file, run }] of open.entries()) {
  const result = await run();
  writeFileSync(file, JSON.stringify(result));
  const passed = (Date.now() - started) / 60_000;
  const left = (passed / (i + 1)) * (open.length - i - 1);
  console.log(`${i + 1}/${open.length}, ${passed.toFixed(1)} min, about ${left.toFixed(0)} min left: ${name}`);
}

function collect<T extends Baseline | Run>(jobs: readonly Job<T>[], before: readonly T[]): T[] {
  const known = jobs
    .filter(({ file }) => existsSync(file))
    .map(({ file }) => JSON.parse(readFileSync(file, 'utf8')) as T);
  return values.persons === undefined ? [...known, ...before.filter(({ data }) => data === 'persons')] : known;
}

const missing = wanted.filter(({ file }) => !existsSync(file));
if (missing.length > 0) {
  console.log(`results.json is not written: ${missing.length} runs are missing, of other shards`);
} else {
  const before: Results = values.persons === undefined ? readResults() : { baselines: [], runs: [], scale: [] };
  writeResults({
    baselines: collect(baselineJobs, before.baselines),
    runs: collect(runJobs, before.runs),
    scale: scaleRows(),
  });
  console.log('results.json: written; bench/loss-guide/write.ts makes the page from it');
}
