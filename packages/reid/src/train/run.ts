import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  latestCheckpoint,
  checkpointName,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from '../checkpoint/index.js';
import type { Checkpoint } from '../checkpoint/index.js';
import type { SettingName, TrainConfig } from '../config/index.js';
import { resumedConfig, UsageError } from '../config/index.js';
import type { ReidDataset } from '../datasets/index.js';
import { emojiDataset, market1501Dataset } from '../datasets/index.js';
import { TrainProgress } from '../progress/index.js';
import { SummaryWriter } from '../tensorboard/index.js';
import { measureEmbedder, measurePixels, resultsTable, smallestGain } from './evaluate-run.js';
import type { Measured } from './evaluate-run.js';
import { exportEmbedder, exportLoss, exportTrainingStep } from './export-run.js';
import { reportPage } from './report-run.js';
import { StepError, Trainer } from './trainer.js';

/** Checkpoints kept: should the newest be of no use, there is one before it. */
const KEPT_CHECKPOINTS = 2;

/** Where a run talks to. */
export interface RunOutput {
  /** How it goes; silent with `quiet`. */
  log(line: string): void;
  /** What came out. */
  result(line: string): void;
}

/** How a run ended. */
export type RunEnd =
  /** `gain`: the smallest rise of rank-1 over raw pixels; `minGain`: what the settings ask for. */
  | { readonly kind: 'done'; readonly gain: number; readonly minGain: number }
  /** Stopped by the signal; all steps made are in this checkpoint, if there were any. */
  | { readonly kind: 'interrupted'; readonly checkpoint?: string };

class Interrupted extends Error {}

/** Runs the phases of a training run one after the other and tells how long each took. */
class Phases {
  constructor(
    private readonly output: RunOutput,
    private readonly signal: AbortSignal,
  ) {}

  /** @param describe what to say of the phase when it is done */
  async run<T>(name: string, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    if (this.signal.aborted) {
      throw new Interrupted();
    }
    const started = performance.now();
    const result = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    this.output.log(`${name.padEnd(9)}${`${seconds} s`.padStart(8)}  ${describe(result)}`);
    return result;
  }
}

/** Pictures read between two lines of progress. */
const READ_REPORT = 2000;

async function loadDataset(config: TrainConfig, output: RunOutput): Promise<ReidDataset> {
  const { height, width, seed, data } = config;
  if (config.dataset === 'emoji') {
    if (height !== width) {
      throw new UsageError(`--size is ${height}x${width}; expected a square for emoji, such as ${height}`);
    }
    return emojiDataset({ seed, size: height });
  }
  const onProgress = (done: number, folder: string, total: number): void => {
    if (done % READ_REPORT === 0) {
      output.log(`${' '.repeat(19)}${folder}: ${done} of ${total} pictures read`);
    }
  };
  return market1501Dataset(data, { height, width, onProgress });
}

/** The checkpoint to go on from, if any, and the settings that then hold. */
async function resumePoint(
  config: TrainConfig,
  given: ReadonlySet<SettingName>,
): Promise<{ config: TrainConfig; checkpoint?: Checkpoint; file?: string }> {
  if (config.resume === undefined) {
    return { config };
  }
  const file = config.resume === 'latest' ? await latestCheckpoint(config.out) : config.resume;
  if (file === undefined) {
    throw new UsageError(`--resume is latest; expected a checkpoint in ${config.out}, which has none`);
  }
  const checkpoint = await readCheckpoint(file);
  return { config: resumedConfig(checkpoint.info.config, config, given), checkpoint, file };
}

/** Throws StepError instead of saving weights that are lost. */
async function save(trainer: Trainer, folder: string): Promise<string> {
  if (!(await trainer.isFinite())) {
    throw new StepError(`step ${trainer.step}: the weights became infinite or NaN`);
  }
  const file = path.join(folder, checkpointName(trainer.step));
  await writeCheckpoint(file, await trainer.capture());
  await pruneCheckpoints(folder, KEPT_CHECKPOINTS);
  return file;
}

/** Says where the run can be taken up again after a failed step, having saved what is worth it. */
async function rescue(trainer: Trainer, folder: string, error: StepError): Promise<Error> {
  if (await trainer.isFinite()) {
    const file = await save(trainer, folder);
    return new Error(`${error.message}; all steps before it are in ${file}`, { cause: error });
  }
  const file = await latestCheckpoint(folder);
  const where = file === undefined ? 'no checkpoint was written yet' : `the latest checkpoint is ${file}`;
  return new Error(`${error.message}; the weights are lost; ${where}; try a smaller --lr`, { cause: error });
}

/** Trains to the end, or until the signal; checkpoints on the way and at the end. */
async function trainToEnd(
  trainer: Trainer,
  config: TrainConfig,
  signal: AbortSignal,
  events: SummaryWriter | undefined,
): Promise<string> {
  const { totalSteps, stepsPerEpoch, batchSize } = trainer;
  const progress = new TrainProgress({
    totalSteps,
    stepsPerEpoch,
    batchSize,
    startStep: trainer.step,
    quiet: config.quiet,
  });
  try {
    while (trainer.step < totalSteps && !signal.aborted) {
      const result = await trainer.trainStep();
      progress.update(result);
      events?.add_scalar('train/loss', result.loss, trainer.step);
      events?.add_scalar('train/correct', result.correct / batchSize, trainer.step);
      if (trainer.step % config.checkpointEvery === 0 && trainer.step < totalSteps) {
        await save(trainer, config.out);
      }
    }
    return await save(trainer, config.out);
  } catch (error) {
    throw error instanceof StepError ? await rescue(trainer, config.out, error) : error;
  } finally {
    progress.stop();
  }
}

