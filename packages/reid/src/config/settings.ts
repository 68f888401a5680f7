import { z } from 'zod';

/** The losses on features to choose from; `none` leaves cross-entropy alone. */
export const LOSSES = [
  'wrt',
  'ori',
  'soft-margin',
  'batch-hard',
  'batch-all',
  'hard',
  'semi-hard',
  'circle',
  'multi-similarity',
  'sup-con',
  'none',
] as const;

/** Where a compiled training step may run, ONNX Runtime's names. */
export const PROVIDERS = ['cpu', 'wasm', 'webgpu', 'cuda'] as const;

declare module 'zod' {
  interface GlobalMeta {
    /** What a good value looks like; completes "expected ...". */
    expected?: string;
    /** How help shows the value. */
    placeholder?: string;
  }
}

const positiveInteger = z.int().min(1).meta({ expected: 'a positive integer' });
const positiveNumber = z.number().positive().meta({ expected: 'a positive number' });

/** Every flag of the training command: name (camelCase here, kebab-case on the command line), default, help. */
export const settingsSchema = z.object({
  data: z.string().min(1).default('emoji').meta({
    description: 'emoji, or a folder in the layout of Market-1501',
    expected: 'emoji or a folder',
    placeholder: 'emoji|FOLDER',
  }),
  loss: z
    .enum(LOSSES)
    .default('wrt')
    .meta({ description: 'loss on the features beside cross-entropy', expected: `one of ${LOSSES.join(', ')}` }),
  margin: z.number().min(0).default(0.3).meta({
    description: 'margin of ori, batch-hard, batch-all, hard, semi-hard; not of the others',
    expected: 'a number of at least 0',
  }),
  ceWeight: z
    .number()
    .min(0)
    .default(1)
    .meta({ description: 'weight of cross-entropy; 0 leaves it out', expected: 'a number of at least 0' }),
  normalize: z.number().min(0).default(0).meta({
    description: 'scale features to this length for --loss, mostly 1; 0 leaves them as they are',
    expected: 'a number of at least 0',
  }),
  epochs: positiveInteger.optional().meta({ description: 'rounds over all identities (emoji 10, folder 130)' }),
  steps: positiveInteger.optional().meta({ description: 'stop after this many steps, whatever --epochs says' }),
  p: positiveInteger.optional().meta({ description: 'identities in a batch (emoji 32, folder 12)' }),
  k: positiveInteger.optional().meta({ description: 'images of each identity (emoji 2, folder 4)' }),
  batch: positiveInteger
    .optional()
    .meta({ description: 'images in a batch; must be p * k, sets p when p is not given' }),
  lr: positiveNumber
    .default(0.003)
    .meta({ description: 'largest learning rate of Adam', expected: 'a positive number' }),
  provider: z
    .array(z.enum(PROVIDERS))
    .min(1)
    .default(['cpu'])
    .meta({
      description: 'where to run, in order of preference, comma between',
      expected: `a comma list of ${PROVIDERS.join(', ')}`,
      placeholder: PROVIDERS.join(','),
    }),
  threads: positiveInteger
    .optional()
    .meta({ description: 'threads of the cpu and wasm providers (as many as the machine has)' }),
  seed: z.int().min(0).max(0xffffffff).default(0).meta({
    description: 'decides split, weights, batches and augmentation',
    expected: 'an integer from 0 to 4294967295',
  }),
  resume: z.string().min(1).optional().meta({
    description: 'go on from a checkpoint, or from the latest in the output folder',
    expected: 'a checkpoint file or latest',
    placeholder: 'FILE|latest',
  }),
  out: z.string().min(1).optional().meta({
    description: 'output folder (runs/<data set>)',
    expected: 'a folder',
    placeholder: 'FOLDER',
  }),
  size: z
    .string()
    .regex(/^[1-9]\d{0,3}(x[1-9]\d{0,3})?$/)
    .optional()
    .meta({
      description: 'height x width of the pictures (emoji 32x32, folder 64x32)',
      expected: 'HEIGHTxWIDTH such as 64x32, or one number',
      placeholder: 'HxW',
    }),
  embedding: positiveInteger.default(64).meta({ description: 'length of the embedding' }),
  checkpointEvery: positiveInteger.default(50).meta({ description: 'steps between checkpoints' }),
  eager: z.boolean().default(false).meta({ description: 'train op by op instead of compiled' }),
  minGain: z.number().min(-1).max(1).default(0.05).meta({
    description: 'fail (exit code 1) when rank-1 gains less than this over raw pixels',
    expected: 'a number from -1 to 1',
  }),
  tensorboard: z.string().min(1).optional().meta({
    description: 'write losses and results for TensorBoard into this folder, too',
    expected: 'a folder',
    placeholder: 'FOLDER',
  }),
  quiet: z.boolean().default(false).meta({ description: 'print the results only' }),
});

/** The flags as given, defaults filled in. */
export type Settings = z.infer<typeof settingsSchema>;

/** Name of a flag, in camelCase. */
export type SettingName = keyof Settings;

/** The flag of a setting, without its dashes: `ce-weight` for `ceWeight`. */
export function flagOf(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
