import type { KernelArray } from '../dtype.js';
import type { SortOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import { sizeBetween } from './strides.js';

/** Below 0 where `a` comes before `b` in ascending order. NaN is the largest. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}

/** Positions of `run` in the order of a stable sort. */
function sortedPositions(run: KernelArray, largest: boolean): Uint32Array {
  const order = Uint32Array.from(run, (_, i) => i);
  // The position decides between ties, so that the order is that of a stable sort whatever the engine does.
  if (largest) order.sort((i, j) => compare(run[j], run[i]) || i - j);
  else order.sort((i, j) => compare(run[i], run[j]) || i - j);
  return order;
}

function topk(
  [x]: readonly Block[],
  [values, indices]: readonly Block[],
  { k, dim, largest }: { k: number; dim: number; largest: boolean },
): void {
  const { shape, data } = x;
  const outer = sizeBetween(shape, 0, dim);
  const size = shape[dim];
  const inner = sizeBetween(shape, dim + 1, shape.length);
  const run = new Float64Array(size);
  for (let r = 0; r < outer; r++) {
    for (let c = 0; c < inner; c++) {
      const from = r * size * inner + c;
      for (let i = 0; i < size; i++) run[i] = data[from + i * inner];
      const order = sortedPositions(run, largest);
      const to = r * k * inner + c;
      for (let i = 0; i < k; i++) {
        values.data[to + i * inner] = run[order[i]];
        indices.data[to + i * inner] = order[i];
      }
    }
  }
}

export const sortKernels: KernelTable<SortOps> = { topk };
