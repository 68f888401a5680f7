import { isFloating, numelOf, type KernelArray } from '../dtype.js';
import type { LinalgOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import { broadcastStrides } from './broadcast.js';
import { gemm, type Matrix } from './gemm.js';
import { int64Error } from './int64.js';
import { collapse, contiguousStrides, Odometer } from './strides.js';

/** Multiplies two integer matrices: int64 sums are checked, narrower ones wrap. */
function integerMatmul(m: number, n: number, k: number, a: Matrix, b: Matrix, c: Matrix, int64: boolean): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let magnitude = 0;
      for (let p = 0; p < k; p++) {
        const x = a.data[a.offset + i * k + p];
        const y = b.data[b.offset + p * n + j];
        if (int64) {
          sum += x * y;
          magnitude += Math.abs(x * y);
        } else {
          sum = (sum + Math.imul(x, y)) | 0;
        }
      }
      if (int64 && !Number.isSafeInteger(magnitude)) throw int64Error('matmul');
      c.data[c.offset + i * n + j] = sum + 0;
    }
  }
}

function matmul([a, b]: readonly Block[], [out]: readonly Block[]): void {
  if (numelOf(out.shape) === 0) return;
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[b.shape.length - 1];
  const matrix = (data: KernelArray, offset: number, row: number): Matrix => ({ data, offset, row, column: 1 });
  const batch = out.shape.slice(0, -2);
  const steps = (shape: readonly number[], size: number): number[] =>
    broadcastStrides(shape.slice(0, -2), batch).map((step) => step * size);
  let layout = collapse(batch, [
    contiguousStrides(batch).map((step) => step * m * n),
    steps(a.shape, m * k),
    steps(b.shape, k * n),
  ]);
  let rows = m;
  const [, , bSteps] = layout.strides;
  // One right-hand matrix for a contiguous batch on the left: one tall product.
  if (layout.sizes.length === 1 && bSteps[0] === 0 && layout.strides[1][0] === m * k) {
    rows = m * layout.sizes[0];
    layout = collapse([], [[], [], []]);
  }
  const at = new Odometer(layout, layout.sizes.length, [0, 0, 0]);
  for (let left = at.count; left > 0; left--, at.next()) {
    const [co, ao, bo] = at.offsets;
    const [x, y, z] = [matrix(a.data, ao, k), matrix(b.data, bo, n), matrix(out.data, co, n)];
    if (isFloating(a.dtype)) gemm(rows, n, k, x, y, z);
    else integerMatmul(rows, n, k, x, y, z, a.dtype === 'int64');
  }
}

export const linalgKernels: KernelTable<LinalgOps> = { matmul };
