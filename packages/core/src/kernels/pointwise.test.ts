import { describe, expect, it } from 'vitest';
import type { DType, Shape } from '../dtype.js';
import type { PointwiseOps } from '../ops/table.js';
import { block, get, indices, random, values } from './kernels.testing.js';
import { pointwiseKernels as kernels } from './pointwise.js';

type BinaryOp = Exclude<
  { [N in keyof PointwiseOps]: PointwiseOps[N]['ins'] extends 2 ? N : never }[keyof PointwiseOps],
  'gate'
>;

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** One value through a unary op. */
const one = (name: Exclude<keyof PointwiseOps, 'cast' | 'clamp'>, x: number, dtype: DType = 'float64'): number =>
  values(kernels[name], [block(dtype, [], [x])], dtype, [], {})[0];

const two = (name: BinaryOp, a: number, b: number, dtype: DType = 'float64', out: DType = dtype): number =>
  values(kernels[name], [block(dtype, [], [a]), block(dtype, [], [b])], out, [], {})[0];

const cast = (from: DType, to: DType, x: readonly number[]): number[] =>
  values(kernels.cast, [block(from, [x.length], x)], to, [x.length], { dtype: to });

describe('unary ops', () => {
  const reference = {
    neg: (x: number) => 0 - x,
    abs: (x: number) => (x < 0 ? 0 - x : x),
    exp: (x: number) => Math.E ** x,
    expm1: (x: number) => Math.E ** x - 1,
    log: (x: number) => Math.log2(x) / Math.LOG2E,
    log1p: (x: number) => Math.log2(1 + x) / Math.LOG2E,
    sqrt: (x: number) => x ** 0.5,
    rsqrt: (x: number) => x ** -0.5,
    reciprocal: (x: number) => x ** -1,
    sigmoid: (x: number) => Math.E ** x / (1 + Math.E ** x),
    tanh: (x: number) => (Math.E ** (2 * x) - 1) / (Math.E ** (2 * x) + 1),
    relu: (x: number) => Math.max(x, 0),
    sin: (x: number) => Math.cos(x - Math.PI / 2),
    cos: (x: number) => Math.sin(x + Math.PI / 2),
    acos: (x: number) => Math.PI / 2 - Math.asin(x),
    floor: (x: number) => -Math.ceil(-x),
    ceil: (x: number) => -Math.floor(-x),
    trunc: (x: number) => (x < 0 ? Math.ceil(x) : Math.floor(x)),
    softplus: (x: number) => Math.log(1 + Math.E ** x),
  };

  it.each(Object.keys(reference) as (keyof typeof reference)[])('%s follows its definition', (name) => {
    const x = random('float64', [3, 7], 5, name === 'acos' ? -1 : 0.25, name === 'acos' ? 1 : 4, 0.125);
    const expected = Array.from(x.data, reference[name]);
    values(kernels[name], [x], 'float64', [3, 7], {}).forEach((y, i) => expect(y).toBeCloseTo(expected[i], 12));
  });

  it('keeps PyTorch at the special values', () => {
    expect([-2, -0, 0, 3, nan].map((x) => one('sign', x) + 0)).toEqual([-1, 0, 0, 1, 0]);
    expect(one('relu', nan)).toBeNaN();
    expect(one('relu', -1)).toBe(0);
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.6, -2.6, 1e300].map((x) => one('round', x))).toEqual([
      0, 2, 2, -0, -2, 3, -3, 1e300,
    ]);
    expect(one('round', nan)).toBeNaN();
    expect(one('round', inf)).toBe(inf);
    expect(one('softplus', 20.5)).toBe(20.5);
    expect(one('softplus', 800)).toBe(800);
    expect([-100, 100].map((x) => one('sigmoid', x))).toEqual([1 / (1 + Math.exp(100)), 1]);
  });

  it('wraps narrow integers and has no -0 in int64', () => {
    expect(one('abs', -(2 ** 31), 'int32')).toBe(-(2 ** 31));
    expect(one('neg', 1, 'uint8')).toBe(255);
    expect(one('neg', 0, 'int64')).toBe(0);
    expect(one('neg', 5, 'int64')).toBe(-5);
  });

  it('writes truth values', () => {
    expect(values(kernels.isnan, [block('float32', [3], [1, nan, inf])], 'bool', [3], {})).toEqual([0, 1, 0]);
    expect(values(kernels.logical_not, [block('bool', [2], [0, 1])], 'bool', [2], {})).toEqual([1, 0]);
  });
});

