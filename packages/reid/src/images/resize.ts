import type { Image } from './image.js';
import { createImage } from './image.js';

/** For one axis: output i is the weighted sum of `counts[i]` inputs from `starts[i]` on; weights lie `stride` apart. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Float64Array;
  readonly stride: number;
}

/**
 * Shrinking averages the input pixels that an output pixel covers, each by its covered share (no aliasing);
 * enlarging interpolates linearly between pixel centres.
 */
function axisWeights(inputSize: number, outputSize: number): AxisWeights {
  const scale = inputSize / outputSize;
  const stride = Math.max(2, Math.ceil(scale) + 1);
  const starts = new Int32Array(outputSize);
  const counts = new Int32Array(outputSize);
  const weights = new Float64Array(outputSize * stride);
  for (let i = 0; i < outputSize; i++) {
    if (scale >= 1) {
      const from = i * scale;
      const to = Math.min(inputSize, from + scale);
      const start = Math.floor(from);
      const end = Math.min(inputSize, Math.ceil(to));
      starts[i] = start;
      counts[i] = end - start;
      for (let j = start; j < end; j++) {
        weights[i * stride + j - start] = (Math.min(to, j + 1) - Math.max(from, j)) / (to - from);
      }
    } else {
      const centre = Math.min(inputSize - 1, Math.max(0, (i + 0.5) * scale - 0.5));
      const start = Math.min(Math.floor(centre), Math.max(0, inputSize - 2));
      const share = centre - start;
      starts[i] = start;
      counts[i] = Math.min(2, inputSize);
      weights[i * stride] = 1 - share;
      weights[i * stride + 1] = share;
    }
  }
  return { starts, counts, weights, stride };
}

/**
 * Resizes to `width` x `height`, ignoring the aspect ratio: area averaging where the picture shrinks, linear
 * interpolation where it grows. Returns the same object when the size is already right.
 * @throws RangeError when a size is not a positive integer.
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`resizeImage: size is ${width}x${height}; expected positive integers`);
  }
  if (image.width === width && image.height === height) {
    return image;
  }
  const across = axisWeights(image.width, width);
  const rows = new Float64Array(image.height * width * 3);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      for (let j = 0; j < across.counts[x]; j++) {
        const weight = across.weights[x * across.stride + j];
        const source = (y * image.width + across.starts[x] + j) * 3;
        const target = (y * width + x) * 3;
        rows[target] += weight * image.data[source];
        rows[target + 1] += weight * image.data[source + 1];
        rows[target + 2] += weight * image.data[source + 2];
      }
    }
  }
  const down = axisWeights(image.height, height);
  const rowLength = width * 3;
  const data = new Uint8Array(height * rowLength);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < rowLength; i++) {
      let sum = 0;
      for (let j = 0; j < down.counts[y]; j++) {
        sum += down.weights[y * down.stride + j] * rows[(down.starts[y] + j) * rowLength + i];
      }
      data[y * rowLength + i] = Math.round(sum);
    }
  }
  return createImage(width, height, data);
}
