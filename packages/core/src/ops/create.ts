import { isInteger } from '../dtype.js';
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
      if (isInteger(dtype) && !Number.isFinite(value)) {
        throw badArgument('full', 'fill_value', value, `a finite number for ${dtype}`);
      }
      return [{ shape, dtype }];
    },
    kernel: createKernels.full,
  },
  arange: {
    infer: (_, { n, dtype }) => [{ shape: [n], dtype }],
    kernel: createKernels.arange,
  },
  random: {
    infer: (_, { shape, dtype }) => [{ shape, dtype }],
    kernel: createKernels.random,
  },
};
