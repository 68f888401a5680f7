import path from 'node:path';
import { z } from 'zod';
import type { SettingName, Settings } from './settings.js';
import { flagOf, settingsSchema } from './settings.js';

/** A mistake on the command line; the message is for the user, on one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** All that a training run depends on, nothing left open. JSON-safe: checkpoints keep it. */
export const trainConfigSchema = settingsSchema
  .omit({ batch: true, size: true, steps: true, resume: true, threads: true })
  .required()
  .extend({
    steps: settingsSchema.shape.steps,
    resume: settingsSchema.shape.resume,
    tensorboard: settingsSchema.shape.tensorboard,
    threads: settingsSchema.shape.threads,
    // Checkpoints of before these flags were trained with their defaults.
    ceWeight: settingsSchema.shape.ceWeight,
    normalize: settingsSchema.shape.normalize,
    /** How `data` is read. */
    dataset: z.enum(['emoji', 'market1501']),
    height: z.int().min(1),
    width: z.int().min(1),
  });
export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** What depends on the kind of data. */
const DATASET_DEFAULTS = {
  emoji: { epochs: 10, p: 32, k: 2, size: '32x32' },
  market1501: { epochs: 130, p: 12, k: 4, size: '64x32' },
} as const;

function batchShape(
  settings: Settings,
  defaults: { readonly p: number; readonly k: number },
): { p: number; k: number } {
  const { batch } = settings;
  if (batch === undefined) {
    return { p: settings.p ?? defaults.p, k: settings.k ?? defaults.k };
  }
  const k = settings.k ?? (settings.p === undefined ? defaults.k : batch / settings.p);
  const p = settings.p ?? batch / k;
  if (!Number.isInteger(p) || !Number.isInteger(k) || p * k !== batch) {
    const divisor = settings.p === undefined ? `--k ${k}` : `--p ${p}`;
    const both = settings.p !== undefined && settings.k !== undefined;
    throw new UsageError(
      `--batch is ${batch}; expected ${both ? `${p * k}, --p ${p} times --k ${k}` : `a multiple of ${divisor}`}`,
    );
  }
  return { p, k };
}

/**
 * Fills in what depends on the data: epochs, batch shape, picture size, output folder.
 * @throws UsageError when --batch contradicts --p and --k, and when no loss is left.
 */
export function resolveConfig(settings: Settings): TrainConfig {
  if (settings.loss === 'none' && settings.ceWeight === 0) {
    throw new UsageError('--ce-weight is 0; expected a positive number with --loss none');
  }
  const dataset = settings.data === 'emoji' ? 'emoji' : 'market1501';
  const defaults = DATASET_DEFAULTS[dataset];
  const [height, width = height] = (settings.size ?? defaults.size).split('x').map(Number);
  const data = dataset === 'emoji' ? settings.data : path.resolve(settings.data);
  // Parsing leaves out what is resolved by now: batch and size.
  return trainConfigSchema.parse({
    ...settings,
    ...batchShape(settings, defaults),
    data,
    dataset,
    height,
    width,
    epochs: settings.epochs ?? defaults.epochs,
    out: settings.out ?? path.join('runs', path.basename(data)),
  });
}

/** Settings that decide which numbers a run gives: a resumed run keeps them. `size` stands for height and width. */
const FIXED: readonly (keyof TrainConfig & SettingName)[] = [
  'data',
  'loss',
  'margin',
  'ceWeight',
  'normalize',
  'p',
  'k',
  'lr',
  'seed',
  'embedding',
];

/**
 * The configuration of a resumed run: the saved one, with those of the given flags that may change between runs
 * (--epochs, --steps, --provider, --threads, --out, --checkpoint-every, --eager, --min-gain, --tensorboard,
 * --quiet).
 * @param saved `config` of the checkpoint
 * @param current what the flags say now
 * @param given the flags that were on the command line
 * @throws UsageError when a given flag contradicts the checkpoint; Error when `saved` is no configuration.
 */
export function resumedConfig(saved: unknown, current: TrainConfig, given: ReadonlySet<SettingName>): TrainConfig {
  const parsed = trainConfigSchema.safeParse(saved);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(
      `resumedConfig: saved.${issue.path.join('.')} is unusable (${issue.message}); expected the configuration of a training run`,
    );
  }
  const config = parsed.data;
  const sizeDiffers = config.height !== current.height || config.width !== current.width;
  const changed = FIXED.find((name) => given.has(name) && config[name] !== current[name]);
  if (changed !== undefined) {
    const was = String(config[changed]);
    throw new UsageError(
      `--${flagOf(changed)} is ${String(current[changed])}; expected ${was} as in the checkpoint, or no --${flagOf(changed)}`,
    );
  }
  if (given.has('size') && sizeDiffers) {
    throw new UsageError(
      `--size is ${current.height}x${current.width}; expected ${config.height}x${config.width} as in the checkpoint`,
    );
  }
  if (given.has('batch') && config.p * config.k !== current.p * current.k) {
    throw new UsageError(`--batch is ${current.p * current.k}; expected ${config.p * config.k} as in the checkpoint`);
  }
  return {
    ...config,
    epochs: given.has('epochs') ? current.epochs : config.epochs,
    steps: given.has('steps') ? current.steps : config.steps,
    provider: given.has('provider') ? current.provider : config.provider,
    threads: given.has('threads') ? current.threads : config.threads,
    out: given.has('out') ? current.out : config.out,
    checkpointEvery: given.has('checkpointEvery') ? current.checkpointEvery : config.checkpointEvery,
    eager: given.has('eager') ? current.eager : config.eager,
    minGain: given.has('minGain') ? current.minGain : config.minGain,
    tensorboard: given.has('tensorboard') ? current.tensorboard : config.tensorboard,
    quiet: current.quiet,
    resume: current.resume,
  };
}
