/** Convolution and max pooling. Each op's gradient is written with the other two of its triple. */
import { badArgument, show } from '../errors.js';
import { dispatch } from '../dispatch.js';
import { narrow } from '../functions/shape.js';
import { convKernels } from '../kernels/conv.js';
import type { Tensor } from '../tensor.js';
import { avgPoolOps } from './avg-pool.js';
import { requireRank, requireSameDtype } from './infer.js';
import type { ConvOps } from './table.js';
import type { Meta, OpRecords } from './types.js';
import { convSize, pooledMeta } from './windows.js';

type Pair = readonly [number, number];

const pair = (shape: readonly number[]): Pair => [shape[2], shape[3]];

/** A transposed convolution may have an output padding of more than the stride: its input then has rows for no dy. */
const cutTo = ({ shape }: Meta, all: Tensor): Tensor =>
  [2, 3].reduce((x, dim) => (x.shape[dim] === shape[dim] ? x : narrow(x, dim, 0, shape[dim])), all);

export const convOps: OpRecords<ConvOps> = {
  conv2d: {
    infer: ([x, w], attrs) => {
      requireSameDtype('conv2d', [w, x], ['weight', 'input']);
      requireRank('conv2d', 'input', x, 4);
      requireRank('conv2d', 'weight', w, 4);
      const [n, c, h, width] = x.shape as readonly [number, number, number, number];
      const [o, cw, kh, kw] = w.shape as readonly [number, number, number, number];
      if (c !== cw * attrs.groups || o % attrs.groups !== 0) {
        throw badArgument('conv2d', 'input', x, `${cw * attrs.groups} channels for weight ${show(w)}`);
      }
      const shape = [n, o, convSize(h, kh, attrs, 0), convSize(width, kw, attrs, 1)];
      if (shape[2] < 1 || shape[3] < 1) {
        throw badArgument('conv2d', 'input', x, `at least the size of the kernel, ${kh} x ${kw}`);
      }
      return [{ shape, dtype: x.dtype }];
    },
    kernel: convKernels.conv2d,
    saves: { ins: [0, 1] },
    vjp: (context, [dy]) => {
      const [x, w] = context.inMetas;
      const g = dy as Tensor;
      return [
        () => dispatch('conv2d_dx', [g, context.in(1)], { ...context.attrs, inputSize: pair(x.shape) }),
        () => dispatch('conv2d_dw', [context.in(0), g], { ...context.attrs, kernelSize: pair(w.shape) }),
      ];
    },
  },
  conv2d_dx: {
    infer: ([dy, w], { inputSize, groups }) => [
      { shape: [dy.shape[0], w.shape[1] * groups, ...inputSize], dtype: dy.dtype },
    ],
    kernel: convKernels.conv2d_dx,
    saves: { ins: [0, 1] },
    vjp: (context, [ddx]) => {
      const [dy, w] = context.inMetas;
      const { inputSize, ...attrs } = context.attrs;
      void inputSize;
      const g = ddx as Tensor;
      return [
        () => cutTo(dy, dispatch('conv2d', [g, context.in(1)], attrs)),
        () => dispatch('conv2d_dw', [g, context.in(0)], { ...attrs, kernelSize: pair(w.shape) }),
      ];
    },
  },
  conv2d_dw: {
    infer: ([x, dy], { kernelSize, groups }) => [
      { shape: [dy.shape[1], x.shape[1] / groups, ...kernelSize], dtype: x.dtype },
    ],
    kernel: convKernels.conv2d_dw,
    saves: { ins: [0, 1] },
    vjp: (context, [ddw]) => {
      const [x, dy] = context.inMetas;
      const { kernelSize, ...attrs } = context.attrs;
      void kernelSize;
      const g = ddw as Tensor;
      return [
        () => dispatch('conv2d_dx', [context.in(1), g], { ...attrs, inputSize: pair(x.shape) }),
        () => cutTo(dy, dispatch('conv2d', [context.in(0), g], attrs)),
      ];
    },
  },
  max_pool2d: {
    infer: ([x], attrs) => [pooledMeta('max_pool2d', x, attrs)],
    kernel: convKernels.max_pool2d,
    saves: { ins: [0] },
    vjp: (context, [dy]) => [() => dispatch('max_pool2d_dx', [dy as Tensor, context.in(0)], context.attrs)],
  },
  max_pool2d_dx: {
    infer: ([, x]) => [x],
    kernel: convKernels.max_pool2d_dx,
    saves: { ins: [1] },
    vjp: (context, [ddx]) => [() => dispatch('max_pool2d_pick', [ddx as Tensor, context.in(1)], context.attrs), null],
  },
  max_pool2d_pick: {
    infer: ([, x], attrs) => [pooledMeta('max_pool2d_pick', x, attrs)],
    kernel: convKernels.max_pool2d_pick,
    saves: { ins: [1] },
    vjp: (context, [dv]) => [() => dispatch('max_pool2d_dx', [dv as Tensor, context.in(1)], context.attrs), null],
  },
  ...avgPoolOps,
};
