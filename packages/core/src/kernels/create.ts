import { badArgument } from '../errors.js';
import { defaultGenerator } from '../random/generator.js';
import type { Generator } from '../random/generator.js';
import type { CreateOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import type { FloatArray } from '../dtype.js';

function floatData(out: Block, distribution: string): FloatArray {
  const { data, dtype } = out;
  if (dtype !== 'int64' && (data instanceof Float32Array || data instanceof Float64Array)) return data;
  throw badArgument(distribution, 'dtype', dtype, 'a floating dtype');
}

/** Whose numbers the ops draw. */
let source = defaultGenerator;

/** Runs `draw` with the numbers of another generator. */
export function drawFrom<T>(generator: Generator, draw: () => T): T {
  source = generator;
  try {
    return draw();
  } finally {
    source = defaultGenerator;
  }
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
        return source.uniform_(floatData(out, 'uniform'), attrs.low, attrs.high);
      case 'normal':
        return source.normal_(floatData(out, 'normal'), attrs.mean, attrs.std);
      case 'bernoulli':
        return source.bernoulli_(out.data, attrs.p);
      case 'randint':
        return source.randint_(out.data, attrs.low, attrs.high);
    }
  },
};
