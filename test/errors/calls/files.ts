/** Bad calls of what reads and writes the files of PyTorch and TensorBoard. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as torch from '@reidgrad/core';
import { load, save, stateDictOf } from '@reidgrad/core/serialization';
import { SummaryWriter } from '@reidgrad/reid';
import { float, wrong } from '../values.js';
import type { BadCalls } from '../values.js';

const writer = (): SummaryWriter => new SummaryWriter(mkdtempSync(path.join(tmpdir(), 'reidgrad-errors-')));

export const fileCalls: BadCalls = {
  'serialization.load': () => load(wrong('resnet50.pth')),
  'serialization.load (another file)': () => load(new Uint8Array(12)),
  'serialization.load (cut off)': () => load(save({ weight: float(3) }).subarray(0, 100)),
  'serialization.save': () => save({ model: new torch.nn.Linear(2, 3) }),
  'serialization.save (undefined)': () => save({ epoch: [1, undefined] }),
  'serialization.stateDictOf': () => stateDictOf({ epoch: 3 }),
  'reid.SummaryWriter': () => new SummaryWriter(wrong(7)),
  'SummaryWriter.add_scalar': () => writer().add_scalar('loss', float(2), 0),
  'SummaryWriter.add_scalar (step)': () => writer().add_scalar('loss', 1, 0.5),
  'SummaryWriter.add_scalar (closed)': () => {
    const closed = writer();
    closed.close();
    closed.add_scalar('loss', 1);
  },
  'SummaryWriter.add_scalars': () => writer().add_scalars('loss', { train: wrong('1') }),
  'SummaryWriter.add_text': () => writer().add_text('notes', 'begun', 0.5),
  'SummaryWriter.add_histogram': () => writer().add_histogram('w', [NaN]),
};
