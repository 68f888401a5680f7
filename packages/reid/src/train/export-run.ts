import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { no_grad, rand, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import * as onnx from '@reidgrad/onnx-export';
import * as ort from 'onnxruntime-node';
import type { TrainConfig } from '../config/index.js';
import type { ReidDataset } from '../datasets/index.js';
import type { Embedder } from '../models/index.js';
import type { MetricTerm } from './criterion.js';
import { metricTerm } from './criterion.js';
import { pixelTensor } from './host-tensors.js';
import type { Trainer } from './trainer.js';

/** A written file and how far plain ONNX Runtime is from eager code on it, by output. */
export interface ExportedFile {
  readonly file: string;
  readonly bytes: number;
  /** Largest absolute difference, relative to the output's largest value where that exceeds 1. */
  readonly differences: Readonly<Record<string, number>>;
}

/** Pictures, or pairs of embeddings, of the examples that are traced, and of the batch that the file is tried on. */
const TRACED = 2;
const TRIED = 5;
/** Steps that an exported training step is run for, its state fed back. */
const STEPS = 2;

type Outputs = Readonly<Record<string, ort.Tensor>>;

function ortTensor(tensor: Tensor): ort.Tensor {
  const data = tensor.toTypedArray();
  if (data instanceof Float32Array) {
    return new ort.Tensor('float32', data, tensor.shape);
  }
  // Integers are int32 in files.
  return new ort.Tensor('int32', Int32Array.from(data, Number), tensor.shape);
}

function difference(eager: Tensor, actual: ort.Tensor): number {
  const expected = Array.from(eager.toTypedArray(), Number);
  const got = Array.from(actual.data as ArrayLike<number | bigint>, Number);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  return expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - got[i])), 0) / scale;
}

/** Numbers as they were meant: 0.485 and not the nearest float32, 0.48500001430511475. */
function shortNumbers(values: Tensor): string {
  return [...values.toTypedArray()].map((value) => String(Number(Number(value).toPrecision(6)))).join(', ');
}

