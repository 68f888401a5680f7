export { euclideanDistances, normalizeRows } from './distances.js';
export type { EvaluationResult, Ranking, RankingInput } from './evaluate.js';
export { evaluate, rankedGallery } from './evaluate.js';
