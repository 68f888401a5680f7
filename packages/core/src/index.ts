/**
 * reidgrad's core: tensors, autograd, modules and optimizers in PyTorch's shape. `import * as torch from '@reidgrad/core'`.
 */
export { Tensor } from './tensor.js';
export * from './functions/index.js';
export { check } from './trace/check.js';
export {
  enable_grad,
  get_default_dtype,
  is_grad_enabled,
  no_grad,
  set_default_dtype,
  set_grad_enabled,
} from './autograd/mode.js';
export * as autograd from './autograd/index.js';
export type { DType, Shape } from './dtype.js';
export { Generator, defaultGenerator } from './random/generator.js';
export * from './dtypes.js';
export { sync } from './sync.js';
export * as nn from './nn/index.js';
export * as optim from './optim/index.js';
export * as utils from './utils/index.js';
