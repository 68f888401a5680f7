import type { KernelArray, Shape } from '../dtype.js';

/** Row-major element strides of a contiguous tensor. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d];
  }
  return strides;
}

/** The product of `shape[from]` up to, without, `shape[to]`. */
export function sizeBetween(shape: Shape, from: number, to: number): number {
  let n = 1;
  for (let d = from; d < to; d++) n *= shape[d];
  return n;
}

/** Dims that several operands walk together: `strides[k][d]` is the step of operand `k` along dim `d`. */
export interface Layout {
  sizes: number[];
  strides: number[][];
}

/**
 * The same walk with as few dims as possible: dims of size 1 are dropped, neighbours merge where every operand steps
 * through them evenly. Always keeps at least one dim.
 */
export function collapse(sizes: readonly number[], strides: readonly (readonly number[])[]): Layout {
  const outSizes: number[] = [];
  const outStrides: number[][] = strides.map(() => []);
  for (let d = 0; d < sizes.length; d++) {
    if (sizes[d] === 1) continue;
    const last = outSizes.length - 1;
    if (last >= 0 && strides.every((s, k) => outStrides[k][last] === s[d] * sizes[d])) {
      outSizes[last] *= sizes[d];
      strides.forEach((s, k) => (outStrides[k][last] = s[d]));
    } else {
      outSizes.push(sizes[d]);
      strides.forEach((s, k) => outStrides[k].push(s[d]));
    }
  }
  if (outSizes.length === 0) {
    outSizes.push(1);
    for (const s of outStrides) s.push(0);
  }
  return { sizes: outSizes, strides: outStrides };
}

/** Counts through the first `dims` dims of a layout in row-major order and keeps each operand's offset. */
export class Odometer {
  /** The offset of each operand at the present position. */
  readonly offsets: number[];
  private readonly index: number[];

  /** @param starts the offset of each operand at the first position. */
  constructor(
    private readonly layout: Layout,
    private readonly dims: number,
    starts: readonly number[],
  ) {
    this.offsets = [...starts];
    this.index = new Array<number>(dims).fill(0);
  }

  /** How many positions there are. */
  get count(): number {
    return sizeBetween(this.layout.sizes, 0, this.dims);
  }

  /** Goes to the next position (from the last back to the first). */
  next(): void {
    const { index, offsets } = this;
    const { sizes, strides } = this.layout;
    for (let d = this.dims - 1; d >= 0; d--) {
      if (++index[d] < sizes[d]) {
        for (let k = 0; k < offsets.length; k++) offsets[k] += strides[k][d];
        return;
      }
      index[d] = 0;
      for (let k = 0; k < offsets.length; k++) offsets[k] -= strides[k][d] * (sizes[d] - 1);
    }
  }
}

/** A tensor's place inside an array. */
export interface Strided {
  data: KernelArray;
  offset: number;
  strides: readonly number[];
}

/** Runs at least this long are copied with `set`; shorter ones are faster element by element. */
const SHORTEST_BLOCK_COPY = 32;
/** Side of the squares in which a transposed copy goes, so that both sides stay in the cache. */
const TRANSPOSE_TILE = 16;

function copyRun(src: KernelArray, so: number, ss: number, dst: KernelArray, to: number, ts: number, n: number): void {
  if (ts === 1 && ss === 1 && n >= SHORTEST_BLOCK_COPY) {
    dst.set(src.subarray(so, so + n), to);
  } else if (ts === 1 && ss === 0) {
    dst.fill(src[so], to, to + n);
  } else {
    for (let i = 0; i < n; i++) dst[to + i * ts] = src[so + i * ss];
  }
}

/** dst[r, c] = src[c, r] in tiles: `dst` has unit steps along c, `src` along r. */
function transposeTiles(
  src: KernelArray,
  srcStart: number,
  srcStep: number,
  dst: KernelArray,
  dstStart: number,
  dstStep: number,
  rows: number,
  columns: number,
): void {
  for (let r0 = 0; r0 < rows; r0 += TRANSPOSE_TILE) {
    const r1 = Math.min(r0 + TRANSPOSE_TILE, rows);
    for (let c0 = 0; c0 < columns; c0 += TRANSPOSE_TILE) {
      const c1 = Math.min(c0 + TRANSPOSE_TILE, columns);
      for (let r = r0; r < r1; r++) {
        const s = srcStart + r;
        const t = dstStart + r * dstStep;
        for (let c = c0; c < c1; c++) dst[t + c] = src[s + c * srcStep];
      }
    }
  }
}

/**
 * Copies the elements of a walk over `sizes` from `src` to `dst`. Steps may be 0 (a repeated source) or negative.
 * The two may share an array only where they do not overlap.
 */
export function copyStrided(sizes: readonly number[], src: Strided, dst: Strided): void {
  if (sizes.includes(0)) return;
  const layout = collapse(sizes, [src.strides, dst.strides]);
  const rank = layout.sizes.length;
  const last = rank - 1;
  const [srcSteps, dstSteps] = layout.strides;
  const columns = layout.sizes[last];
  const transposed = dstSteps[last] === 1 && srcSteps[last] !== 1 ? srcSteps.lastIndexOf(1) : -1;
  if (transposed >= 0) {
    const others = layout.sizes.map((_, d) => d).filter((d) => d !== transposed && d !== last);
    const outer = {
      sizes: others.map((d) => layout.sizes[d]),
      strides: [others.map((d) => srcSteps[d]), others.map((d) => dstSteps[d])],
    };
    const at = new Odometer(outer, others.length, [src.offset, dst.offset]);
    for (let left = at.count; left > 0; left--, at.next()) {
      const [s, t] = at.offsets;
      const rows = layout.sizes[transposed];
      transposeTiles(src.data, s, srcSteps[last], dst.data, t, dstSteps[transposed], rows, columns);
    }
    return;
  }
  const at = new Odometer(layout, last, [src.offset, dst.offset]);
  for (let left = at.count; left > 0; left--, at.next()) {
    copyRun(src.data, at.offsets[0], srcSteps[last], dst.data, at.offsets[1], dstSteps[last], columns);
  }
}

/** A whole contiguous tensor as an operand of `copyStrided`. */
export function whole(data: KernelArray, shape: Shape): Strided {
  return { data, offset: 0, strides: contiguousStrides(shape) };
}
