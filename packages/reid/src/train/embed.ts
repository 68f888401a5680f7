import { no_grad } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { pdist_torch } from '@reidgrad/losses';
import { compile } from '@reidgrad/onnx-export/compile';
import type { CompileOptions } from '@reidgrad/onnx-export/compile';
import type { ReidImage } from '../datasets/index.js';
import type { Embedder } from '../models/index.js';
import { imageBatch } from '../transforms/index.js';
import { rowsTensor, pixelTensor } from './host-tensors.js';

/** Pictures in one run of the network. */
const BATCH = 100;
/** Rows of each side in one run of the distance matrix. */
const TILE = 1000;

/** What compiled functions run on, and who hears of providers that did not start. */
export type RunsOn = Pick<CompileOptions, 'executionProviders' | 'threads' | 'warn'>;

/** Rows of numbers, one for each picture. */
export interface Features {
  readonly data: Float32Array;
  readonly dim: number;
}

async function floats(result: Tensor): Promise<Float32Array> {
  const data = await result.toArray();
  return data instanceof Float32Array ? data : Float32Array.from(data, Number);
}

/**
 * The embeddings of pictures by a network in evaluation mode, compiled, in batches; the last is filled up, so that all
 * share one graph. The network is put back in training mode where it was.
 * @param onProgress hears how many pictures are done
 */
export async function embedImages(
  embedder: Embedder,
  images: readonly ReidImage[],
  runsOn: RunsOn,
  onProgress?: (done: number) => void,
): Promise<Features> {
  const wasTraining = embedder.training;
  embedder.eval();
  const embed = compile((pixels: Tensor) => no_grad(() => embedder.forward(pixels)), { ...runsOn, name: 'embed' });
  try {
    const parts: Float32Array[] = [];
    for (let start = 0; start < images.length; start += BATCH) {
      const chosen = images.slice(start, start + BATCH).map(({ image }) => image);
      const filled = [...chosen, ...Array.from({ length: BATCH - chosen.length }, () => chosen[0])];
      const rows = await floats(await embed(pixelTensor(filled)));
      parts.push(rows.subarray(0, (rows.length / BATCH) * chosen.length));
      onProgress?.(start + chosen.length);
    }
    return joined(parts, images.length);
  } finally {
    await embed.dispose();
    embedder.train(wasTraining);
  }
}

function joined(parts: readonly Float32Array[], rows: number): Features {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { data, dim: length / rows };
}

/** The pixels themselves, 0 to 1, as features. */
export function pixelFeatures(images: readonly ReidImage[]): Features {
  const { data } = imageBatch(images.map(({ image }) => image));
  return { data, dim: data.length / images.length };
}

/** Makes a function that gives Euclidean distances [Q, G] of features, compiled, in tiles; `dispose` it. */
export function distanceMatrix(runsOn: RunsOn): {
  distances: (query: Features, gallery: Features) => Promise<Float32Array>;
  dispose: () => Promise<void>;
} {
  const pdist = compile((a: Tensor, b: Tensor) => pdist_torch(a, b), { ...runsOn, name: 'distances' });
  const distances = async (query: Features, gallery: Features): Promise<Float32Array> => {
    const { dim } = query;
    const [rows, columns] = [query.data.length / dim, gallery.data.length / dim];
    const matrix = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row += TILE) {
      const left = rowsTensor(query.data.slice(row * dim, (row + TILE) * dim), dim);
      for (let column = 0; column < columns; column += TILE) {
        const right = rowsTensor(gallery.data.slice(column * dim, (column + TILE) * dim), dim);
        const tile = await floats(await pdist(left, right));
        const width = right.shape[0];
        for (let i = 0; i < left.shape[0]; i++) {
          matrix.set(tile.subarray(i * width, (i + 1) * width), (row + i) * columns + column);
        }
      }
    }
    return matrix;
  };
  return { distances, dispose: () => pdist.dispose() };
}
