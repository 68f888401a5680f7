import type { KernelArray } from '../dtype.js';

/** Folds `n` elements of `x` from `xo` on into `acc`. */
export type FoldLoop = (x: KernelArray, xo: number, acc: Float64Array, ao: number, n: number) => void;

/** A reduction: `run` folds into the one element `acc[ao]`, `row` element by element into `acc[ao + i]`. */
export interface Fold {
  initial: number;
  run: FoldLoop;
  row: FoldLoop;
}

export const folds = {
  sum: {
    initial: 0,
    // Four partial sums: faster, and a shorter chain of roundings.
    run: (x, xo, acc, ao, n) => {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      const end = xo + n;
      let i = xo;
      for (; i + 3 < end; i += 4) {
        s0 += x[i];
        s1 += x[i + 1];
        s2 += x[i + 2];
        s3 += x[i + 3];
      }
      for (; i < end; i++) s0 += x[i];
      acc[ao] += s0 + s1 + (s2 + s3);
    },
    row: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) acc[ao + i] += x[xo + i];
    },
  },
  absoluteSum: {
    initial: 0,
    run: (x, xo, acc, ao, n) => {
      let s = 0;
      for (let i = 0; i < n; i++) s += Math.abs(x[xo + i]);
      acc[ao] += s;
    },
    row: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) acc[ao + i] += Math.abs(x[xo + i]);
    },
  },
  prod: {
    initial: 1,
    run: (x, xo, acc, ao, n) => {
      let p = acc[ao];
      for (let i = 0; i < n; i++) p *= x[xo + i];
      acc[ao] = p;
    },
    row: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) acc[ao + i] *= x[xo + i];
    },
  },
  amax: {
    initial: -Infinity,
    run: (x, xo, acc, ao, n) => {
      let m = acc[ao];
      for (let i = 0; i < n; i++) {
        const v = x[xo + i];
        if (v > m || v !== v) m = v;
      }
      acc[ao] = m;
    },
    row: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) {
        const v = x[xo + i];
        if (v > acc[ao + i] || v !== v) acc[ao + i] = v;
      }
    },
  },
  amin: {
    initial: Infinity,
    run: (x, xo, acc, ao, n) => {
      let m = acc[ao];
      for (let i = 0; i < n; i++) {
        const v = x[xo + i];
        if (v < m || v !== v) m = v;
      }
      acc[ao] = m;
    },
    row: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) {
        const v = x[xo + i];
        if (v < acc[ao + i] || v !== v) acc[ao + i] = v;
      }
    },
  },
  any: {
    initial: 0,
    run: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) if (x[xo + i] !== 0) acc[ao] = 1;
    },
    row: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) if (x[xo + i] !== 0) acc[ao + i] = 1;
    },
  },
  all: {
    initial: 1,
    run: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) if (x[xo + i] === 0) acc[ao] = 0;
    },
    row: (x, xo, acc, ao, n) => {
      for (let i = 0; i < n; i++) if (x[xo + i] === 0) acc[ao + i] = 0;
    },
  },
} satisfies Record<string, Fold>;

/**
 * One step of argmax (sign 1) or argmin (sign -1): offers row `k` of `n` elements to the best so far. Ties keep the
 * earlier index; the first NaN stays.
 */
export function argRow(
  x: KernelArray,
  xo: number,
  best: Float64Array,
  index: KernelArray,
  io: number,
  k: number,
  sign: number,
  n: number,
): void {
  for (let i = 0; i < n; i++) {
    const v = sign * x[xo + i];
    const b = best[i];
    if (v > b || (v !== v && b === b)) {
      best[i] = v;
      index[io + i] = k;
    }
  }
}

/** The same along a contiguous run of `n` candidates: the index of the best one. */
export function argRun(x: KernelArray, xo: number, sign: number, n: number): number {
  let index = 0;
  let best = sign * x[xo];
  for (let i = 1; i < n && best === best; i++) {
    const v = sign * x[xo + i];
    if (v > best || v !== v) {
      best = v;
      index = i;
    }
  }
  return index;
}
