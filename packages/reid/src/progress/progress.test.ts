import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ProgressStream, TrainProgressOptions } from './progress.js';
import { TrainProgress } from './progress.js';

/** Collects what is written. */
class Memory extends Writable {
  text = '';
  // What the bar library calls on a terminal.
  readonly columns = 120;
  constructor(readonly isTTY: boolean) {
    super();
  }
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function run(stream: ProgressStream, steps: number, options: Partial<TrainProgressOptions> = {}): TrainProgress {
  let time = 0;
  const clock = { now: () => time };
  const progress = new TrainProgress({ totalSteps: 8, stepsPerEpoch: 4, batchSize: 10, stream, ...clock, ...options });
  for (let i = 0; i < steps; i++) {
    time += 500;
    progress.update({ loss: 2, correct: 5 });
  }
  return progress;
}

describe('TrainProgress', () => {
  it('prints a line an epoch where there is no terminal', () => {
    const stream = new Memory(false);
    run(stream, 8).stop();
    expect(stream.text.split('\n')).toEqual([
      'epoch 1/2  step 4/8  loss 2.0000  correct 50.0%  20 images/s  0:02 left',
      'epoch 2/2  step 8/8  loss 2.0000  correct 50.0%  20 images/s  0:00 left',
      '',
    ]);
  });

  it('prints no more than 50 lines', () => {
    const stream = new Memory(false);
    run(stream, 404, { totalSteps: 404 }).stop();
    const lines = stream.text.trim().split('\n');
    expect(lines).toHaveLength(34);
    expect(lines[0]).toContain('epoch 3/101  step 12/404');
    expect(lines[33]).toContain('epoch 101/101  step 404/404');
  });

  it('prints a line for an epoch cut short', () => {
    const stream = new Memory(false);
    run(stream, 6, { totalSteps: 6 }).stop();
    expect(stream.text).toContain('epoch 2/2  step 6/6');
  });

  it('counts speed from where a resumed run began', () => {
    const stream = new Memory(false);
    run(stream, 2, { startStep: 6 }).stop();
    expect(stream.text).toBe('epoch 2/2  step 8/8  loss 2.0000  correct 50.0%  20 images/s  0:00 left\n');
  });

  it('shows hours when they are many', () => {
    const stream = new Memory(false);
    run(stream, 148, { totalSteps: 7348 }).stop();
    expect(stream.text).toContain('1:00:00 left');
  });

  it('weighs new steps more, starting from the first', () => {
    const stream = new Memory(false);
    const progress = new TrainProgress({ totalSteps: 2, stepsPerEpoch: 1, batchSize: 4, stream, now: () => 0 });
    progress.update({ loss: 4, correct: 0 });
    progress.update({ loss: 2, correct: 4 });
    // Weights 0.95 and 1: (0.95 * 4 + 2) / 1.95.
    expect(stream.text).toContain('loss 4.0000  correct 0.0%');
    expect(stream.text).toContain('loss 2.9744  correct 51.3%');
  });

  it('draws a bar in a terminal, with log lines above it', () => {
    const stream = new Memory(true);
    const progress = run(stream, 8);
    progress.log('a warning');
    progress.stop();
    expect(stream.text).toContain('a warning\n');
    expect(stream.text).toContain('8/8');
    expect(stream.text).toContain('loss 2.0000');
    expect(stream.text).not.toContain('epoch');
  });

  it('prints nothing when quiet', () => {
    const stream = new Memory(true);
    const progress = run(stream, 8, { quiet: true });
    progress.log('a warning');
    progress.stop();
    expect(stream.text).toBe('');
  });
});