describe('cast', () => {
  it('converts as PyTorch does', () => {
    expect(cast('float32', 'bool', [0, -0, 0.5, nan])).toEqual([0, 0, 1, 1]);
    expect(cast('float32', 'int64', [-0.5, 1.9, -1.9])).toEqual([0, 1, -1]);
    expect(cast('float32', 'uint8', [-1, 300])).toEqual([255, 44]);
    expect(cast('int64', 'int32', [3000000000, -1])).toEqual([-1294967296, -1]);
    expect(cast('float64', 'float32', [0.1])).toEqual([Math.fround(0.1)]);
    expect(cast('bool', 'float32', [1, 0])).toEqual([1, 0]);
  });

  it('refuses what int64 cannot hold', () => {
    expect(() => cast('float64', 'int64', [2 ** 60])).toThrow(
      'to: an int64 result exceeds 2^53 (reidgrad holds int64 exactly up to there)',
    );
    expect(() => cast('float64', 'int64', [nan])).toThrow('to: input: got NaN, expected numbers for int64');
  });
});

it('gate is 0 where the condition does not hold, whatever stands there', () => {
  const [x, shut] = [block('float32', [2, 3], [1, nan, inf, 2, nan, inf]), block('bool', [3], [1, 0, 0])];
  expect(values(kernels.gate, [x, shut], 'float32', [2, 3], {})).toEqual([1, 0, 0, 2, 0, 0]);
});

