/**
 * PyTorch's files: `torch.load` and `torch.save`. Subpath `@reidgrad/core/serialization`, so that only programs that use
 * it carry it.
 */
export { load } from './load.js';
export type { LoadOptions } from './load.js';
export { save } from './save.js';
export { stateDictOf } from './state-dict.js';
export { PythonObject } from './values.js';
