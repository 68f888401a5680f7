/** Shape rules of convolutions and pools. */
import { badArgument, show } from '../errors.js';
import { requireRank } from './infer.js';
import type { ConvAttrs, PoolAttrs } from './table.js';
import type { Meta } from './types.js';

/** Size of a convolution's output along one dim. */
export function convSize(size: number, kernel: number, attrs: ConvAttrs, axis: 0 | 1): number {
  const { stride, padding, dilation } = attrs;
  return Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel - 1) - 1) / stride[axis]) + 1;
}

/** Size of a pool's output along one dim: with ceilMode the last window must start inside the input or left padding. */
export function pooledSize(size: number, attrs: PoolAttrs, axis: 0 | 1): number {
  const { kernel, stride, padding, dilation, ceilMode } = attrs;
  const span = size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1;
  const out = (ceilMode ? Math.ceil(span / stride[axis]) : Math.floor(span / stride[axis])) + 1;
  return ceilMode && (out - 1) * stride[axis] >= size + padding[axis] ? out - 1 : out;
}

/** Meta of a pool's output; throws for what PyTorch's pools throw for. */
export function pooledMeta(op: string, x: Meta, attrs: PoolAttrs): Meta {
  requireRank(op, 'input', x, 4);
  const [n, c, h, w] = x.shape as readonly [number, number, number, number];
  attrs.kernel.forEach((kernel, axis) => {
    const padding = attrs.padding[axis];
    if (padding * 2 > kernel) throw badArgument(op, 'padding', padding, `at most half of kernel_size ${kernel}`);
  });
  const shape = [n, c, pooledSize(h, attrs, 0), pooledSize(w, attrs, 1)];
  if (shape.some((size, i) => i > 1 && size < 1)) {
    throw badArgument(op, 'input', x, `at least the size of the kernel, ${show(attrs.kernel)}`);
  }
  return { shape, dtype: x.dtype };
}
