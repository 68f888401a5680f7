import { describe, expect, it } from 'vitest';
import { parseFlags } from './flags.js';
import type { TrainConfig } from './train-config.js';
import { resumedConfig } from './train-config.js';

function resume(savedFlags: string[], flags: string[]): TrainConfig {
  const [saved, now] = [parseFlags(savedFlags), parseFlags(flags)];
  if (saved.kind !== 'run' || now.kind !== 'run') {
    throw new Error('expected two runs');
  }
  return resumedConfig(JSON.parse(JSON.stringify(saved.config)), now.config, now.given);
}

describe('resumedConfig', () => {
  it('goes on as saved where no flag is given', () => {
    const config = resume(['--loss', 'ori', '--lr', '0.01', '--size', '16'], ['--resume', 'latest']);
    expect(config).toMatchObject({ loss: 'ori', lr: 0.01, height: 16, width: 16, resume: 'latest' });
  });

  it('takes the flags that may change', () => {
    const flags = [
      '--epochs',
      '99',
      '--steps',
      '500',
      '--provider',
      'webgpu',
      '--threads',
      '1',
      '--out',
      'x',
      '--eager',
      '--min-gain',
      '0',
      '--tensorboard',
      'events',
    ];
    expect(resume(['--epochs', '3'], [...flags, '--checkpoint-every', '7', '--quiet'])).toMatchObject({
      epochs: 99,
      steps: 500,
      provider: ['webgpu'],
      threads: 1,
      out: 'x',
      eager: true,
      minGain: 0,
      checkpointEvery: 7,
      tensorboard: 'events',
      quiet: true,
    });
  });

  it.each([
    [['--lr', '0.1'], '--lr is 0.1; expected 0.003 as in the checkpoint, or no --lr'],
    [['--loss', 'ori'], '--loss is ori; expected wrt as in the checkpoint, or no --loss'],
    [['--ce-weight', '0'], '--ce-weight is 0; expected 1 as in the checkpoint, or no --ce-weight'],
    [['--normalize', '1'], '--normalize is 1; expected 0 as in the checkpoint, or no --normalize'],
    [['--seed', '1'], '--seed is 1; expected 0 as in the checkpoint, or no --seed'],
    [['--size', '64x32'], '--size is 64x32; expected 32x32 as in the checkpoint'],
    [['--batch', '32'], '--batch is 32; expected 64 as in the checkpoint'],
  ])('refuses %s', (flags, message) => {
    expect(() => resume([], flags)).toThrow(message);
  });

  it('accepts a fixed flag that says the same', () => {
    expect(resume([], ['--lr', '0.003', '--size', '32', '--p', '32']).lr).toBe(0.003);
  });

  it('goes on as it was from a checkpoint of before --ce-weight and --normalize', () => {
    const [saved, now] = [parseFlags(['--loss', 'ori']), parseFlags([])];
    if (saved.kind !== 'run' || now.kind !== 'run') {
      throw new Error('expected two runs');
    }
    const { ceWeight, normalize, ...older } = saved.config;
    expect(resumedConfig(older, now.config, now.given)).toMatchObject({ loss: 'ori', ceWeight, normalize });
  });

  it('refuses what is no configuration', () => {
    const now = parseFlags([]);
    if (now.kind === 'run') {
      expect(() => resumedConfig({ data: 'emoji' }, now.config, now.given)).toThrow(
        /^resumedConfig: saved\.\w+ is unusable/,
      );
    }
    expect(now.kind).toBe('run');
  });
});
