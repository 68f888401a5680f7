export type { EvaluationDirection, ImageSize, ReidDataset, ReidImage } from './dataset.js';
export type { EmojiDatasetOptions } from './emoji.js';
export { emojiDataset } from './emoji.js';
export type { Market1501Name, Market1501Options } from './market1501.js';
export { market1501Dataset, parseMarket1501Name } from './market1501.js';
