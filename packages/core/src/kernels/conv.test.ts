import { describe, expect, it } from 'vitest';
import type { ConvAttrs } from '../ops/table.js';
import { convKernels as kernels } from './conv.js';
import { block, indices, random, values } from './kernels.testing.js';

interface Case extends ConvAttrs {
  name: string;
  x: [number, number, number, number];
  w: [number, number, number, number];
}

const cases: Case[] = [
  { name: 'plain 3x3', x: [2, 3, 6, 5], w: [4, 3, 3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 },
  {
    name: 'large enough to be blocked',
    x: [1, 8, 12, 11],
    w: [9, 8, 3, 3],
    stride: [1, 1],
    padding: [1, 1],
    dilation: [1, 1],
    groups: 1,
  },
  {
    name: 'uneven everything',
    x: [2, 2, 9, 7],
    w: [3, 2, 2, 3],
    stride: [2, 3],
    padding: [2, 1],
    dilation: [3, 2],
    groups: 1,
  },
  { name: '1x1', x: [2, 5, 4, 3], w: [6, 5, 1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 },
  {
    name: '1x1 with stride',
    x: [2, 4, 5, 4],
    w: [2, 4, 1, 1],
    stride: [2, 2],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 1,
  },
  {
    name: '1x1 with groups',
    x: [2, 4, 3, 3],
    w: [6, 2, 1, 1],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 2,
  },
  { name: 'groups', x: [2, 6, 5, 5], w: [4, 3, 3, 3], stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2 },
  { name: 'depthwise', x: [2, 3, 6, 5], w: [3, 1, 3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 3 },
  {
    name: 'depthwise, two per group',
    x: [2, 3, 7, 5],
    w: [6, 1, 3, 2],
    stride: [2, 1],
    padding: [1, 1],
    dilation: [2, 1],
    groups: 3,
  },
  {
    name: 'one input channel',
    x: [2, 1, 5, 5],
    w: [3, 1, 3, 3],
    stride: [1, 2],
    padding: [0, 1],
    dilation: [1, 1],
    groups: 1,
  },
  {
    name: 'padding wider than the kernel',
    x: [1, 2, 2, 2],
    w: [2, 2, 1, 2],
    stride: [1, 1],
    padding: [3, 3],
    dilation: [1, 1],
    groups: 1,
  },
  {
    name: 'an empty batch',
    x: [0, 2, 4, 4],
    w: [3, 2, 3, 3],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    groups: 1,
  },
];

const outShape = ({ x, w, stride, padding, dilation }: Case): number[] => [
  x[0],
  w[0],
  ...[0, 1].map((a) => Math.floor((x[2 + a] + 2 * padding[a] - dilation[a] * (w[2 + a] - 1) - 1) / stride[a]) + 1),
];

/** Calls `visit` with the flat positions (in x, w, y) of every product of the convolution. */
function products(c: Case, visit: (x: number, w: number, y: number) => void): void {
  const y = outShape(c);
  let at = 0;
  for (const [n, o, oy, ox] of indices(y)) {
    const firstChannel = Math.floor((o * c.groups) / c.w[0]) * c.w[1];
    for (const [k, i, j] of indices(c.w.slice(1))) {
      const iy = oy * c.stride[0] - c.padding[0] + i * c.dilation[0];
      const ix = ox * c.stride[1] - c.padding[1] + j * c.dilation[1];
      if (iy < 0 || iy >= c.x[2] || ix < 0 || ix >= c.x[3]) continue;
      const inX = ((n * c.x[1] + firstChannel + k) * c.x[2] + iy) * c.x[3] + ix;
      visit(inX, ((o * c.w[1] + k) * c.w[2] + i) * c.w[3] + j, at);
    }
    at++;
  }
}

describe.each(cases)('convolution: $name', (c) => {
  const shape = outShape(c);
  const { stride, padding, dilation, groups } = c;
  const attrs = { stride, padding, dilation, groups };

  // Multiples of 1/4 keep every sum exact, so that float32 results are compared for equality.
  it.each(['float32', 'float64'] as const)('%s', (dtype) => {
    const x = random(dtype, c.x, 1);
    const w = random(dtype, c.w, 2);
    const dy = random(dtype, shape, 3);
    const y = new Array<number>(dy.data.length).fill(0);
    const dx = new Array<number>(x.data.length).fill(0);
    const dw = new Array<number>(w.data.length).fill(0);
    products(c, (i, j, k) => {
      y[k] += x.data[i] * w.data[j];
      dx[i] += dy.data[k] * w.data[j];
      dw[j] += dy.data[k] * x.data[i];
    });
    const inputSize = [c.x[2], c.x[3]] as const;
    const kernelSize = [c.w[2], c.w[3]] as const;
    // `+ 0` turns -0 into 0.
    const plain = (v: number[]) => v.map((e) => e + 0);
    expect(plain(values(kernels.conv2d, [x, w], dtype, shape, attrs))).toEqual(plain(y));
    expect(plain(values(kernels.conv2d_dx, [dy, w], dtype, c.x, { ...attrs, inputSize }))).toEqual(plain(dx));
    expect(plain(values(kernels.conv2d_dw, [x, dy], dtype, c.w, { ...attrs, kernelSize }))).toEqual(plain(dw));
  });
});

describe('convolution against PyTorch', () => {
  const ramp = (count: number, k: number, m: number) =>
    Array.from({ length: count }, (_, i) => ((i * k) % m) - Math.floor(m / 2));

  it('gives the same numbers', () => {
    const x = block('float64', [1, 2, 4, 3], ramp(24, 7, 11));
    const w = block('float64', [2, 2, 3, 2], ramp(24, 5, 7));
    const dy = block('float64', [1, 2, 2, 3], ramp(12, 3, 5));
    const attrs = { stride: [2, 1], padding: [1, 1], dilation: [1, 2], groups: 1 } as const;
    expect(values(kernels.conv2d, [x, w], 'float64', dy.shape, attrs)).toEqual([
      -12, 30, 5, -5, -14, -1, 8, 2, -10, 10, -6, -14,
    ]);
    expect(values(kernels.conv2d_dx, [dy, w], 'float64', x.shape, { ...attrs, inputSize: [4, 3] })).toEqual([
      3, 0, -4, 1, 4, 5, 6, -7, -4, 0, -4, 4, 3, -7, 3, -10, -1, 1, 2, -5, 6, -4, 12, 0,
    ]);
    expect(values(kernels.conv2d_dw, [x, dy], 'float64', w.shape, { ...attrs, kernelSize: [3, 2] })).toEqual([
      -2, 2, -7, -6, 6, -7, 6, -6, 12, 1, 14, 0, -9, 6, 1, 12, -10, 14, -5, -8, -10, -13, -10, -11,
    ]);
  });
});
