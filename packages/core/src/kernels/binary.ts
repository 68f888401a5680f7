import type { DType, KernelArray } from '../dtype.js';

/** o[oo + i] = f(a[ao + i * as], b[bo + i * bs]); `o` may be `a` at the same place. */
export type BinaryLoop = (
  a: KernelArray,
  ao: number,
  as: number,
  b: KernelArray,
  bo: number,
  bs: number,
  o: KernelArray,
  oo: number,
  n: number,
) => void;

/** x ** y over the reals, with PyTorch's pow(1, y) = 1 and pow(-1, ±inf) = 1 where Math.pow gives NaN. */
function realPow(x: number, y: number): number {
  if (y === 2) return x * x;
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
}

/** Integer power by squaring, wrapping modulo 2^32; a negative exponent gives 0 except for bases 1 and -1. */
function wrappingPow(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let square = x;
  for (let e = y; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

/** The same in doubles: exact as long as the result is, where Math.pow may be a unit off. */
function int64Pow(x: number, y: number): number {
  if (y < 0) return wrappingPow(x, y);
  let result = 1;
  let square = x;
  for (let e = y; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** PyTorch's floor division of floats: exact where `Math.floor(x / y)` would round over an integer. */
function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const rest = x % y;
  let quotient = (x - rest) / y;
  if (rest !== 0 && y < 0 !== rest < 0) quotient -= 1;
  if (quotient === 0) return (x / y) * 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** One written-out loop per op, for every dtype unless `exactLoops` names another. Integers wrap when stored. */
export const binaryLoops = {
  add: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] + b[bo + i * bs];
  },
  sub: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] - b[bo + i * bs];
  },
  mul: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] * b[bo + i * bs];
  },
  div: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] / b[bo + i * bs];
  },
  pow: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = realPow(a[ao + i * as], b[bo + i * bs]);
  },
  maximum: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) {
      const x = a[ao + i * as];
      const y = b[bo + i * bs];
      o[oo + i] = x > y || x !== x ? x : y;
    }
  },
  minimum: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) {
      const x = a[ao + i * as];
      const y = b[bo + i * bs];
      o[oo + i] = x < y || x !== x ? x : y;
    }
  },
  remainder: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) {
      const y = b[bo + i * bs];
      const rest = a[ao + i * as] % y;
      o[oo + i] = rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
    }
  },
  floor_divide: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = floorDivide(a[ao + i * as], b[bo + i * bs]);
  },
  eq: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] === b[bo + i * bs] ? 1 : 0;
  },
  ne: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] !== b[bo + i * bs] ? 1 : 0;
  },
  lt: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] < b[bo + i * bs] ? 1 : 0;
  },
  le: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] <= b[bo + i * bs] ? 1 : 0;
  },
  gt: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] > b[bo + i * bs] ? 1 : 0;
  },
  ge: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] >= b[bo + i * bs] ? 1 : 0;
  },
  logical_and: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] !== 0 && b[bo + i * bs] !== 0 ? 1 : 0;
  },
  logical_or: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = a[ao + i * as] !== 0 || b[bo + i * bs] !== 0 ? 1 : 0;
  },
  logical_xor: (a, ao, as, b, bo, bs, o, oo, n) => {
    for (let i = 0; i < n; i++) o[oo + i] = (a[ao + i * as] !== 0) !== (b[bo + i * bs] !== 0) ? 1 : 0;
  },
} satisfies Record<string, BinaryLoop>;

export type BinaryName = keyof typeof binaryLoops;

const wrappingMul: BinaryLoop = (a, ao, as, b, bo, bs, o, oo, n) => {
  for (let i = 0; i < n; i++) o[oo + i] = Math.imul(a[ao + i * as], b[bo + i * bs]);
};
const wrappingPowLoop: BinaryLoop = (a, ao, as, b, bo, bs, o, oo, n) => {
  for (let i = 0; i < n; i++) o[oo + i] = wrappingPow(a[ao + i * as], b[bo + i * bs]);
};
const int64PowLoop: BinaryLoop = (a, ao, as, b, bo, bs, o, oo, n) => {
  for (let i = 0; i < n; i++) o[oo + i] = int64Pow(a[ao + i * as], b[bo + i * bs]);
};

/** Loops that replace the general one for a dtype, where doubles are not exact or bool arithmetic is logic. */
const exactLoops: Partial<Record<BinaryName, Partial<Record<DType, BinaryLoop>>>> = {
  add: { bool: binaryLoops.logical_or },
  mul: { int32: wrappingMul, uint8: wrappingMul, bool: binaryLoops.logical_and },
  pow: { int32: wrappingPowLoop, uint8: wrappingPowLoop, int64: int64PowLoop },
};

/** The loop of `op` for operands of `dtype`. */
export function binaryLoop(op: BinaryName, dtype: DType): BinaryLoop {
  return exactLoops[op]?.[dtype] ?? binaryLoops[op];
}