/** Loads a file from the disk with onnxruntime-node alone and gives it to `use`. */
async function withSession<T>(file: string, use: (session: ort.InferenceSession) => Promise<T>): Promise<T> {
  const session = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

async function finish(file: string, differences: ExportedFile['differences']): Promise<ExportedFile> {
  return { file, bytes: (await readFile(file)).length, differences };
}

/**
 * Writes `embedder.onnx`: pixels in, embeddings of length 1 out, any number of pictures; the running statistics are those
 * of evaluation. What the file takes and gives stands in its metadata.
 */
export async function exportEmbedder(embedder: Embedder, dataset: ReidDataset, folder: string): Promise<ExportedFile> {
  const file = path.join(folder, 'embedder.onnx');
  const { height, width } = dataset.imageSize;
  const pictures = dataset.directions[0].query.slice(0, TRIED).map(({ image }) => image);
  const pixels = pixelTensor(pictures);
  const wasTraining = embedder.training;
  embedder.eval();
  try {
    const embed = (input: Tensor): Tensor => no_grad(() => embedder.forward(input));
    const eager = embed(pixels);
    await onnx.export(embed, [pixelTensor(pictures.slice(0, TRACED))], {
      f: file,
      name: 'embedder',
      input_names: ['pixels'],
      output_names: ['embeddings'],
      dynamic_axes: { pixels: { 0: 'batch' } },
      metadata: {
        input: 'float32 [batch, 3, height, width]',
        height: String(height),
        width: String(width),
        color_order: 'RGB',
        range: '0 to 255',
        mean: shortNumbers(embedder.mean),
        std: shortNumbers(embedder.std),
        preprocessing: 'inside the graph: (pixels / 255 - mean) / std',
        embedding_dim: String(eager.shape[1]),
        embedding: 'rows of length 1; Euclidean and cosine distances rank alike',
        dataset: dataset.name,
      },
      doc: `Embeds ${height}x${width} pictures for re-identification. Resize before; scaling and normalisation are inside.`,
    });
    const outputs = await withSession(file, (session) => session.run({ pixels: ortTensor(pixels) }));
    return await finish(file, { embeddings: difference(eager, outputs.embeddings) });
  } finally {
    embedder.train(wasTraining);
  }
}

function lossWithGradient(term: MetricTerm, embeddings: Tensor, labels: Tensor): Record<string, Tensor> {
  const input = embeddings.detach().clone().requires_grad_();
  const { loss, correct } = term(input, labels);
  loss.backward();
  if (input.grad === null) {
    throw new Error('exportLoss: the loss gives its embeddings no gradient; expected one');
  }
  return { loss, correct, embeddings_grad: input.grad };
}

/**
 * Writes `loss.onnx`: the loss on features, its count of correct rows and the gradient of the embeddings; any batch. Gives
 * no file for the loss `none`.
 */
export async function exportLoss(config: TrainConfig, folder: string): Promise<ExportedFile[]> {
  const file = path.join(folder, 'loss.onnx');
  const term = metricTerm(config);
  if (term === null) return [];
  const traced = [rand(2 * TRACED, config.embedding), pairLabels(TRACED)];
  await onnx.export((x: Tensor, y: Tensor) => ({ ...term(x, y) }), traced, {
    f: file,
    name: `${config.loss}_loss`,
    input_names: ['embeddings', 'labels'],
    output_names: ['loss', 'correct'],
    dynamic_axes: { embeddings: { 0: 'batch' }, labels: { 0: 'batch' } },
    gradients: ['embeddings'],
    metadata: {
      loss: config.loss,
      margin: String(config.margin),
      normalize: String(config.normalize),
      embedding_dim: String(config.embedding),
    },
    doc: 'A loss over all rows of a batch, with the gradient of the embeddings: any ONNX Runtime can train with it.',
  });
  const [embeddings, labels] = [rand(2 * TRIED, config.embedding), pairLabels(TRIED)];
  const eager = lossWithGradient(term, embeddings, labels);
  const feeds = { embeddings: ortTensor(embeddings), labels: ortTensor(labels) };
  const outputs: Outputs = await withSession(file, (session) => session.run(feeds));
  const differences = Object.entries(eager).map(([name, value]) => [name, difference(value, outputs[name])] as const);
  return [await finish(file, Object.fromEntries(differences))];
}

/** 0, 0, 1, 1, … */
function pairLabels(identities: number): Tensor {
  const labels = Array.from({ length: 2 * identities }, (_, i) => i >> 1);
  return tensor(labels, { dtype: 'int64' });
}

/**
 * Writes `train-step.onnx`: forward, loss, backward and update, with all state as paired inputs and outputs, and
 * `train-step.state.onnx`, which gives the first state. They are tried for a few steps, the state fed back; the trainer
 * is put back to where it was.
 */
export async function exportTrainingStep(
  trainer: Trainer,
  dataset: ReidDataset,
  folder: string,
): Promise<ExportedFile> {
  const file = path.join(folder, 'train-step.onnx');
  const before = await trainer.capture();
  trainer.embedder.train();
  try {
    const { images, labels } = trainer.nextBatch();
    const { manifest } = await onnx.export(trainer.trainingStep, [images, labels], {
      f: file,
      name: 'train_step',
      input_names: ['images', 'labels'],
      output_names: ['loss', 'correct'],
      metadata: {
        input: 'images float32 [batch, 3, height, width], RGB, 0 to 1; labels int32 [batch]',
        classes: String(dataset.numTrainPids),
        dataset: dataset.name,
      },
      doc: 'One training step. Feed every output `<name>.next` back as input `<name>`; train-step.state.onnx gives the first.',
    });
    const eager = Array.from({ length: STEPS }, () => trainer.trainingStep(images, labels));
    let state: Outputs = await withSession(onnx.statePath(file), (session) => session.run({}));
    const results = await withSession(file, async (session) => {
      const steps: Outputs[] = [];
      for (let step = 0; step < STEPS; step++) {
        const outputs = await session.run({ ...state, images: ortTensor(images), labels: ortTensor(labels) });
        const next = manifest.states.map(({ input, output }) => [input, outputs[output]] as const);
        state = { ...state, ...Object.fromEntries(next) };
        steps.push(outputs);
      }
      return steps;
    });
    const worst = (name: 'loss' | 'correct'): number =>
      Math.max(...eager.map((outputs, i) => difference(outputs[name], results[i][name])));
    return await finish(file, { loss: worst('loss'), correct: worst('correct') });
  } finally {
    trainer.restore(before);
  }
}
