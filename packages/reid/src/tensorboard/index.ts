export { SummaryWriter } from './summary-writer.js';
export type { Scalar, SummaryWriterOptions } from './summary-writer.js';
