import type { KernelArray } from '../dtype.js';

/** A matrix inside an array: element (i, j) is `data[offset + i * row + j * column]`. */
export interface Matrix {
  data: KernelArray;
  offset: number;
  row: number;
  column: number;
}

/** Tile of the result that is held in registers. */
const TILE = 4;
/** Blocks of rows, inner length and columns: a packed block of each operand stays in the caches. */
const BLOCK_M = 128;
const BLOCK_K = 384;
const BLOCK_N = 512;
/** Below this many multiplications packing costs more than it saves. */
const SMALL = 4096;

interface Scratch {
  a: Float64Array;
  b: Float64Array;
  c: Float64Array;
}

const roundUp = (n: number): number => Math.ceil(n / TILE) * TILE;

let scratch: Scratch = { a: new Float64Array(0), b: new Float64Array(0), c: new Float64Array(0) };

/** Work arrays, kept between calls; bounded by the block sizes (4 MB). */
function reserve(m: number, n: number, k: number): Scratch {
  const grown = (old: Float64Array, size: number): Float64Array => (old.length < size ? new Float64Array(size) : old);
  scratch = { a: grown(scratch.a, m * k), b: grown(scratch.b, k * n), c: grown(scratch.c, m * n) };
  return scratch;
}

/**
 * Packs `lines` lines of length `k` in groups of four, transposed: group g holds line 4g..4g+3 of step 0, then of
 * step 1, and so on; missing lines are zeros. For the left operand a line is a row, for the right one a column.
 */
function pack(
  src: KernelArray,
  offset: number,
  lineStep: number,
  kStep: number,
  lines: number,
  k: number,
  out: Float64Array,
): void {
  let to = 0;
  let line = 0;
  for (; line + TILE <= lines; line += TILE) {
    let p0 = offset + line * lineStep;
    let p1 = p0 + lineStep;
    let p2 = p1 + lineStep;
    let p3 = p2 + lineStep;
    for (let p = 0; p < k; p++, to += TILE, p0 += kStep, p1 += kStep, p2 += kStep, p3 += kStep) {
      out[to] = src[p0];
      out[to + 1] = src[p1];
      out[to + 2] = src[p2];
      out[to + 3] = src[p3];
    }
  }
  if (line === lines) return;
  for (let p = 0; p < k; p++) {
    for (let t = 0; t < TILE; t++, to++) {
      out[to] = line + t < lines ? src[offset + (line + t) * lineStep + p * kStep] : 0;
    }
  }
}

/** c[4, 4] += a panel (k x 4) times b panel (k x 4); `c` has `width` columns. */
function microKernel(
  a: Float64Array,
  ao: number,
  b: Float64Array,
  bo: number,
  k: number,
  c: Float64Array,
  co: number,
  width: number,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  const end = ao + k * TILE;
  for (let i = ao, j = bo; i < end; i += TILE, j += TILE) {
    const b0 = b[j];
    const b1 = b[j + 1];
    const b2 = b[j + 2];
    const b3 = b[j + 3];
    const a0 = a[i];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[i + 1];
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[i + 2];
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[i + 3];
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  let at = co;
  c[at] += c00;
  c[at + 1] += c01;
  c[at + 2] += c02;
  c[at + 3] += c03;
  at += width;
  c[at] += c10;
  c[at + 1] += c11;
  c[at + 2] += c12;
  c[at + 3] += c13;
  at += width;
  c[at] += c20;
  c[at + 1] += c21;
  c[at + 2] += c22;
  c[at + 3] += c23;
  at += width;
  c[at] += c30;
  c[at + 1] += c31;
  c[at + 2] += c32;
  c[at + 3] += c33;
}

/** Dot products element by element, for results too small to be worth packing. */
function smallGemm(m: number, n: number, k: number, a: Matrix, b: Matrix, c: Matrix): void {
  const x = a.data;
  const y = b.data;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let p = a.offset + i * a.row;
      let q = b.offset + j * b.column;
      for (let s = 0; s < k; s++, p += a.column, q += b.row) sum += x[p] * y[q];
      c.data[c.offset + i * c.row + j * c.column] += sum;
    }
  }
}

/**
 * c += a b, with a [m, k], b [k, n], c [m, n], each in any layout; sums run in double. For floating dtypes.
 *
 * Blocks of a and b are copied as doubles into panels of four lines, so that the inner loop reads memory in order
 * whatever the layout and always sees one array type.
 */
export function gemm(m: number, n: number, k: number, a: Matrix, b: Matrix, c: Matrix): void {
  if (m * n * k <= SMALL || n === 1 || (m === 1 && b.row === 1)) {
    smallGemm(m, n, k, a, b, c);
    return;
  }
  const work = reserve(roundUp(Math.min(m, BLOCK_M)), roundUp(Math.min(n, BLOCK_N)), Math.min(k, BLOCK_K));
  for (let j0 = 0; j0 < n; j0 += BLOCK_N) {
    const columns = Math.min(BLOCK_N, n - j0);
    const width = roundUp(columns);
    for (let i0 = 0; i0 < m; i0 += BLOCK_M) {
      const rows = Math.min(BLOCK_M, m - i0);
      work.c.fill(0, 0, roundUp(rows) * width);
      for (let p0 = 0; p0 < k; p0 += BLOCK_K) {
        const depth = Math.min(BLOCK_K, k - p0);
        pack(a.data, a.offset + i0 * a.row + p0 * a.column, a.row, a.column, rows, depth, work.a);
        pack(b.data, b.offset + p0 * b.row + j0 * b.column, b.column, b.row, columns, depth, work.b);
        for (let j = 0; j < columns; j += TILE) {
          for (let i = 0; i < rows; i += TILE) {
            microKernel(work.a, i * depth, work.b, j * depth, depth, work.c, i * width + j, width);
          }
        }
      }
      for (let i = 0; i < rows; i++) {
        const to = c.offset + (i0 + i) * c.row + j0 * c.column;
        for (let j = 0; j < columns; j++) c.data[to + j * c.column] += work.c[i * width + j];
      }
    }
  }
}
