import { numelOf, type KernelArray, type Shape } from '../dtype.js';
import type { ReduceOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import { int64Error, writeChecked } from './int64.js';
import { argRow, argRun, folds, type Fold } from './reduce-loops.js';
import { collapse, contiguousStrides, Odometer, sizeBetween } from './strides.js';

/**
 * Folds `x` over `dims` into doubles, one per output element. The input is read once in memory order: its innermost
 * run either belongs to one output (folded in a register) or to consecutive outputs (folded elementwise).
 */
function reduceInto(x: Block, dims: readonly number[], fold: Fold): Float64Array {
  const kept = x.shape.map((size, d) => (dims.includes(d) ? 1 : size));
  const acc = new Float64Array(numelOf(kept)).fill(fold.initial);
  if (numelOf(x.shape) === 0) return acc;
  const outSteps = contiguousStrides(kept).map((step, d) => (dims.includes(d) ? 0 : step));
  const layout = collapse(x.shape, [contiguousStrides(x.shape), outSteps]);
  const last = layout.sizes.length - 1;
  const n = layout.sizes[last];
  const loop = layout.strides[1][last] === 0 ? fold.run : fold.row;
  const at = new Odometer(layout, last, [0, 0]);
  for (let left = at.count; left > 0; left--, at.next()) loop(x.data, at.offsets[0], acc, at.offsets[1], n);
  return acc;
}

type Attrs = { dims: readonly number[] };

/** A reduction whose result is one of its inputs, or a truth value. */
function selection(fold: Fold) {
  return ([x]: readonly Block[], [out]: readonly Block[], { dims }: Attrs): void => {
    out.data.set(reduceInto(x, dims, fold));
  };
}

function prod([x]: readonly Block[], [out]: readonly Block[], { dims }: Attrs): void {
  writeChecked('prod', out, (o) => o.set(reduceInto(x, dims, folds.prod)));
}

/** The sum; int64 partial sums are checked too, since a rounded one may come back into range. */
function sum([x]: readonly Block[], [out]: readonly Block[], { dims }: Attrs): void {
  const acc = reduceInto(x, dims, folds.sum);
  if (x.dtype === 'int64') {
    const magnitude = reduceInto(x, dims, folds.absoluteSum);
    if (!magnitude.every(Number.isSafeInteger)) throw int64Error('sum');
  }
  out.data.set(acc);
}

function mean([x]: readonly Block[], [out]: readonly Block[], { dims }: Attrs): void {
  const acc = reduceInto(x, dims, folds.sum);
  let count = 1;
  for (const d of dims) count *= x.shape[d];
  for (let i = 0; i < acc.length; i++) out.data[i] = acc[i] / count;
}

/** Splits a shape around `dim`. */
function around(shape: Shape, dim: number): { outer: number; size: number; inner: number } {
  return {
    outer: sizeBetween(shape, 0, dim),
    size: shape.length === 0 ? 1 : shape[dim],
    inner: sizeBetween(shape, dim + 1, shape.length),
  };
}

/** @param sign 1 for the largest, -1 for the smallest. */
function argReduction(sign: 1 | -1) {
  return ([x]: readonly Block[], [out]: readonly Block[], { dim }: { dim: number }): void => {
    const { outer, size, inner } = around(x.shape, dim);
    if (inner === 1) {
      for (let r = 0; r < outer; r++) out.data[r] = argRun(x.data, r * size, sign, size);
      return;
    }
    const best = new Float64Array(inner);
    for (let r = 0; r < outer; r++) {
      best.fill(-Infinity);
      const start = r * size * inner;
      for (let k = 0; k < size; k++) argRow(x.data, start + k * inner, best, out.data, r * inner, k, sign, inner);
    }
  };
}

function cumsumInto(x: KernelArray, o: KernelArray, outer: number, size: number, inner: number): void {
  const total = new Float64Array(inner);
  for (let r = 0; r < outer; r++) {
    total.fill(0);
    for (let k = 0; k < size; k++) {
      const at = (r * size + k) * inner;
      for (let i = 0; i < inner; i++) {
        total[i] += x[at + i];
        o[at + i] = total[i];
      }
    }
  }
}

export const reduceKernels: KernelTable<ReduceOps> = {
  sum,
  mean,
  prod,
  amax: selection(folds.amax),
  amin: selection(folds.amin),
  any: selection(folds.any),
  all: selection(folds.all),
  argmax: argReduction(1),
  argmin: argReduction(-1),
  cumsum: ([x], [out], { dim }) => {
    const { outer, size, inner } = around(x.shape, dim);
    writeChecked('cumsum', out, (o) => cumsumInto(x.data, o, outer, size, inner));
  },
};
