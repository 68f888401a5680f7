import { no_grad } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { LOSSES } from '../config/index.js';
import { StepError, Trainer } from './trainer.js';
import { tinyConfig, tinyDataset } from './tiny.testing.js';

async function steps(trainer: Trainer, count: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < count; i++) {
    losses.push((await trainer.trainStep()).loss);
  }
  return losses;
}

describe('Trainer', () => {
  it('trains: the loss falls', async () => {
    const trainer = new Trainer(tinyDataset(), tinyConfig('--epochs', '40'));
    const losses = await steps(trainer, 40);
    await trainer.dispose();
    expect(trainer.totalSteps).toBe(40);
    expect(losses[39]).toBeLessThan(losses[0] - 0.5);
  });

  it('gives the same losses for the same seed, and others for another', async () => {
    const run = async (seed: string): Promise<number[]> => {
      const trainer = new Trainer(tinyDataset(), tinyConfig('--seed', seed));
      const losses = await steps(trainer, 3);
      await trainer.dispose();
      return losses;
    };
    const first = await run('1');
    expect(await run('1')).toEqual(first);
    expect(await run('2')).not.toEqual(first);
  });

  it.each([[], ['--loss', 'ori', '--ce-weight', '0'], ['--normalize', '2', '--ce-weight', '4'], ['--loss', 'none']])(
    'is the same compiled and eager, to rounding (%s %s %s %s)',
    async (...flags: string[]) => {
      const compiled = new Trainer(tinyDataset(), tinyConfig(...flags));
      const losses = await steps(compiled, 4);
      await compiled.dispose();
      const eager = await steps(new Trainer(tinyDataset(), tinyConfig('--eager', ...flags)), 4);
      losses.forEach((loss, i) => expect(Math.abs(loss - eager[i])).toBeLessThan(2e-3));
    },
  );

  it.each(LOSSES)('trains with the loss %s', async (loss) => {
    const trainer = new Trainer(tinyDataset(), tinyConfig('--loss', loss, '--epochs', '12'));
    const losses = await steps(trainer, 12);
    await trainer.dispose();
    expect(losses[11]).toBeLessThan(losses[0]);
  });

  it('without cross-entropy leaves the classifier as it was, and searches behind a bottleneck that has seen data', async () => {
    const trainer = new Trainer(tinyDataset(), tinyConfig('--loss', 'ori', '--ce-weight', '0'));
    const { classifier, bottleneck } = trainer.embedder.net;
    const [before, mean] = [classifier.weight.tolist(), bottleneck.running_mean?.tolist()];
    await steps(trainer, 2);
    await trainer.sync();
    expect(classifier.weight.tolist()).toEqual(before);
    expect(bottleneck.running_mean?.tolist()).not.toEqual(mean);
    await trainer.dispose();
  });

  it('goes on from a checkpoint, bit for bit', async () => {
    const whole = new Trainer(tinyDataset(), tinyConfig('--epochs', '9'));
    await steps(whole, 4);
    const checkpoint = await whole.capture();
    const expected = await steps(whole, 5);
    const other = new Trainer(tinyDataset(), tinyConfig('--epochs', '9', '--seed', '0'));
    await steps(other, 1);
    other.restore(checkpoint);
    expect(other.step).toBe(4);
    expect(await steps(other, 5)).toEqual(expected);
    expect([...(await other.capture()).tensors]).toEqual([...(await whole.capture()).tensors]);
    await whole.dispose();
    await other.dispose();
  });

  it.each(['--eager', '--quiet'])('stops at a loss that is no number, with everything as before (%s)', async (flag) => {
    const trainer = new Trainer(tinyDataset(), tinyConfig(flag));
    await steps(trainer, 2);
    const { classifier } = trainer.embedder.net;
    const weights = classifier.weight.detach().clone();
    no_grad(() => classifier.weight.fill_(NaN));
    const before = await trainer.capture();
    await expect(trainer.trainStep()).rejects.toThrow(StepError);
    await expect(trainer.trainStep()).rejects.toThrow(/^step 3: the loss is not a finite number/);
    expect(await trainer.capture()).toEqual(before);
    expect(await trainer.isFinite()).toBe(false);
    no_grad(() => classifier.weight.copy_(weights));
    expect(await trainer.isFinite()).toBe(true);
    expect((await trainer.trainStep()).loss).toBeGreaterThan(0);
    await trainer.dispose();
  });

  it('refuses a checkpoint of another model', async () => {
    const small = new Trainer(tinyDataset(), tinyConfig());
    const large = new Trainer(tinyDataset(), tinyConfig('--embedding', '12'));
    const checkpoint = await small.capture();
    expect(() => large.restore(checkpoint)).toThrow(/embedding\.weight/);
  });
});