const picturesIn = ({ train, directions }: ReidDataset): number =>
  train.length + directions[0].query.length + directions[0].gallery.length;

function lossText({ history }: Trainer): string {
  const last = history.at(-1);
  return last === undefined ? 'no step' : `${history.length} steps, last loss ${last.loss.toFixed(4)}`;
}

function summaryJson(
  config: TrainConfig,
  dataset: ReidDataset,
  measured: readonly Measured[],
  trainer: Trainer,
): string {
  const results = dataset.directions.map(({ name }, i) => ({
    direction: name,
    embeddings: measured.map(({ label, directions }) => {
      const { mAP, mINP, cmc } = directions[i];
      return { label, mAP, mINP, cmc };
    }),
  }));
  return `${JSON.stringify({ config, results, history: trainer.history }, null, 1)}\n`;
}

/**
 * The whole job: reads the data, trains (or goes on from a checkpoint), measures pixels, untrained and trained network,
 * exports the ONNX files and writes the report, all into `config.out`.
 * @param config settings, as `parseFlags` gives them
 * @param given the flags that were on the command line: a resumed run keeps the others as they were
 * @param options.signal aborting it ends the run at the next step, with a checkpoint
 * @throws UsageError for what the flags got wrong; Error, one line, for all else
 * @example
 * const end = await runTraining(config, new Set(), { output, signal: new AbortController().signal });
 */
export async function runTraining(
  config: TrainConfig,
  given: ReadonlySet<SettingName>,
  options: { readonly output: RunOutput; readonly signal: AbortSignal },
): Promise<RunEnd> {
  const { output, signal } = options;
  const resumed = await resumePoint(config, given);
  return runPhases(resumed.config, resumed.checkpoint, new Phases(output, signal), options, resumed.file);
}

async function runPhases(
  config: TrainConfig,
  checkpoint: Checkpoint | undefined,
  phases: Phases,
  { output, signal }: { readonly output: RunOutput; readonly signal: AbortSignal },
  resumedFrom?: string,
): Promise<RunEnd> {
  const { out } = config;
  const warn = (message: string): void => output.log(message);
  const runsOn = { executionProviders: config.provider, threads: config.threads, warn };
  await mkdir(out, { recursive: true });
  let saved = resumedFrom;
  let trainer: Trainer | undefined;
  let events: SummaryWriter | undefined;
  try {
    const dataset = await phases.run(
      'data',
      () => loadDataset(config, output),
      (data) => `${data.name}: ${picturesIn(data)} pictures, ${data.numTrainPids} identities to train on`,
    );
    dataset.notes.forEach((note) => output.log(`${' '.repeat(19)}${note}`));
    const active = new Trainer(dataset, config, warn);
    trainer = active;
    const before = await phases.run(
      'baseline',
      async () => [
        await measurePixels(dataset, runsOn),
        await measureEmbedder('untrained', dataset, active.embedder, runsOn),
      ],
      (measured) =>
        measured.map(({ label, directions }) => `${label} rank-1 ${directions[0].cmc[0].toFixed(3)}`).join(', '),
    );
    if (checkpoint !== undefined) {
      active.restore(checkpoint);
      output.log(`${'resume'.padEnd(19)}step ${active.step} of ${active.totalSteps}, from ${resumedFrom ?? ''}`);
    } else if ((await latestCheckpoint(out)) !== undefined) {
      output.log(`${' '.repeat(19)}the checkpoints of an earlier run in ${out} are replaced`);
      await pruneCheckpoints(out, 0);
    }
    if (config.tensorboard !== undefined) {
      // What the run before this one wrote of later steps is made anew.
      events = new SummaryWriter(config.tensorboard, { purge_step: active.step + 1 });
    }
    saved = await phases.run(
      'train',
      () => trainToEnd(active, config, signal, events),
      () => lossText(active),
    );
    const trained = await phases.run(
      'evaluate',
      () => measureEmbedder('trained', dataset, active.embedder, runsOn),
      ({ directions }) => `trained rank-1 ${directions.map(({ cmc }) => cmc[0].toFixed(3)).join(' and ')}`,
    );
    const measured = [...before, trained];
    dataset.directions.forEach(({ name }, i) => {
      const { cmc, mAP } = trained.directions[i];
      events?.add_scalar(`test/rank-1/${name}`, cmc[0], active.step);
      events?.add_scalar(`test/mAP/${name}`, mAP, active.step);
    });
    output.result(resultsTable(dataset, measured));
    const files = await phases.run(
      'export',
      async () => [
        await exportEmbedder(active.embedder, dataset, out),
        ...(await exportLoss(config, out)),
        await exportTrainingStep(active, dataset, out),
      ],
      (list) => `${list.length} files, each run by plain onnxruntime-node; largest difference from eager by output:`,
    );
    const exported = files.map(({ file, bytes, differences }) => {
      const list = Object.entries(differences).map(([name, value]) => `${name} ${value.toExponential(1)}`);
      return `${file} (${(bytes / 1024).toFixed(0)} KB): ${list.join(', ')}`;
    });
    exported.forEach((line) => output.result(`  ${line}`));
    const page = path.join(out, 'report.html');
    await phases.run(
      'report',
      async () => {
        const { history } = active;
        await writeFile(page, reportPage({ dataset, config, measured, history, notes: exported }));
        await writeFile(path.join(out, 'results.json'), summaryJson(config, dataset, measured, active));
      },
      () => page,
    );
    return { kind: 'done', gain: smallestGain(measured), minGain: config.minGain };
  } catch (error) {
    if (error instanceof Interrupted) {
      return { kind: 'interrupted', checkpoint: saved };
    }
    throw error;
  } finally {
    events?.close();
    await trainer?.dispose();
  }
}
