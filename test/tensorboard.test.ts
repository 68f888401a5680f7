/** SummaryWriter writes what PyTorch's writes, byte by byte. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as torch from '@reidgrad/core';
import { SummaryWriter } from '@reidgrad/reid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'events-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const goldens = path.join(import.meta.dirname, 'goldens/data/tensorboard');

/** The only event file of a folder. */
function eventsIn(parent: string): Buffer {
  const files = readdirSync(parent).filter((file) => file.startsWith('events'));
  expect(files).toHaveLength(1);
  return readFileSync(path.join(parent, files[0]));
}

/** What is behind the first record, which has the time. */
const behindFirst = (bytes: Buffer): Buffer => bytes.subarray(12 + Number(bytes.readBigUInt64LE(0)) + 4);

describe('SummaryWriter', () => {
  it('writes the records of PyTorch', () => {
    const time = 1700000000.25;
    const writer = new SummaryWriter(folder);
    writer.add_scalar('train/loss', 0.1, 1, time);
    writer.add_scalar('train/loss', torch.tensor(-2.5), 2 ** 40, time);
    writer.add_scalar('train/loss', 0, 0, time);
    writer.add_scalar('train/loss', NaN, undefined, time);
    writer.add_scalars('rank/all', { one: 0.5, five: 0.75 }, 3, time);
    writer.add_text('notes', `Größe **256x128**\n\nsecond line ${'x'.repeat(200)}`, 4, time);
    writer.add_histogram('weights', torch.tensor([[-1, 0, 0.5], [0.5, 3, 1e-13]]), 5, time); // prettier-ignore
    writer.add_histogram('ones', torch.ones([4], { dtype: torch.long }), 6, time);
    writer.add_histogram('outside', [1, 1e25, 2], 7, time);
    writer.close();
    const folders = ['.', ...readdirSync(folder).filter((name) => !name.startsWith('events'))];
    expect(folders).toEqual(['.', 'rank_all_five', 'rank_all_one']);
    for (const name of folders) {
      const expected = readFileSync(path.join(goldens, name, 'events'));
      expect(behindFirst(eventsIn(path.join(folder, name))).toString('hex')).toBe(expected.toString('hex'));
    }
  });

  it('is in the file when a call returns, and takes nothing once closed', () => {
    const writer = new SummaryWriter(folder, { filename_suffix: '.end' });
    const before = eventsIn(folder).length;
    writer.add_scalar('a', 1);
    expect(eventsIn(folder).length).toBeGreaterThan(before);
    expect(readdirSync(folder)[0]).toMatch(/^events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+\.end$/);
    writer.flush();
    writer.close();
    writer.close();
    writer.flush();
    expect(() => writer.add_scalar('a', 1)).toThrow('add_scalar: the writer is closed');
  });

  it.each<[string, (writer: SummaryWriter) => void, string]>([
    [
      'half a step',
      (writer) => writer.add_scalar('a', 1, 0.5),
      'add_scalar: global_step: got 0.5, expected an integer',
    ],
    [
      'several elements',
      (writer) => writer.add_scalar('a', torch.ones(2)),
      'add_scalar: scalar_value: got float32[2], expected a number or a tensor of one',
    ],
    ['no finite value', (writer) => writer.add_histogram('a', [NaN]), 'add_histogram: got 1 values, expected one that'],
  ])('refuses %s', (_name, call, message) => {
    const writer = new SummaryWriter(folder);
    expect(() => call(writer)).toThrow(message);
    writer.close();
  });

  it('names a folder after time, host and comment', () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const writer = new SummaryWriter(undefined, { comment: '_agw' });
      writer.close();
      expect(writer.log_dir).toMatch(/^runs.[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d_.+_agw$/);
      expect(readdirSync(writer.log_dir)).toHaveLength(1);
    } finally {
      process.chdir(before);
    }
  });
});
