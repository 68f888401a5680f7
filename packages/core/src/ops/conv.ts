/** Convolution and max pooling. Each op's gradient is written with the other two of its triple. */
import { badArgument, show } from '../errors.js';
import { dispatch } from '../dispatch.js';
import { convKernels } from '../kernels/conv.js';
import type { Tensor } from '../tensor.js';
import { avgPoolOps } from './avg-pool.js';
import { pooledMeta } from './pooled.js';
import { requireRank, requireSameDtype } from './infer.js';
import { float } from './samples.js';
import type { ConvAttrs, ConvOps, PoolAttrs } from './table.js';
import type { OpRecords, Sample } from './types.js';

export { pooledSize } from './pooled.js';

type Pair = readonly [number, number];

/** Size of a convolution's output along one dim. */
function convSize(size: number, kernel: number, attrs: ConvAttrs, axis: 0 | 1): number {
  const { stride, padding, dilation } = attrs;
  return Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel - 1) - 1) / stride[axis]) + 1;
}

const base: ConvAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };

interface ConvCase {
  name: string;
  x: readonly number[];
  w: readonly number[];
  attrs: ConvAttrs;
}

/** Channel counts odd, 2 mod 4 and 0 mod 4: runtimes pack channels by four. */
const cases: ConvCase[] = [
  { name: '3x3 padded', x: [2, 3, 5, 4], w: [4, 3, 3, 3], attrs: { ...base, padding: [1, 1] } },
  { name: '3x3 stride 2', x: [2, 4, 7, 6], w: [6, 4, 3, 3], attrs: { ...base, stride: [2, 2], padding: [1, 1] } },
  { name: '1x1', x: [2, 6, 4, 3], w: [5, 6, 1, 1], attrs: base },
  { name: '1x1 stride 2', x: [2, 4, 6, 5], w: [8, 4, 1, 1], attrs: { ...base, stride: [2, 2] } },
  { name: 'dilated', x: [1, 2, 7, 7], w: [3, 2, 3, 3], attrs: { ...base, padding: [2, 2], dilation: [2, 2] } },
  { name: 'grouped', x: [2, 4, 5, 5], w: [6, 2, 3, 3], attrs: { ...base, padding: [1, 1], groups: 2 } },
  { name: 'depthwise', x: [2, 4, 5, 5], w: [4, 1, 3, 3], attrs: { ...base, padding: [1, 1], groups: 4 } },
  { name: 'uneven', x: [1, 3, 6, 8], w: [2, 3, 2, 3], attrs: { ...base, stride: [1, 2], padding: [0, 1] } },
];

function outShape({ x, w, attrs }: ConvCase): number[] {
  return [x[0], w[0], convSize(x[2], w[2], attrs, 0), convSize(x[3], w[3], attrs, 1)];
}

const pair = (shape: readonly number[]): Pair => [shape[2], shape[3]];

const pools: { name: string; x: readonly number[]; attrs: PoolAttrs }[] = [
  {
    name: '3x3 stride 2',
    x: [2, 3, 8, 6],
    attrs: { kernel: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1], ceilMode: false },
  },
  {
    name: '2x2',
    x: [1, 4, 6, 4],
    attrs: { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceilMode: false },
  },
  {
    name: 'ceil mode',
    x: [1, 2, 6, 7],
    attrs: { kernel: [3, 3], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceilMode: true },
  },
];

/** Values on a grid: ties occur, and the gradient must go to the first. */
const tiedImage = (shape: readonly number[]): ReturnType<typeof float> => float(shape, { low: -2, high: 3, step: 1 });

export const convOps: OpRecords<ConvOps> = {
  conv2d: {
    infer: ([x, w], attrs) => {
      requireSameDtype('conv2d', [x, w]);
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
    samples: cases.map(({ name, x, w, attrs }): Sample<'conv2d'> => ({ name, ins: [float(x), float(w)], attrs })),
  },
  conv2d_dx: {
    infer: ([dy, w], { inputSize, groups }) => [
      { shape: [dy.shape[0], w.shape[1] * groups, ...inputSize], dtype: dy.dtype },
    ],
    kernel: convKernels.conv2d_dx,
    saves: { ins: [0, 1] },
    vjp: (context, [ddx]) => {
      const [, w] = context.inMetas;
      const { inputSize, ...attrs } = context.attrs;
      void inputSize;
      const g = ddx as Tensor;
      return [
        () => dispatch('conv2d', [g, context.in(1)], attrs),
        () => dispatch('conv2d_dw', [g, context.in(0)], { ...attrs, kernelSize: pair(w.shape) }),
      ];
    },
    samples: cases.map((c): Sample<'conv2d_dx'> => ({
      name: c.name,
      ins: [float(outShape(c)), float(c.w)],
      attrs: { ...c.attrs, inputSize: pair(c.x) },
    })),
  },
  conv2d_dw: {
    infer: ([x, dy], { kernelSize, groups }) => [
      { shape: [dy.shape[1], x.shape[1] / groups, ...kernelSize], dtype: x.dtype },
    ],
    kernel: convKernels.conv2d_dw,
    saves: { ins: [0, 1] },
    vjp: (context, [ddw]) => {
      const [x] = context.inMetas;
      const { kernelSize, ...attrs } = context.attrs;
      void kernelSize;
      const g = ddw as Tensor;
      return [
        () => dispatch('conv2d_dx', [context.in(1), g], { ...attrs, inputSize: pair(x.shape) }),
        () => dispatch('conv2d', [context.in(0), g], attrs),
      ];
    },
    samples: cases.map((c): Sample<'conv2d_dw'> => ({
      name: c.name,
      ins: [float(c.x), float(outShape(c))],
      attrs: { ...c.attrs, kernelSize: pair(c.w) },
    })),
  },
  max_pool2d: {
    infer: ([x], attrs) => [pooledMeta('max_pool2d', x, attrs)],
    kernel: convKernels.max_pool2d,
    saves: { ins: [0] },
    vjp: (context, [dy]) => [() => dispatch('max_pool2d_dx', [dy as Tensor, context.in(0)], context.attrs)],
    samples: [
      ...pools.map(({ name, x, attrs }): Sample<'max_pool2d'> => ({ name, ins: [float(x)], attrs })),
      ...pools.map(({ name, x, attrs }): Sample<'max_pool2d'> => ({
        name: `${name}, ties`,
        ins: [tiedImage(x)],
        attrs,
      })),
    ],
  },
  max_pool2d_dx: {
    infer: ([, x]) => [x],
    kernel: convKernels.max_pool2d_dx,
    saves: { ins: [1] },
    vjp: (context, [ddx]) => [() => dispatch('max_pool2d_pick', [ddx as Tensor, context.in(1)], context.attrs), null],
    samples: pools.map(({ name, x, attrs }): Sample<'max_pool2d_dx'> => ({
      name,
      ins: [float(pooledMeta('max_pool2d', { shape: x, dtype: 'float32' }, attrs).shape), tiedImage(x)],
      attrs,
    })),
  },
  max_pool2d_pick: {
    infer: ([, x], attrs) => [pooledMeta('max_pool2d_pick', x, attrs)],
    kernel: convKernels.max_pool2d_pick,
    saves: { ins: [1] },
    vjp: (context, [dv]) => [() => dispatch('max_pool2d_dx', [dv as Tensor, context.in(1)], context.attrs), null],
    samples: pools.map(({ name, x, attrs }): Sample<'max_pool2d_pick'> => ({
      name,
      ins: [float(x), tiedImage(x)],
      attrs,
    })),
  },
  ...avgPoolOps,
};
