/** Exports to ONNX. `import * as onnx from '@reidgrad/onnx-export'`, then `onnx.export(...)`. */
export * from './export/index.js';
export { readModel } from './onnx/read.js';
export { writeModel } from './onnx/write.js';
export { checkModel } from './onnx/rules.js';
export type { Violation } from './onnx/rules.js';
export type { OnnxModel, OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from './onnx/model.js';
export type { Provider } from './lower/types.js';
