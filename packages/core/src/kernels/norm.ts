import type { KernelArray } from '../dtype.js';
import type { NormOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import { sizeBetween } from './strides.js';

/** x [N, C, ...] as N x C runs of `inner` elements. */
interface Channels {
  images: number;
  channels: number;
  inner: number;
}

function channelsOf({ shape }: Block): Channels {
  return { images: shape[0], channels: shape[1], inner: sizeBetween(shape, 2, shape.length) };
}

/** Mean and biased variance of channel `c`, in two passes and in double. */
function statistics(
  x: KernelArray,
  c: number,
  { images, channels, inner }: Channels,
): [mean: number, variance: number] {
  const count = images * inner;
  let sum = 0;
  for (let n = 0; n < images; n++) {
    const start = (n * channels + c) * inner;
    for (let i = start; i < start + inner; i++) sum += x[i];
  }
  const mean = sum / count;
  let squares = 0;
  for (let n = 0; n < images; n++) {
    const start = (n * channels + c) * inner;
    for (let i = start; i < start + inner; i++) squares += (x[i] - mean) * (x[i] - mean);
  }
  return [mean, squares / count];
}

/** y = (x - mean) * scale + bias on channel `c`. */
function normalise(
  x: KernelArray,
  y: KernelArray,
  c: number,
  { images, channels, inner }: Channels,
  mean: number,
  scale: number,
  bias: number,
): void {
  for (let n = 0; n < images; n++) {
    const start = (n * channels + c) * inner;
    for (let i = start; i < start + inner; i++) y[i] = (x[i] - mean) * scale + bias;
  }
}

export const normKernels: KernelTable<NormOps> = {
  batch_norm_train: ([x, weight, bias], [y, batchMean, batchVar], { eps }) => {
    const layout = channelsOf(x);
    for (let c = 0; c < layout.channels; c++) {
      const [mean, variance] = statistics(x.data, c, layout);
      batchMean.data[c] = mean;
      batchVar.data[c] = variance;
      const scale = weight.data[c] / Math.sqrt(variance + eps);
      normalise(x.data, y.data, c, layout, mean, scale, bias.data[c]);
    }
  },
  batch_norm_eval: ([x, weight, bias, mean, variance], [y], { eps }) => {
    const layout = channelsOf(x);
    for (let c = 0; c < layout.channels; c++) {
      const scale = weight.data[c] / Math.sqrt(variance.data[c] + eps);
      normalise(x.data, y.data, c, layout, mean.data[c], scale, bias.data[c]);
    }
  },
};
