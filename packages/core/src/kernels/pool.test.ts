import { describe, expect, it } from 'vitest';
import type { PoolAttrs } from '../ops/table.js';
import type { Block } from '../ops/types.js';
import { block, get, indices, random, values } from './kernels.testing.js';
import { poolKernels as kernels } from './pool.js';

const nan = Number.NaN;

function outSize(size: number, axis: 0 | 1, { kernel, stride, padding, dilation, ceilMode }: PoolAttrs): number {
  const span = size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1;
  const n = (ceilMode ? Math.ceil(span / stride[axis]) : Math.floor(span / stride[axis])) + 1;
  return ceilMode && (n - 1) * stride[axis] >= size + padding[axis] ? n - 1 : n;
}

const outShape = (x: Block, attrs: PoolAttrs): number[] => [
  x.shape[0],
  x.shape[1],
  outSize(x.shape[2], 0, attrs),
  outSize(x.shape[3], 1, attrs),
];

/** The flat position in x of each window's first largest element. */
function winners(x: Block, attrs: PoolAttrs): number[] {
  return indices(outShape(x, attrs)).map(([n, c, oy, ox]) => {
    const inside = indices(attrs.kernel)
      .map(([i, j]) => [
        oy * attrs.stride[0] - attrs.padding[0] + i * attrs.dilation[0],
        ox * attrs.stride[1] - attrs.padding[1] + j * attrs.dilation[1],
      ])
      .filter(([y, z]) => y >= 0 && y < x.shape[2] && z >= 0 && z < x.shape[3]);
    const seen = inside.map(([y, z]) => get(x, [n, c, y, z]));
    const [y, z] = inside[seen.indexOf(Math.max(...seen))];
    return ((n * x.shape[1] + c) * x.shape[2] + y) * x.shape[3] + z;
  });
}

const cases: PoolAttrs[] = [
  { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceilMode: false },
  { kernel: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1], ceilMode: false },
  { kernel: [3, 2], stride: [2, 3], padding: [1, 1], dilation: [1, 1], ceilMode: true },
  { kernel: [2, 2], stride: [2, 1], padding: [1, 0], dilation: [2, 3], ceilMode: true },
  { kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], ceilMode: false },
];

describe('max_pool2d', () => {
  it.each(cases)('kernel $kernel stride $stride padding $padding dilation $dilation ceil $ceilMode', (attrs) => {
    // Few distinct values, so that ties occur.
    const x = random('float32', [2, 3, 7, 6], 1, -2, 2, 1);
    const shape = outShape(x, attrs);
    const at = winners(x, attrs);
    expect(values(kernels.max_pool2d, [x], 'float32', shape, attrs)).toEqual(at.map((i) => x.data[i]));

    const dy = random('float32', shape, 2);
    const dx = new Array<number>(x.data.length).fill(0);
    at.forEach((i, k) => (dx[i] += dy.data[k]));
    expect(values(kernels.max_pool2d_dx, [dy, x], 'float32', x.shape, attrs)).toEqual(dx);

    const v = random('float32', x.shape, 3);
    expect(values(kernels.max_pool2d_pick, [v, x], 'float32', shape, attrs)).toEqual(at.map((i) => v.data[i]));
  });

  it('lets NaN win and takes a real minus infinity before the padding', () => {
    const attrs = { kernel: [1, 2], stride: [1, 2], padding: [0, 0], dilation: [1, 1], ceilMode: false } as const;
    const x = block('float32', [1, 1, 1, 4], [nan, 9, 1, nan]);
    expect(values(kernels.max_pool2d, [x], 'float32', [1, 1, 1, 2], attrs)).toEqual([nan, nan]);
    const low = block('float32', [1, 1, 1, 2], [-Infinity, -Infinity]);
    const dy = block('float32', [1, 1, 1, 1], [5]);
    expect(values(kernels.max_pool2d_dx, [dy, low], 'float32', low.shape, attrs)).toEqual([5, 0]);
  });

  it('gives minus infinity, and no gradient, for a window in the padding', () => {
    const attrs = { kernel: [1, 1], stride: [1, 1], padding: [0, 1], dilation: [1, 1], ceilMode: false } as const;
    const x = block('float32', [1, 1, 1, 1], [3]);
    const shape = [1, 1, 1, 3];
    expect(values(kernels.max_pool2d, [x], 'float32', shape, attrs)).toEqual([-Infinity, 3, -Infinity]);
    expect(values(kernels.max_pool2d_dx, [block('float32', shape, [1, 2, 4]), x], 'float32', x.shape, attrs)).toEqual([
      2,
    ]);
    expect(values(kernels.max_pool2d_pick, [block('float32', x.shape, [8]), x], 'float32', shape, attrs)).toEqual([
      0, 8, 0,
    ]);
  });

  it('gives the numbers of PyTorch', () => {
    const x = block(
      'float64',
      [1, 1, 5, 5],
      Array.from({ length: 25 }, (_, i) => ((i * 7) % 11) - 5),
    );
    const attrs = { kernel: [3, 2], stride: [2, 2], padding: [1, 1], dilation: [1, 1], ceilMode: true } as const;
    expect(values(kernels.max_pool2d, [x], 'float64', [1, 1, 3, 3], attrs)).toEqual([-3, 4, 5, 1, 4, 5, 3, 4, 2]);
    const dy = block(
      'float64',
      [1, 1, 3, 3],
      Array.from({ length: 9 }, (_, i) => ((i * 3) % 5) - 2),
    );
    expect(values(kernels.max_pool2d_dx, [dy, x], 'float64', x.shape, attrs)).toEqual([
      0, 0, 0, -1, 0, -2, 1, 0, 0, 0, 0, 0, 0, 0, -2, 2, 0, -1, 0, 0, 1, 0, 0, 2, 0,
    ]);
  });
});
