/** Mean pooling: a linear op, so that its gradient and the op itself are each other's. */
import { dispatch } from '../dispatch.js';
import { avgPoolKernels } from '../kernels/avg-pool.js';
import type { Tensor } from '../tensor.js';
import { pooledMeta } from './windows.js';
import type { AvgPoolAttrs, ConvOps } from './table.js';
import type { Meta, OpRecords } from './types.js';

const metaFor = (x: Meta, attrs: AvgPoolAttrs): Meta => pooledMeta('avg_pool2d', x, { ...attrs, dilation: [1, 1] });

export const avgPoolOps: OpRecords<Pick<ConvOps, 'avg_pool2d' | 'avg_pool2d_dx'>> = {
  avg_pool2d: {
    infer: ([x], attrs) => [metaFor(x, attrs)],
    kernel: avgPoolKernels.avg_pool2d,
    vjp: ({ attrs, inMetas: [x] }, [dy]) => [
      () => dispatch('avg_pool2d_dx', [dy as Tensor], { ...attrs, inputSize: [x.shape[2], x.shape[3]] }),
    ],
  },
  avg_pool2d_dx: {
    infer: ([dy], { inputSize }) => [{ shape: [...dy.shape.slice(0, 2), ...inputSize], dtype: dy.dtype }],
    kernel: avgPoolKernels.avg_pool2d_dx,
    vjp: ({ attrs: { inputSize, ...attrs } }, [ddx]) => {
      void inputSize;
      return [() => dispatch('avg_pool2d', [ddx as Tensor], attrs)];
    },
  },
};
