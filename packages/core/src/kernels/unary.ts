import type { KernelArray } from '../dtype.js';
import { erf } from './erf.js';

/** o[i] = f(a[i]); `a` and `o` may be one array. */
export type UnaryLoop = (a: KernelArray, o: KernelArray, n: number) => void;

/** Doubles from here on have no fraction; adding it makes the processor round half to even. */
const NO_FRACTION = 2 ** 52;
/** PyTorch's threshold: above it log(1 + e^x) is x to rounding. */
const SOFTPLUS_LINEAR = 20;

/**
 * One written-out loop per op: each gets its own type feedback, and nothing is called per element but `Math`.
 * Integer results wrap when they are stored.
 */
export const unaryLoops = {
  neg: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = -a[i];
  },
  abs: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.abs(a[i]);
  },
  // As in PyTorch, the sign of NaN is 0.
  sign: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = a[i] > 0 ? 1 : a[i] < 0 ? -1 : 0;
  },
  exp: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.exp(a[i]);
  },
  expm1: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.expm1(a[i]);
  },
  log: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.log(a[i]);
  },
  log1p: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.log1p(a[i]);
  },
  sqrt: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.sqrt(a[i]);
  },
  rsqrt: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = 1 / Math.sqrt(a[i]);
  },
  reciprocal: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = 1 / a[i];
  },
  sigmoid: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = 1 / (1 + Math.exp(-a[i]));
  },
  tanh: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.tanh(a[i]);
  },
  relu: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = a[i] <= 0 ? 0 : a[i];
  },
  sin: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.sin(a[i]);
  },
  cos: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.cos(a[i]);
  },
  tan: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.tan(a[i]);
  },
  asin: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.asin(a[i]);
  },
  atan: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.atan(a[i]);
  },
  erf: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = erf(a[i]);
  },
  acos: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.acos(a[i]);
  },
  floor: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.floor(a[i]);
  },
  ceil: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.ceil(a[i]);
  },
  round: (a, o, n) => {
    for (let i = 0; i < n; i++) {
      const x = a[i];
      if (x > 0 && x < NO_FRACTION) o[i] = x + NO_FRACTION - NO_FRACTION;
      else if (x < 0 && x > -NO_FRACTION) o[i] = -(NO_FRACTION - x - NO_FRACTION);
      else o[i] = x;
    }
  },
  trunc: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = Math.trunc(a[i]);
  },
  softplus: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = a[i] > SOFTPLUS_LINEAR ? a[i] : Math.log1p(Math.exp(a[i]));
  },
  isnan: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = a[i] !== a[i] ? 1 : 0;
  },
  logical_not: (a, o, n) => {
    for (let i = 0; i < n; i++) o[i] = a[i] === 0 ? 1 : 0;
  },
} satisfies Record<string, UnaryLoop>;

/** Keeps NaN; `low` and `high` may be infinite. As in PyTorch `high` wins over `low`. */
export function clampLoop(a: KernelArray, o: KernelArray, n: number, low: number, high: number): void {
  for (let i = 0; i < n; i++) {
    const x = a[i] < low ? low : a[i];
    o[i] = x > high ? high : x;
  }
}

/** Any dtype to bool: NaN is true. */
export function toBoolLoop(a: KernelArray, o: KernelArray, n: number): void {
  for (let i = 0; i < n; i++) o[i] = a[i] !== 0 ? 1 : 0;
}

export function toInt64Loop(a: KernelArray, o: KernelArray, n: number): void {
  for (let i = 0; i < n; i++) o[i] = Math.trunc(a[i]);
}
