import { describe, expect, it } from 'vitest';
import { helpText, parseFlags } from './flags.js';
import { settingsSchema } from './settings.js';
import type { TrainConfig } from './train-config.js';
import { UsageError } from './train-config.js';

function configOf(line: string): TrainConfig {
  const parsed = parseFlags(line.split(' ').filter(Boolean));
  if (parsed.kind !== 'run') {
    throw new Error('expected a run');
  }
  return parsed.config;
}

describe('parseFlags', () => {
  it('has defaults for everything', () => {
    expect(configOf('')).toEqual({
      data: 'emoji',
      dataset: 'emoji',
      loss: 'wrt',
      margin: 0.3,
      ceWeight: 1,
      normalize: 0,
      epochs: 10,
      p: 32,
      k: 2,
      lr: 0.003,
      provider: ['cpu'],
      seed: 0,
      out: 'runs/emoji',
      height: 32,
      width: 32,
      embedding: 64,
      checkpointEvery: 50,
      eager: false,
      minGain: 0.05,
      quiet: false,
    });
  });

  it('reads every flag', () => {
    const line =
      '--loss ori --margin 0 --ce-weight 0.25 --normalize 1 --threads 1 --epochs 3 --steps 7 --p 4 --k 3 --batch 12 --lr 1e-4 --provider webgpu,cpu --seed 9 ' +
      '--resume latest --out here --size 24x12 --embedding=16 --checkpoint-every 5 --eager --min-gain -0.5 --tensorboard events --quiet';
    expect(configOf(line)).toMatchObject({
      loss: 'ori',
      margin: 0,
      ceWeight: 0.25,
      normalize: 1,
      threads: 1,
      epochs: 3,
      steps: 7,
      p: 4,
      k: 3,
      lr: 1e-4,
      provider: ['webgpu', 'cpu'],
      seed: 9,
      resume: 'latest',
      out: 'here',
      height: 24,
      width: 12,
      embedding: 16,
      checkpointEvery: 5,
      eager: true,
      minGain: -0.5,
      tensorboard: 'events',
      quiet: true,
    });
  });

  it('tells which flags were given', () => {
    const parsed = parseFlags(['--lr', '0.1', '--checkpoint-every', '2']);
    expect(parsed.kind === 'run' && [...parsed.given]).toEqual(['lr', 'checkpointEvery']);
  });

  it('changes defaults for a folder of persons', () => {
    const config = configOf('--data some/market');
    expect(config).toMatchObject({
      dataset: 'market1501',
      out: 'runs/market',
      p: 12,
      k: 4,
      height: 64,
      width: 32,
      epochs: 130,
    });
    expect(config.data).toMatch(/some.market$/);
  });

  it.each([
    ['--size 16', { height: 16, width: 16 }],
    ['--batch 50', { p: 25, k: 2 }],
    ['--batch 48 --p 12', { p: 12, k: 4 }],
    ['--batch 48 --k 3', { p: 16, k: 3 }],
  ])('derives from %s', (line, expected) => {
    expect(configOf(line)).toMatchObject(expected);
  });

  it.each([
    ['--los ori', '--los is not a flag; expected --loss'],
    ['--checkpointevery 3', '--checkpointevery is not a flag; expected --checkpoint-every'],
    ['--zzzzzz', '--zzzzzz is not a flag; expected one that --help lists'],
    ['ori', 'ori is not a flag; expected flags such as --loss ori'],
    [
      '--loss triplet',
      '--loss is triplet; expected one of wrt, ori, soft-margin, batch-hard, batch-all, hard, semi-hard, circle, multi-similarity, sup-con, none',
    ],
    [
      '--loss',
      '--loss has no value; expected one of wrt, ori, soft-margin, batch-hard, batch-all, hard, semi-hard, circle, multi-similarity, sup-con, none',
    ],
    ['--lr --eager', '--lr has no value; expected a positive number'],
    ['--lr 0', '--lr is 0; expected a positive number'],
    ['--epochs 2.5', '--epochs is 2.5; expected a positive integer'],
    ['--ce-weight -1', '--ce-weight is -1; expected a number of at least 0'],
    ['--loss none --ce-weight 0', '--ce-weight is 0; expected a positive number with --loss none'],
    ['--threads 0', '--threads is 0; expected a positive integer'],
    ['--margin much', '--margin is much; expected a number of at least 0'],
    ['--seed=', '--seed is ; expected an integer from 0 to 4294967295'],
    ['--provider cpu,gpu', '--provider is cpu,gpu; expected a comma list of cpu, wasm, webgpu, cuda'],
    ['--size 64x', '--size is 64x; expected HEIGHTxWIDTH such as 64x32, or one number'],
    ['--eager=yes', '--eager is yes; expected no value'],
    ['--batch 49', '--batch is 49; expected a multiple of --k 2'],
    ['--batch 49 --p 12', '--batch is 49; expected a multiple of --p 12'],
    ['--batch 50 --p 3 --k 4', '--batch is 50; expected 12, --p 3 times --k 4'],
  ])('refuses %s', (line, message) => {
    const act = (): unknown => parseFlags(line.split(' '));
    expect(act).toThrow(UsageError);
    expect(act).toThrow(new UsageError(message));
  });
});

describe('helpText', () => {
  it('lists every flag of the schema, and comes with --help and -h', () => {
    for (const [name, schema] of Object.entries(settingsSchema.shape)) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      expect(helpText()).toMatch(new RegExp(`^ {2}--${flag}\\b`, 'm'));
      expect(helpText()).toContain(schema.meta()?.description ?? 'a description');
    }
    expect(parseFlags(['--loss', 'ori', '--help'])).toEqual({ kind: 'help', text: helpText() });
    expect(parseFlags(['-h'])).toEqual({ kind: 'help', text: helpText() });
  });
});
