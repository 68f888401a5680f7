import { badArgument } from '../errors.js';
import { defaultGenerator } from '../random/generator.js';
import type { CreateOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import type { FloatArray } from '../dtype.js';

function floatData(out: Block, distribution: string): FloatArray {
  const { data, dtype } = out;
  if (dtype !== 'int64' && (data instanceof Float32Array || data instanceof Float64Array)) return data;
  throw badArgument(distribution, 'dtype', dtype, 'a floating dtype');
}

export const createKernels: KernelTable<CreateOps> = {
  full: (_ins, [out], { value }) => {
    out.data.fill(out.dtype === 'bool' ? Number(value !== 0) : value);
  },
  arange: (_ins, [{ data }], { n }) => {
    for (let i = 0; i < n; i++) data[i] = i;
  },
  random: (_ins, [out], attrs) => {
    switch (attrs.distribution) {
      case 'uniform':
        return defaultGenerator.uniform_(floatData(out, 'uniform'), attrs.low, attrs.high);
      case 'normal':
        return defaultGenerator.normal_(floatData(out, 'normal'), attrs.mean, attrs.std);
      case 'bernoulli':
        return defaultGenerator.bernoulli_(out.data, attrs.p);
      case 'randint':
        return defaultGenerator.randint_(out.data, attrs.low, attrs.high);
    }
  },
};
