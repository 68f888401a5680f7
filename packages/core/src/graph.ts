/** What the other packages need of core: graphs, op types and records, dtypes, errors. Subpath `@reidgrad/core/graph`. */
export type * from './trace/graph.js';
export type * from './trace/host-scalar.js';
export type * from './ops/table.js';
export type { Block, Kernel, Meta, OpRecord, Sample, SampleInput } from './ops/types.js';
export { records } from './ops/registry.js';
export { samples } from './ops/samples.js';
export { dispatch } from './dispatch.js';
export * from './dtype.js';
export {
  CallError,
  api,
  badArgument,
  isTensor,
  requireChoice,
  requireCount,
  requireCounts,
  requireList,
  requireTensor,
  show,
} from './errors.js';
export { indexText } from './functions/indexing.js';
export * from './storage.js';
export { fromHalf, roundToHalf, toHalf, widenHalf } from './half.js';
export { interpret, runNode, sourceValues } from './trace/interpret.js';
export type { Values } from './trace/interpret.js';
export { fixSize } from './trace/fixed-size.js';
export { formatGraph } from './trace/format.js';
export { originText } from './trace/origin.js';
export { trace } from './trace/trace.js';
export type { LeftGrad, Program, TraceOptions } from './trace/trace.js';
export { compileWith, interpreter } from './trace/compiled.js';
export type { Backend, Compiled, CompiledOptions, Executable } from './trace/compiled.js';
export { buildTree, flattenTree } from './trace/tree.js';
export type { Leaf, Tree } from './trace/tree.js';
