import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readModel } from '@reidgrad/onnx-export';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOSSES } from '../config/index.js';
import { exportEmbedder, exportLoss, exportTrainingStep } from './export-run.js';
import { tinyConfig, tinyDataset } from './tiny.testing.js';
import { Trainer } from './trainer.js';

let folder = '';
const dataset = tinyDataset();
const trainer = new Trainer(dataset, tinyConfig());

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reid-export-'));
  await trainer.trainStep();
});

afterAll(async () => {
  await trainer.dispose();
  await rm(folder, { recursive: true });
});

describe('exportEmbedder', () => {
  it('agrees with eager code on a batch of another size', async () => {
    const { file, differences } = await exportEmbedder(trainer.embedder, dataset, folder);
    expect(differences.embeddings).toBeLessThan(1e-5);
    expect(trainer.embedder.training).toBe(true);
    const { metadata } = readModel(await readFile(file));
    expect(metadata).toMatchObject({
      height: '16',
      width: '16',
      color_order: 'RGB',
      range: '0 to 255',
      embedding_dim: '8',
      dataset: 'tiny',
      mean: '0.485, 0.456, 0.406',
      std: '0.229, 0.224, 0.225',
    });
  });
});

describe('exportLoss', () => {
  const losses = LOSSES.filter((name) => name !== 'none');
  it.each([...losses, 'wrt --normalize 1'])('%s agrees with eager code, gradient included', async (line) => {
    const config = tinyConfig('--loss', ...line.split(' '));
    const [{ file, differences }] = await exportLoss(config, folder);
    expect(Object.keys(differences)).toEqual(['loss', 'correct', 'embeddings_grad']);
    Object.values(differences).forEach((difference) => expect(difference).toBeLessThan(1e-3));
    const { loss, normalize } = config;
    expect(readModel(await readFile(file)).metadata).toMatchObject({ loss, normalize: String(normalize) });
  });

  it('writes nothing for the loss none', async () => {
    expect(await exportLoss(tinyConfig('--loss', 'none'), folder)).toEqual([]);
  });
});

describe('exportTrainingStep', () => {
  it('goes on from the state it gives, as eager steps do', async () => {
    const before = await trainer.capture();
    const { file, differences } = await exportTrainingStep(trainer, dataset, folder);
    expect(differences.loss).toBeLessThan(1e-3);
    expect(await trainer.capture()).toEqual(before);
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
    expect(session.inputNames).toEqual(expect.arrayContaining(['images', 'labels', 'classifier.weight']));
    await session.release();
  });
});
