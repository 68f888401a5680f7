import { from_numpy } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { Image } from '../images/index.js';
import type { ImageBatch } from '../transforms/index.js';
import { imageBatch } from '../transforms/index.js';

/** A batch as a tensor [N, 3, H, W], values from 0 to 1. */
export function batchTensor({ data, count, height, width }: ImageBatch): Tensor {
  return from_numpy(data, [count, 3, height, width]);
}

/** Pictures as a tensor [N, 3, H, W], values from 0 to 255: what an embedder takes. */
export function pixelTensor(images: readonly Image[]): Tensor {
  const batch = imageBatch(images);
  // Rounded, as bytes divided by 255 and multiplied again need not be whole.
  return batchTensor({ ...batch, data: batch.data.map((value) => Math.round(value * 255)) });
}

/** Rows of `dim` numbers as a tensor [N, dim]. */
export function rowsTensor(data: Float32Array, dim: number): Tensor {
  return from_numpy(data, [data.length / dim, dim]);
}
