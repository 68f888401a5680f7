export type { Augmentation, RandomErasingOptions } from './augment.js';
export {
  compose,
  emojiAugmentation,
  personAugmentation,
  randomBrightness,
  randomContrast,
  randomErasing,
  randomHorizontalFlip,
  randomNoise,
  randomShift,
} from './augment.js';
export type { ImageBatch } from './batch.js';
export { imageBatch } from './batch.js';