describe('binary ops', () => {
  const reference: Record<BinaryOp, (a: number, b: number) => number> = {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, b) => a * b,
    div: (a, b) => a / b,
    pow: (a, b) => a ** b,
    maximum: Math.max,
    minimum: Math.min,
    remainder: (a, b) => a - b * Math.floor(a / b),
    floor_divide: (a, b) => Math.floor(a / b),
    eq: (a, b) => Number(a === b),
    ne: (a, b) => Number(a !== b),
    lt: (a, b) => Number(a < b),
    le: (a, b) => Number(a <= b),
    gt: (a, b) => Number(a > b),
    ge: (a, b) => Number(a >= b),
    logical_and: (a, b) => Number(a !== 0 && b !== 0),
    logical_or: (a, b) => Number(a !== 0 || b !== 0),
    logical_xor: (a, b) => Number((a !== 0) !== (b !== 0)),
  };
  const names = Object.keys(reference) as BinaryOp[];
  const shapes: [Shape, Shape, Shape][] = [
    [[], [], []],
    [[1], [1], [1]],
    [
      [3, 4],
      [3, 4],
      [3, 4],
    ],
    [[3, 4], [], [3, 4]],
    [[], [2, 3], [2, 3]],
    [[3, 1], [4], [3, 4]],
    [
      [4, 1, 3],
      [2, 1],
      [4, 2, 3],
    ],
    [
      [2, 3, 4, 5],
      [3, 1, 1],
      [2, 3, 4, 5],
    ],
    [
      [2, 1, 4, 1],
      [1, 3, 1, 5],
      [2, 3, 4, 5],
    ],
    [[0, 3], [3], [0, 3]],
    [
      [1, 3],
      [0, 1],
      [0, 3],
    ],
  ];

  it.each(names)('%s broadcasts', (name) => {
    for (const [aShape, bShape, outShape] of shapes) {
      // Divisors stay away from zero.
      const a = random('float64', aShape, 1, -3, 3, 0.5);
      const b = random('float64', bShape, 2, 0.5, 3, 0.5);
      const expected = indices(outShape).map((i) => reference[name](get(a, i), get(b, i)));
      const actual = values(kernels[name], [a, b], 'float64', outShape, {});
      actual.forEach((y, i) => {
        if (Number.isNaN(expected[i])) expect(y).toBeNaN();
        else expect(y + 0).toBeCloseTo(expected[i], 12);
      });
      expect(actual.length).toBe(expected.length);
    }
  });

  it('works over its own first operand', () => {
    const a = random('float32', [3, 4], 3);
    const expected = Array.from(a.data, (x, i) => x * (i % 4));
    kernels.mul([a, block('float32', [4], [0, 1, 2, 3])], [a], {});
    expect(Array.from(a.data)).toEqual(expected);
  });

  it('propagates NaN through maximum and minimum from either side', () => {
    for (const name of ['maximum', 'minimum'] as const) {
      expect(two(name, nan, 1)).toBeNaN();
      expect(two(name, 1, nan)).toBeNaN();
    }
  });

  it('keeps PyTorch at the special values of pow, remainder and floor_divide', () => {
    expect([two('pow', 1, nan), two('pow', -1, inf), two('pow', -1, -inf), two('pow', nan, 0)]).toEqual([1, 1, 1, 1]);
    expect(two('pow', -8, 1 / 3)).toBeNaN();
    expect([two('remainder', 5, -3), two('remainder', -5, 3), two('remainder', -4, 2)]).toEqual([-1, 1, -0]);
    expect(two('remainder', 1, 0)).toBeNaN();
    expect([two('floor_divide', -5, 3), two('floor_divide', 1, 0), two('floor_divide', -0, 3)]).toEqual([-2, inf, -0]);
    // 1 / 0.1 rounds to 10, though ten tenths in binary exceed one.
    expect(two('floor_divide', 1, 0.1)).toBe(9);
  });

  it('keeps integer powers exact', () => {
    const cases = [
      [2, -1],
      [1, -2],
      [-1, -3],
      [-1, -2],
      [0, 0],
      [-2, 3],
    ] as const;
    expect(cases.map(([a, b]) => two('pow', a, b, 'int64'))).toEqual([0, 1, -1, 1, 1, -8]);
    expect(two('pow', 3, 33, 'int64')).toBe(5559060566555523);
    expect(two('pow', 7, 20, 'int32')).toBe(Number(BigInt.asIntN(32, 7n ** 20n)));
  });

  it('wraps int32 and uint8', () => {
    expect(two('mul', 123456789, 987654321, 'int32')).toBe(Number(BigInt.asIntN(32, 123456789n * 987654321n)));
    expect(two('add', 2 ** 31 - 1, 1, 'int32')).toBe(-(2 ** 31));
    expect(two('sub', 3, 5, 'uint8')).toBe(254);
    expect(two('mul', 200, 3, 'uint8')).toBe(88);
  });

  it('adds and multiplies bool as logic', () => {
    expect([two('add', 1, 1, 'bool'), two('mul', 1, 0, 'bool')]).toEqual([1, 0]);
  });

  it('throws where int64 would be rounded and leaves an aliased operand alone', () => {
    const a = block('int64', [2], [5, 2 ** 52]);
    expect(() => kernels.mul([a, block('int64', [], [4])], [a], {})).toThrow(
      'mul: an int64 result exceeds 2^53 (reidgrad holds int64 exactly up to there)',
    );
    expect(Array.from(a.data)).toEqual([5, 2 ** 52]);
    expect(() => two('add', 2 ** 53 - 1, 2, 'int64')).toThrow('add: an int64 result exceeds 2^53');
    expect(two('mul', 0, -5, 'int64')).toBe(0);
  });

  it('throws on an integer zero divisor before writing', () => {
    const a = block('int32', [2], [7, 8]);
    for (const name of ['floor_divide', 'remainder'] as const) {
      expect(() => kernels[name]([a, block('int32', [2], [2, 0])], [a], {})).toThrow(`${name}: other: has a 0`);
    }
    expect(Array.from(a.data)).toEqual([7, 8]);
    expect(two('floor_divide', -7, 2, 'int32')).toBe(-4);
    expect(two('remainder', -7, 2, 'int64')).toBe(1);
  });
});

describe('where and clamp', () => {
  it('broadcasts all three operands', () => {
    const condition = random('bool', [3, 1], 4, 0, 2, 1);
    const a = random('float32', [4], 5);
    const b = random('float32', [2, 1, 1], 6);
    const expected = indices([2, 3, 4]).map((i) => (get(condition, i) ? get(a, i) : get(b, i)));
    expect(values(kernels.where, [condition, a, b], 'float32', [2, 3, 4], {})).toEqual(expected);
  });

  it('clamps from either side, keeps NaN, and lets max win', () => {
    const x = block('float32', [4], [-2, 0.5, 3, nan]);
    const clamp = (attrs: { min?: number; max?: number }) => values(kernels.clamp, [x], 'float32', [4], attrs);
    expect(clamp({ min: -1, max: 1 })).toEqual([-1, 0.5, 1, nan]);
    expect(clamp({ min: 0 })).toEqual([0, 0.5, 3, nan]);
    expect(clamp({ max: 0 })).toEqual([-2, 0, 0, nan]);
    expect(clamp({ min: 3, max: 2 })).toEqual([2, 2, 2, nan]);
    expect(clamp({ min: nan })).toEqual([nan, nan, nan, nan]);
  });
});
