/** One parameter's optimizer update as one op: a host kernel on CPU, expanded into nodes on GPUs and in files. */
import { optimKernels } from '../kernels/optim.js';
import type { OptimOps } from './table.js';
import type { OpRecords } from './types.js';

export const optimOps: OpRecords<OptimOps> = {
  sgd_step: {
    infer: ([parameter]) => [parameter, parameter],
    kernel: optimKernels.sgd_step,
  },
  adam_step: {
    infer: ([parameter]) => [parameter, parameter, parameter],
    kernel: optimKernels.adam_step,
  },
};
