export type { ChartOptions, ChartSeries } from './chart.js';
export { chartSvg } from './chart.js';
export type { RankingExample, ReportData } from './data.js';
export { reportDataSchema } from './data.js';
export type { RankingExamplesOptions } from './examples.js';
export { rankingExamples, rankingInput } from './examples.js';
export { renderReport } from './report.js';
