import type { AvgPoolAttrs, ConvOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';

/** The elements of a window along one axis, [from, to), and how many it counts. */
interface Reach {
  from: number;
  to: number;
  count: number;
}

/** The windows along one axis as PyTorch cuts them: padding may count, what `ceilMode` adds beyond it does not. */
export function windowsAlong(size: number, windows: number, attrs: AvgPoolAttrs, axis: 0 | 1): Reach[] {
  const [kernel, stride, padding] = [attrs.kernel[axis], attrs.stride[axis], attrs.padding[axis]];
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride - padding;
    const end = Math.min(start + kernel, size + padding);
    const [from, to] = [Math.max(start, 0), Math.min(end, size)];
    return { from, to, count: attrs.countIncludePad ? end - start : to - from };
  });
}

/** Visits each window of each plane: the plane's offset, the window's position and its reach along both axes. */
function forEachWindow(
  shape: readonly number[],
  pooled: readonly number[],
  attrs: AvgPoolAttrs,
  visit: (plane: number, at: number, rows: Reach, columns: Reach) => void,
): void {
  const [images, channels, height, width] = shape;
  const rows = windowsAlong(height, pooled[2], attrs, 0);
  const columns = windowsAlong(width, pooled[3], attrs, 1);
  let at = 0;
  for (let plane = 0; plane < images * channels; plane++) {
    for (const row of rows) for (const column of columns) visit(plane * height * width, at++, row, column);
  }
}

function avgPool([x]: readonly Block[], [out]: readonly Block[], attrs: AvgPoolAttrs): void {
  const width = x.shape[3];
  const [source, target] = [x.data, out.data];
  forEachWindow(x.shape, out.shape, attrs, (plane, at, rows, columns) => {
    let sum = 0;
    for (let i = rows.from; i < rows.to; i++) {
      const row = plane + i * width;
      for (let j = columns.from; j < columns.to; j++) sum += source[row + j];
    }
    target[at] = sum / (rows.count * columns.count);
  });
}

function avgPoolDx([dy]: readonly Block[], [out]: readonly Block[], attrs: AvgPoolAttrs): void {
  const width = out.shape[3];
  const [source, target] = [dy.data, out.data];
  forEachWindow(out.shape, dy.shape, attrs, (plane, at, rows, columns) => {
    const share = source[at] / (rows.count * columns.count);
    for (let i = rows.from; i < rows.to; i++) {
      const row = plane + i * width;
      for (let j = columns.from; j < columns.to; j++) target[row + j] += share;
    }
  });
}

export const avgPoolKernels: KernelTable<Pick<ConvOps, 'avg_pool2d' | 'avg_pool2d_dx'>> = {
  avg_pool2d: avgPool,
  avg_pool2d_dx: avgPoolDx,
};
