import type { Image } from '../images/index.js';

/** Pictures as numbers: `data[((n * 3 + channel) * height + y) * width + x]`, from 0 to 1. */
export interface ImageBatch {
  readonly data: Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Puts pictures of one size into one float array of shape [N, 3, H, W], values from 0 to 1. Mean and standard
 * deviation are not applied: the model does that, so that it cannot be forgotten or done twice.
 * @throws RangeError when there is no picture, or sizes differ.
 * @example
 * const { data, count, height, width } = imageBatch(indices.map((index) => dataset.train[index].image));
 */
export function imageBatch(images: readonly Image[]): ImageBatch {
  if (images.length === 0) {
    throw new RangeError('imageBatch: images is empty; expected at least one picture');
  }
  const { height, width } = images[0];
  const plane = height * width;
  const data = new Float32Array(images.length * 3 * plane);
  images.forEach((image, n) => {
    if (image.height !== height || image.width !== width) {
      const got = `${image.height}x${image.width}`;
      throw new RangeError(`imageBatch: images[${n}] is ${got}; expected ${height}x${width} as images[0]`);
    }
    for (let pixel = 0; pixel < plane; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        data[(n * 3 + channel) * plane + pixel] = image.data[pixel * 3 + channel] / 255;
      }
    }
  });
  return { data, count: images.length, height, width };
}
