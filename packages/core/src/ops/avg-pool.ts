/** Mean pooling: a linear op, so that its gradient and the op itself are each other's. */
import { dispatch } from '../dispatch.js';
import { avgPoolKernels } from '../kernels/avg-pool.js';
import type { Tensor } from '../tensor.js';
import { pooledMeta } from './pooled.js';
import { float } from './samples.js';
import type { AvgPoolAttrs, ConvOps } from './table.js';
import type { Meta, OpRecords, Sample } from './types.js';

const metaFor = (x: Meta, attrs: AvgPoolAttrs): Meta => pooledMeta('avg_pool2d', x, { ...attrs, dilation: [1, 1] });

const base: AvgPoolAttrs = {
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1],
  ceilMode: false,
  countIncludePad: true,
};
const cases: { name: string; x: readonly number[]; attrs: AvgPoolAttrs }[] = [
  { name: '3x3 stride 2', x: [2, 3, 8, 6], attrs: base },
  { name: 'without padding counted', x: [1, 2, 7, 6], attrs: { ...base, countIncludePad: false } },
  { name: '2x2', x: [1, 4, 6, 4], attrs: { ...base, kernel: [2, 2], padding: [0, 0] } },
  { name: 'ceil mode', x: [1, 2, 6, 7], attrs: { ...base, padding: [0, 0], ceilMode: true } },
  { name: 'ceil mode, padded', x: [1, 3, 6, 8], attrs: { ...base, ceilMode: true } },
  {
    name: 'ceil mode, padding not counted',
    x: [1, 1, 6, 8],
    attrs: { ...base, ceilMode: true, countIncludePad: false },
  },
  {
    name: 'uneven with gaps',
    x: [2, 1, 5, 9],
    attrs: { ...base, kernel: [1, 2], stride: [2, 3], padding: [0, 1] },
  },
];

export const avgPoolOps: OpRecords<Pick<ConvOps, 'avg_pool2d' | 'avg_pool2d_dx'>> = {
  avg_pool2d: {
    infer: ([x], attrs) => [metaFor(x, attrs)],
    kernel: avgPoolKernels.avg_pool2d,
    vjp: ({ attrs, inMetas: [x] }, [dy]) => [
      () => dispatch('avg_pool2d_dx', [dy as Tensor], { ...attrs, inputSize: [x.shape[2], x.shape[3]] }),
    ],
    samples: cases.map(({ name, x, attrs }): Sample<'avg_pool2d'> => ({ name, ins: [float(x)], attrs })),
  },
  avg_pool2d_dx: {
    infer: ([dy], { inputSize }) => [{ shape: [...dy.shape.slice(0, 2), ...inputSize], dtype: dy.dtype }],
    kernel: avgPoolKernels.avg_pool2d_dx,
    vjp: ({ attrs: { inputSize, ...attrs } }, [ddx]) => {
      void inputSize;
      return [() => dispatch('avg_pool2d', [ddx as Tensor], attrs)];
    },
    samples: cases.map(({ name, x, attrs }): Sample<'avg_pool2d_dx'> => ({
      name,
      ins: [float(metaFor({ shape: x, dtype: 'float32' }, attrs).shape)],
      attrs: { ...attrs, inputSize: [x[2], x[3]] },
    })),
  },
};
