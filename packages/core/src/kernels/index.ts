import { numelOf, type KernelArray } from '../dtype.js';
import { badArgument } from '../errors.js';
import type { IndexOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import { finishInt64 } from './int64.js';
import { collapse, contiguousStrides, Odometer, sizeBetween, copyStrided } from './strides.js';

/** Throws for the first index outside [0, size), before anything is written. */
function checkIndex(op: string, index: Block, dim: number, size: number): void {
  const { data } = index;
  for (let i = 0; i < data.length; i++) {
    if (!(data[i] >= 0 && data[i] < size)) {
      throw badArgument(op, 'index', data[i], `an integer from 0 to ${size - 1} at dim ${dim}`);
    }
  }
}

/** A 0-d tensor takes part as one of a single element. */
function shapeOf({ shape }: Block): readonly number[] {
  return shape.length === 0 ? [1] : shape;
}

/**
 * Adds into a copy of `base`: `add` does the work. Bool sums are truth values; int64 sums are checked before they are
 * written.
 */
function accumulate(op: string, base: Block, out: Block, add: (into: KernelArray) => void): void {
  if (out.dtype === 'int64' || out.dtype === 'bool') {
    const fresh = out.dtype === 'int64' ? new Float64Array(base.data) : new Int32Array(base.data);
    add(fresh);
    if (out.dtype === 'int64') finishInt64(op, fresh);
    else for (let i = 0; i < fresh.length; i++) fresh[i] = fresh[i] !== 0 ? 1 : 0;
    out.data.set(fresh);
    return;
  }
  if (out.data !== base.data) out.data.set(base.data);
  add(out.data);
}

function indexSelect([x, index]: readonly Block[], [out]: readonly Block[], { dim }: { dim: number }): void {
  const shape = shapeOf(x);
  checkIndex('index_select', index, dim, shape[dim]);
  const outer = sizeBetween(shape, 0, dim);
  const inner = sizeBetween(shape, dim + 1, shape.length);
  const count = index.data.length;
  if (inner === 1) {
    for (let r = 0; r < outer; r++) {
      const row = r * shape[dim];
      for (let i = 0; i < count; i++) out.data[r * count + i] = x.data[row + index.data[i]];
    }
    return;
  }
  const [from, to] = [contiguousStrides([outer, shape[dim], inner]), contiguousStrides([outer, count, inner])];
  const strides = { from: [from[0], 1], to: [to[0], 1] };
  for (let i = 0; i < count; i++) {
    const source = { data: x.data, offset: index.data[i] * inner, strides: strides.from };
    copyStrided([outer, inner], source, { data: out.data, offset: i * inner, strides: strides.to });
  }
}

function indexAdd([base, index, source]: readonly Block[], [out]: readonly Block[], { dim }: { dim: number }): void {
  const shape = shapeOf(base);
  checkIndex('index_add', index, dim, shape[dim]);
  const outer = sizeBetween(shape, 0, dim);
  const inner = sizeBetween(shape, dim + 1, shape.length);
  const count = index.data.length;
  const s = source.data;
  accumulate('index_add', base, out, (o) => {
    for (let r = 0; r < outer; r++) {
      for (let i = 0; i < count; i++) {
        const to = (r * shape[dim] + index.data[i]) * inner;
        const from = (r * count + i) * inner;
        for (let k = 0; k < inner; k++) o[to + k] += s[from + k];
      }
    }
  });
}

/**
 * One run of elements of the index tensor, from `io` on. Element i of the run belongs to
 * `full[fo + i * fs + index[io + i] * ds]` and to `part[io + i]`.
 */
type IndexedLoop = (
  full: KernelArray,
  fo: number,
  fs: number,
  ds: number,
  index: KernelArray,
  part: KernelArray,
  io: number,
  n: number,
) => void;

const gatherLoop: IndexedLoop = (full, fo, fs, ds, index, part, io, n) => {
  for (let i = 0; i < n; i++) part[io + i] = full[fo + i * fs + index[io + i] * ds];
};
const scatterLoop: IndexedLoop = (full, fo, fs, ds, index, part, io, n) => {
  for (let i = 0; i < n; i++) full[fo + i * fs + index[io + i] * ds] = part[io + i];
};
const scatterAddLoop: IndexedLoop = (full, fo, fs, ds, index, part, io, n) => {
  for (let i = 0; i < n; i++) full[fo + i * fs + index[io + i] * ds] += part[io + i];
};

/** Runs `loop` over the index tensor in row-major order; `full` is the array that is indexed along `dim`. */
function walkIndexed(base: Block, full: KernelArray, index: Block, part: KernelArray, dim: number, loop: IndexedLoop) {
  if (numelOf(index.shape) === 0) return;
  const shape = shapeOf(index);
  const fullSteps = contiguousStrides(shapeOf(base));
  const along = fullSteps[dim];
  const layout = collapse(shape, [contiguousStrides(shape), fullSteps.map((step, d) => (d === dim ? 0 : step))]);
  const last = layout.sizes.length - 1;
  const at = new Odometer(layout, last, [0, 0]);
  const n = layout.sizes[last];
  const step = layout.strides[1][last];
  for (let left = at.count; left > 0; left--, at.next()) {
    loop(full, at.offsets[1], step, along, index.data, part, at.offsets[0], n);
  }
}

export const indexKernels: KernelTable<IndexOps> = {
  index_select: indexSelect,
  index_add: indexAdd,
  gather: ([x, index], [out], { dim }) => {
    checkIndex('gather', index, dim, shapeOf(x)[dim]);
    walkIndexed(x, x.data, index, out.data, dim, gatherLoop);
  },
  scatter_add: ([base, index, source], [out], { dim }) => {
    checkIndex('scatter_add', index, dim, shapeOf(base)[dim]);
    accumulate('scatter_add', base, out, (o) => walkIndexed(base, o, index, source.data, dim, scatterAddLoop));
  },
  scatter: ([base, index, source], [out], { dim }) => {
    checkIndex('scatter', index, dim, shapeOf(base)[dim]);
    if (out.data !== base.data) out.data.set(base.data);
    walkIndexed(base, out.data, index, source.data, dim, scatterLoop);
  },
};
