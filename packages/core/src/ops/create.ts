import { badArgument } from '../errors.js';
import { createKernels } from '../kernels/create.js';
import type { CreateOps } from './table.js';
import type { OpRecords } from './types.js';

/** Tensors from nothing. */
export const createOps: OpRecords<CreateOps> = {
  full: {
    infer: (_, { shape, dtype, value }) => {
      if (dtype === 'int64' && !(Math.abs(value) <= 2 ** 53)) {
        throw badArgument('full', 'fill_value', value, 'an integer of at most 2^53, what int64 holds here');
      }
      return [{ shape, dtype }];
    },
    kernel: createKernels.full,
    samples: [
      { name: 'matrix', ins: [], attrs: { shape: [2, 3], dtype: 'float32', value: 1.5 } },
      { name: 'scalar', ins: [], attrs: { shape: [], dtype: 'float32', value: -2 } },
      { name: 'integers', ins: [], attrs: { shape: [4], dtype: 'int64', value: 7 } },
    ],
  },
  arange: {
    infer: (_, { n, dtype }) => [{ shape: [n], dtype }],
    kernel: createKernels.arange,
    samples: [
      { name: 'integers', ins: [], attrs: { n: 5, dtype: 'int64' } },
      { name: 'floats', ins: [], attrs: { n: 5, dtype: 'float32' } },
    ],
  },
  random: {
    infer: (_, { shape, dtype }) => [{ shape, dtype }],
    kernel: createKernels.random,
    samples: [],
  },
};
