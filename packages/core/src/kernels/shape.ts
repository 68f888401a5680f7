import type { SliceAttrs, ShapeOps } from '../ops/table.js';
import { numelOf, type Shape } from '../dtype.js';
import type { Block, KernelTable } from '../ops/types.js';
import { broadcastStrides } from './broadcast.js';
import { contiguousStrides, copyStrided, sizeBetween, whole, type Strided } from './strides.js';

/** The part of a contiguous tensor that a slice selects. */
function sliceOf({ data, shape }: Block, { starts, steps }: SliceAttrs): Strided {
  const strides = contiguousStrides(shape);
  let offset = 0;
  starts.forEach((start, d) => (offset += start * strides[d]));
  return { data, offset, strides: strides.map((stride, d) => stride * steps[d]) };
}

function copyBase(base: Block, out: Block): void {
  if (out.data !== base.data) out.data.set(base.data);
}

function cat(ins: readonly Block[], [out]: readonly Block[], { dim }: { dim: number }): void {
  const outer = sizeBetween(out.shape, 0, dim);
  const row = sizeBetween(out.shape, dim, out.shape.length);
  let offset = 0;
  for (const { data, shape } of ins) {
    // PyTorch lets an empty 1-d tensor stand among tensors of any rank.
    if (numelOf(shape) === 0) continue;
    const run = sizeBetween(shape, dim, shape.length);
    copyStrided([outer, run], { data, offset: 0, strides: [run, 1] }, { data: out.data, offset, strides: [row, 1] });
    offset += run;
  }
}

function pad(
  [x]: readonly Block[],
  [out]: readonly Block[],
  attrs: { before: readonly number[]; value: number },
): void {
  out.data.fill(attrs.value);
  const strides = contiguousStrides(out.shape);
  let offset = 0;
  attrs.before.forEach((size, d) => (offset += size * strides[d]));
  copyStrided(x.shape, whole(x.data, x.shape), { data: out.data, offset, strides });
}

function flip([x]: readonly Block[], [out]: readonly Block[], { dims }: { dims: readonly number[] }): void {
  const strides = contiguousStrides(x.shape);
  let offset = 0;
  for (const d of dims) {
    offset += (x.shape[d] - 1) * strides[d];
    strides[d] = -strides[d];
  }
  copyStrided(x.shape, { data: x.data, offset, strides }, whole(out.data, out.shape));
}

function permute([x]: readonly Block[], [out]: readonly Block[], { dims }: { dims: readonly number[] }): void {
  const strides = contiguousStrides(x.shape);
  const from = { data: x.data, offset: 0, strides: dims.map((d) => strides[d]) };
  copyStrided(out.shape, from, whole(out.data, out.shape));
}

function expand([x]: readonly Block[], [out]: readonly Block[], { shape }: { shape: Shape }): void {
  const from = { data: x.data, offset: 0, strides: broadcastStrides(x.shape, shape) };
  copyStrided(shape, from, whole(out.data, shape));
}

export const shapeKernels: KernelTable<ShapeOps> = {
  reshape: ([x], [out]) => copyBase(x, out),
  permute,
  expand,
  slice: ([x], [out], attrs) => copyStrided(out.shape, sliceOf(x, attrs), whole(out.data, out.shape)),
  slice_scatter: ([base, source], [out], attrs) => {
    copyBase(base, out);
    copyStrided(source.shape, whole(source.data, source.shape), sliceOf(out, attrs));
  },
  pad,
  cat,
  flip,
};
