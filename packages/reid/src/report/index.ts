export type { RankingExample, ReportData } from './data.js';
export { reportDataSchema } from './data.js';
export type { RankingExamplesOptions } from './examples.js';
export { rankingExamples, rankingInput } from './examples.js';
export { renderReport } from './report.js';
