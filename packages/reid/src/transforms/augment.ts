import type { RandomSource } from '../samplers/index.js';
import { randomInteger, randomNormalPair, randomUniform } from '../samplers/index.js';
import type { ImageBatch } from './batch.js';

/** Changes a batch in place, each picture by its own random numbers. */
export type Augmentation = (batch: ImageBatch, random: RandomSource) => void;

/** A view of picture `n`: its three planes. */
function pictureOf(batch: ImageBatch, n: number): Float32Array {
  const size = 3 * batch.height * batch.width;
  return batch.data.subarray(n * size, (n + 1) * size);
}

function checkRange(caller: string, name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) {
    throw new RangeError(`${caller}: ${name} is ${value}; expected ${low} to ${high}`);
  }
}

/**
 * Shifts each picture by up to `pixels` in both directions: padding by `pixels` and cropping back at random.
 * @param fill the value of what comes in from outside: 0 is black as in `torchvision`'s padding, 1 is white
 */
export function randomShift(pixels: number, fill = 0): Augmentation {
  checkRange('randomShift', 'pixels', pixels, 0, Infinity);
  return (batch, random) => {
    const { height, width } = batch;
    for (let n = 0; n < batch.count; n++) {
      const picture = pictureOf(batch, n);
      const before = picture.slice();
      const dy = randomInteger(random, 2 * pixels + 1) - pixels;
      const dx = randomInteger(random, 2 * pixels + 1) - pixels;
      for (let channel = 0; channel < 3; channel++) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
            const from = (channel * height + y + dy) * width + x + dx;
            picture[(channel * height + y) * width + x] = inside ? before[from] : fill;
          }
        }
      }
    }
  };
}

/** Mirrors each picture, left to right, with the given probability. Not for pictures with text or flags. */
export function randomHorizontalFlip(probability = 0.5): Augmentation {
  checkRange('randomHorizontalFlip', 'probability', probability, 0, 1);
  return (batch, random) => {
    for (let n = 0; n < batch.count; n++) {
      if (random.next() < probability) {
        const picture = pictureOf(batch, n);
        for (let row = 0; row < picture.length; row += batch.width) {
          picture.subarray(row, row + batch.width).reverse();
        }
      }
    }
  };
}

/** Adds to each picture one number from -`amount` to `amount`; values stay in 0..1. */
export function randomBrightness(amount: number): Augmentation {
  checkRange('randomBrightness', 'amount', amount, 0, 1);
  return (batch, random) => {
    for (let n = 0; n < batch.count; n++) {
      const picture = pictureOf(batch, n);
      const offset = randomUniform(random, -amount, amount);
      for (let i = 0; i < picture.length; i++) {
        picture[i] = Math.min(1, Math.max(0, picture[i] + offset));
      }
    }
  };
}

/** Spreads each picture around its mean by a factor from 1 - `amount` to 1 + `amount`; values stay in 0..1. */
export function randomContrast(amount: number): Augmentation {
  checkRange('randomContrast', 'amount', amount, 0, 1);
  return (batch, random) => {
    for (let n = 0; n < batch.count; n++) {
      const picture = pictureOf(batch, n);
      const factor = randomUniform(random, 1 - amount, 1 + amount);
      const mean = picture.reduce((sum, value) => sum + value, 0) / picture.length;
      for (let i = 0; i < picture.length; i++) {
        picture[i] = Math.min(1, Math.max(0, mean + (picture[i] - mean) * factor));
      }
    }
  };
}

/** Adds normal noise of the given standard deviation to every value; values stay in 0..1. */
export function randomNoise(deviation: number): Augmentation {
  checkRange('randomNoise', 'deviation', deviation, 0, 1);
  return ({ data }, random) => {
    for (let i = 0; i < data.length; i += 2) {
      const pair = randomNormalPair(random);
      for (let j = 0; j < 2 && i + j < data.length; j++) {
        data[i + j] = Math.min(1, Math.max(0, data[i + j] + deviation * pair[j]));
      }
    }
  };
}

/** Options of {@link randomErasing}; the defaults are those of Zhong et al. and of Bag of Tricks. */
export interface RandomErasingOptions {
  /** How often a picture is changed; 0.5. */
  readonly probability?: number;
  /** Smallest and largest erased share of the area; 0.02 to 0.4. */
  readonly area?: readonly [number, number];
  /** Smallest ratio of height to width, its inverse is the largest; 0.3. */
  readonly ratio?: number;
  /** The value written, one a channel; 0.4914, 0.4822, 0.4465. */
  readonly fill?: readonly [number, number, number];
}

/** Rectangles that do not fit are drawn again, this often at most. */
const ERASING_ATTEMPTS = 100;

/** Overwrites a random rectangle of some pictures ("Random Erasing Data Augmentation", Zhong et al. 2017). */
export function randomErasing(options: RandomErasingOptions = {}): Augmentation {
  const { probability = 0.5, area = [0.02, 0.4], ratio = 0.3, fill = [0.4914, 0.4822, 0.4465] } = options;
  checkRange('randomErasing', 'probability', probability, 0, 1);
  checkRange('randomErasing', 'area[0]', area[0], 0, area[1]);
  checkRange('randomErasing', 'area[1]', area[1], 0, 1);
  checkRange('randomErasing', 'ratio', ratio, Number.MIN_VALUE, 1);
  const eraseOne = (picture: Float32Array, height: number, width: number, random: RandomSource): void => {
    for (let attempt = 0; attempt < ERASING_ATTEMPTS; attempt++) {
      const target = randomUniform(random, area[0], area[1]) * height * width;
      const aspect = randomUniform(random, ratio, 1 / ratio);
      const tall = Math.round(Math.sqrt(target * aspect));
      const wide = Math.round(Math.sqrt(target / aspect));
      if (tall < height && wide < width) {
        const top = randomInteger(random, height - tall + 1);
        const left = randomInteger(random, width - wide + 1);
        for (let channel = 0; channel < 3; channel++) {
          for (let y = top; y < top + tall; y++) {
            const row = (channel * height + y) * width;
            picture.fill(fill[channel], row + left, row + left + wide);
          }
        }
        return;
      }
    }
  };
  return (batch, random) => {
    for (let n = 0; n < batch.count; n++) {
      if (random.next() < probability) {
        eraseOne(pictureOf(batch, n), batch.height, batch.width, random);
      }
    }
  };
}

/** Applies augmentations one after the other. */
export function compose(...steps: readonly Augmentation[]): Augmentation {
  steps.forEach((step, i) => {
    if (typeof step !== 'function')
      throw new Error(`compose: steps[${i}] is ${String(step)}; expected an augmentation`);
  });
  return (batch, random) => steps.forEach((step) => step(batch, random));
}

/** For drawn pictures on white: shift, brightness, contrast, noise. No flip, as mirrored flags and text are others. */
export function emojiAugmentation(): Augmentation {
  return compose(randomShift(2, 1), randomBrightness(0.1), randomContrast(0.2), randomNoise(0.02));
}

/** For pictures of persons: flip, shift, brightness, contrast, erasing of small parts. */
export function personAugmentation(): Augmentation {
  const erasing = randomErasing({ probability: 0.3, area: [0.02, 0.2] });
  return compose(randomHorizontalFlip(), randomShift(3), randomBrightness(0.1), randomContrast(0.2), erasing);
}
