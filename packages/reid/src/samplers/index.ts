export type { PKSamplerOptions, PKSamplerState } from './pk-sampler.js';
export { PKSampler, pkSamplerStateSchema } from './pk-sampler.js';
export type { RandomSource, RandomState } from './random-source.js';
export {
  randomInteger,
  randomNormalPair,
  randomStateSchema,
  randomUniform,
  shuffled,
  Xoshiro128,
} from './random-source.js';
