/**
 * Where PyTorch's tensor of the same history would have its elements. Values here are always row-major; strides only
 * decide what is contiguous and where `reshape` gives a view or a copy.
 */
import type { Shape } from './dtype.js';
import type { Tensor } from './tensor.js';

/** Strides of a row-major tensor. */
export function rowMajor(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let dim = shape.length - 2; dim >= 0; dim--) {
    strides[dim] = strides[dim + 1] * Math.max(shape[dim + 1], 1);
  }
  return strides;
}

/** Whether `strides` walk `shape` row by row; dims of size 1 do not count. */
export function isRowMajor(shape: Shape, strides: readonly number[]): boolean {
  const expected = rowMajor(shape);
  return shape.includes(0) || shape.every((size, dim) => size === 1 || strides[dim] === expected[dim]);
}

/**
 * The strides with which memory laid out as `from` with `strides` can be seen as `to`, or `null` where it cannot.
 * Runs of dims that lie row-major in memory are split into the new sizes.
 */
export function viewStrides(from: Shape, strides: readonly number[], to: Shape): number[] | null {
  if (from.includes(0)) return rowMajor(to);
  const dims = from.map((size, dim) => ({ size, stride: strides[dim] })).filter(({ size }) => size !== 1);
  // Runs from the last dim on: [elements, stride of the last].
  const runs: { count: number; stride: number }[] = [];
  for (const { size, stride } of dims.reverse()) {
    const run = runs[runs.length - 1];
    if (run !== undefined && stride === run.stride * run.count) run.count *= size;
    else runs.push({ count: size, stride });
  }
  const result = to.map(() => 1);
  let filled = 1;
  let at = 0;
  for (let dim = to.length - 1; dim >= 0; dim--) {
    const size = to[dim];
    const run = runs[at] ?? { count: 1, stride: 1 };
    result[dim] = run.stride * filled;
    filled *= size;
    if (run.count % filled !== 0) return null;
    if (filled === run.count && size !== 1) {
      filled = 1;
      at++;
    }
  }
  return result;
}

/** Strides that PyTorch's tensor would have: those of its chain of views over a row-major base. */
export function stridesOf(x: Tensor): number[] {
  const view = x.viewOf;
  if (view === null) return rowMajor(x.shape);
  const { base } = view;
  const strides = stridesOf(base);
  switch (view.op) {
    case 'reshape':
      return viewStrides(base.shape, strides, x.shape) ?? rowMajor(x.shape);
    case 'permute':
      return view.attrs.dims.map((dim) => strides[dim]);
    case 'slice':
      return strides.map((stride, dim) => stride * view.attrs.steps[dim]);
    case 'expand': {
      const offset = x.ndim - base.ndim;
      return x.shape.map((size, dim) => (base.shape[dim - offset] === size ? strides[dim - offset] : 0));
    }
  }
}
