/** Elementwise ops. Gradients are written with public functions, so they differentiate and trace like any other code. */
import { isFloating } from '../dtype.js';
import {
  add,
  cast,
  cos,
  div,
  eq,
  exp,
  ge,
  gt,
  le,
  log,
  lt,
  mul,
  neg,
  pow,
  sign,
  sin,
  sqrt,
  sub,
  where,
} from '../functions/pointwise.js';
import { sumTo } from '../functions/shape.js';
import { pointwiseKernels } from '../kernels/pointwise.js';
import type { Tensor } from '../tensor.js';
import { broadcastShapes, requireSameDtype } from './infer.js';
import { float, literal, whole, flags } from './samples.js';
import type { PointwiseOps } from './table.js';
import type { Meta, OpRecord, OpRecords, Sample } from './types.js';

type UnaryName = Exclude<
  { [N in keyof PointwiseOps]: PointwiseOps[N]['ins'] extends 1 ? N : never }[keyof PointwiseOps],
  'cast' | 'clamp'
>;
type BinaryName = { [N in keyof PointwiseOps]: PointwiseOps[N]['ins'] extends 2 ? N : never }[keyof PointwiseOps];
type UnaryRecord = OpRecord<UnaryName>;
type BinaryRecord = OpRecord<BinaryName>;

const asBool = (meta: Meta): Meta => ({ shape: meta.shape, dtype: 'bool' });

/** Samples of a unary op: the range in which it is smooth, a 0-d tensor and an empty one. */
function unarySamples(low: number, high: number): Sample<UnaryName>[] {
  return [
    { name: 'matrix', ins: [float([3, 5], { low, high })], attrs: {} },
    { name: 'scalar', ins: [float([], { low, high })], attrs: {} },
    { name: 'empty', ins: [float([0, 3], { low, high })], attrs: {} },
  ];
}

/** dx = dy · slope(x, y); the slope reads the input, the output, or neither. */
function unary(
  name: UnaryName,
  reads: 'in' | 'out' | 'none',
  slope: ((saved: Tensor, dy: Tensor) => Tensor) | null,
  range: [number, number] = [-2, 2],
): UnaryRecord {
  const record: UnaryRecord = {
    infer: ([x]) => [x],
    kernel: pointwiseKernels[name],
    inplace: true,
    samples: unarySamples(...range),
  };
  if (slope !== null) {
    record.saves = reads === 'in' ? { ins: [0] } : reads === 'out' ? { outs: [0] } : {};
    record.vjp = (context, [dy]) => {
      const g = dy as Tensor;
      return [() => (reads === 'none' ? slope(g, g) : slope(reads === 'in' ? context.in(0) : context.out(0), g))];
    };
  }
  return record;
}

const zeroSlope = (_: Tensor, dy: Tensor): Tensor => mul(dy, 0);

const broadcastPairs: Sample<BinaryName>[] = [
  { name: 'same', ins: [float([3, 4]), float([3, 4])], attrs: {} },
  { name: 'row', ins: [float([3, 4]), float([4])], attrs: {} },
  { name: 'column', ins: [float([3, 1]), float([1, 4])], attrs: {} },
  { name: 'scalar', ins: [float([]), float([2, 3])], attrs: {} },
  { name: 'channels', ins: [float([2, 3, 2, 2]), float([1, 3, 1, 1])], attrs: {} },
];
const ties: Sample<BinaryName> = {
  name: 'ties',
  ins: [float([4, 5], { low: -2, high: 3, step: 1 }), float([4, 5], { low: -2, high: 3, step: 1 })],
  attrs: {},
};
const integerPair: Sample<BinaryName> = { name: 'integers', ins: [whole([3, 4], -9, 9), whole([4], 1, 5)], attrs: {} };

/** `toB` sums down to the shape of b, for slopes that go on from there: b may be much smaller. */
type BinarySlopes = (
  a: Tensor,
  b: Tensor,
  dy: Tensor,
  y: () => Tensor,
  toB: (x: Tensor) => Tensor,
) => readonly (() => Tensor)[];

/** Sums each slope's product down to the operand's shape. `saves` says what the slopes read. */
function binary(
  name: BinaryName,
  slopes: BinarySlopes | null,
  saves: { ins?: readonly number[]; outs?: readonly number[] },
  samples: readonly Sample<BinaryName>[] = broadcastPairs,
): BinaryRecord {
  const record: BinaryRecord = {
    infer: (metas) => {
      requireSameDtype(name, metas);
      return [{ shape: broadcastShapes(name, [metas[0].shape, metas[1].shape]), dtype: metas[0].dtype }];
    },
    kernel: pointwiseKernels[name],
    inplace: true,
    samples,
  };
  if (slopes === null) return record;
  record.saves = saves;
  record.vjp = (context, [dy]) => {
    const g = dy as Tensor;
    const operand = (i: number): Tensor => (saves.ins?.includes(i) ? context.in(i) : g);
    const toB = (x: Tensor): Tensor => sumTo(x, context.inMetas[1].shape);
    const thunks = slopes(operand(0), operand(1), g, () => context.out(0), toB);
    return thunks.map((thunk, i) => () => sumTo(thunk(), context.inMetas[i].shape));
  };
  return record;
}

function comparison(name: BinaryName): BinaryRecord {
  const record = binary(name, null, {}, [...broadcastPairs, ties, integerPair]);
  return { ...record, inplace: false, infer: (metas, attrs) => record.infer(metas, attrs).map(asBool) };
}

function logical(name: BinaryName): BinaryRecord {
  return binary(name, null, {}, [{ name: 'flags', ins: [flags([3, 4]), flags([4])], attrs: {} }]);
}

/** The winner's gradient: a half at ties, 0 for the operand that is beaten, all for both where one is NaN. */
const half = (beaten: Tensor, tie: Tensor, dy: Tensor): Tensor =>
  mul(dy, sub(1, add(cast(beaten, dy.dtype), mul(cast(tie, dy.dtype), 0.5))));

const positivePairs: Sample<BinaryName>[] = [
  { name: 'positive', ins: [float([3, 4], { low: 0.5, high: 2 }), float([4], { low: -2, high: 3 })], attrs: {} },
  { name: 'square', ins: [float([3, 4]), literal([], [2])], attrs: {} },
  { name: 'cube', ins: [float([3, 4]), literal([], [3])], attrs: {} },
  { name: 'root', ins: [float([3, 4], { low: 0.5, high: 2 }), literal([], [0.5])], attrs: {} },
];

const divisors: Sample<BinaryName>[] = [
  { name: 'same', ins: [float([3, 4]), float([3, 4], { low: 0.5, high: 2 })], attrs: {} },
  { name: 'broadcast', ins: [float([3, 4]), float([3, 1], { low: -2, high: -0.5 })], attrs: {} },
];

export const pointwiseOps: OpRecords<PointwiseOps> = {
  neg: unary('neg', 'none', (_, dy) => neg(dy)),
  abs: unary('abs', 'in', (x, dy) => mul(dy, sign(x))),
  sign: unary('sign', 'none', zeroSlope),
  exp: unary('exp', 'out', (y, dy) => mul(dy, y)),
  expm1: unary('expm1', 'out', (y, dy) => mul(dy, add(y, 1))),
  log: unary('log', 'in', (x, dy) => div(dy, x), [0.5, 3]),
  log1p: unary('log1p', 'in', (x, dy) => div(dy, add(x, 1)), [-0.5, 3]),
  sqrt: unary('sqrt', 'out', (y, dy) => div(dy, mul(y, 2)), [0.5, 3]),
  rsqrt: unary('rsqrt', 'out', (y, dy) => mul(dy, mul(pow(y, 3), -0.5)), [0.5, 3]),
  reciprocal: unary('reciprocal', 'out', (y, dy) => mul(dy, neg(mul(y, y))), [0.5, 3]),
  sigmoid: unary('sigmoid', 'out', (y, dy) => mul(dy, mul(y, sub(1, y)))),
  tanh: unary('tanh', 'out', (y, dy) => mul(dy, sub(1, mul(y, y)))),
  relu: unary('relu', 'out', (y, dy) => mul(dy, cast(gt(y, 0), dy.dtype))),
  sin: unary('sin', 'in', (x, dy) => mul(dy, cos(x))),
  cos: unary('cos', 'in', (x, dy) => neg(mul(dy, sin(x)))),
  tan: unary('tan', 'out', (y, dy) => mul(dy, add(mul(y, y), 1)), [-1.3, 1.3]),
  asin: unary('asin', 'in', (x, dy) => div(dy, sqrt(sub(1, mul(x, x)))), [-0.9, 0.9]),
  acos: unary('acos', 'in', (x, dy) => neg(div(dy, sqrt(sub(1, mul(x, x))))), [-0.9, 0.9]),
  atan: unary('atan', 'in', (x, dy) => div(dy, add(mul(x, x), 1))),
  erf: unary('erf', 'in', (x, dy) => mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))), [-3, 3]),
  floor: unary('floor', 'none', zeroSlope),
  ceil: unary('ceil', 'none', zeroSlope),
  round: unary('round', 'none', zeroSlope),
  trunc: unary('trunc', 'none', zeroSlope),
  softplus: {
    ...unary('softplus', 'in', (x, dy) => mul(dy, where(gt(x, 20), 1, x.sigmoid()))),
    samples: [...unarySamples(-3, 3), { name: 'large', ins: [literal([4], [19, 21, 50, -60])], attrs: {} }],
  },
  isnan: {
    ...unary('isnan', 'none', null),
    inplace: false,
    infer: ([x]) => [asBool(x)],
    samples: [{ name: 'numbers', ins: [float([3, 4])], attrs: {} }],
  },
  logical_not: { ...unary('logical_not', 'none', null), samples: [{ name: 'flags', ins: [flags([3, 4])], attrs: {} }] },
  cast: {
    infer: ([x], { dtype }) => [{ shape: x.shape, dtype }],
    kernel: pointwiseKernels.cast,
    vjp: ({ inMetas: [x] }, [dy]) => [isFloating(x.dtype) ? () => cast(dy as Tensor, x.dtype) : null],
    samples: [
      { name: 'truncates', ins: [float([3, 4], { low: -9, high: 9 })], attrs: { dtype: 'int64' } },
      { name: 'truth', ins: [float([3, 4], { low: -2, high: 2, step: 1 })], attrs: { dtype: 'bool' } },
      { name: 'from bool', ins: [flags([3, 4])], attrs: { dtype: 'float32' } },
      { name: 'from integer', ins: [whole([3, 4], -5, 5)], attrs: { dtype: 'float32' } },
    ],
  },
  add: binary('add', (_a, _b, dy) => [() => dy, () => dy], {}, [...broadcastPairs, integerPair]),
  sub: binary('sub', (_a, _b, dy, _y, toB) => [() => dy, () => neg(toB(dy))], {}, [...broadcastPairs, integerPair]),
  mul: binary('mul', (a, b, dy) => [() => mul(dy, b), () => mul(dy, a)], { ins: [0, 1] }, [
    ...broadcastPairs,
    integerPair,
  ]),
  div: binary(
    'div',
    (a, b, dy, _y, toB) => [() => div(dy, b), () => neg(div(toB(mul(dy, div(a, b))), b))],
    { ins: [0, 1] },
    divisors,
  ),
  pow: binary(
    'pow',
    (a, b, dy, y) => [
      // b · a^(b − 1), which is 0 for b = 0 whatever a is.
      () => where(eq(b, 0), 0, mul(dy, mul(b, pow(a, sub(b, 1))))),
      () => mul(dy, where(eq(a, 0).logical_and(ge(b, 0)), 0, mul(y(), log(a)))),
    ],
    { ins: [0, 1], outs: [0] },
    positivePairs,
  ),
  maximum: binary(
    'maximum',
    (a, b, dy) => [() => half(lt(a, b), eq(a, b), dy), () => half(gt(a, b), eq(a, b), dy)],
    { ins: [0, 1] },
    [...broadcastPairs, ties],
  ),
  minimum: binary(
    'minimum',
    (a, b, dy) => [() => half(gt(a, b), eq(a, b), dy), () => half(lt(a, b), eq(a, b), dy)],
    { ins: [0, 1] },
    [...broadcastPairs, ties],
  ),
  remainder: binary('remainder', (a, b, dy) => [() => dy, () => neg(mul(dy, div(a, b).floor()))], { ins: [0, 1] }, [
    ...divisors,
    integerPair,
  ]),
  floor_divide: binary('floor_divide', null, {}, [...divisors, integerPair]),
  eq: comparison('eq'),
  ne: comparison('ne'),
  lt: comparison('lt'),
  le: comparison('le'),
  gt: comparison('gt'),
  ge: comparison('ge'),
  logical_and: logical('logical_and'),
  logical_or: logical('logical_or'),
  logical_xor: logical('logical_xor'),
  where: {
    infer: ([condition, a, b]) => {
      requireSameDtype('where', [a, b]);
      return [{ shape: broadcastShapes('where', [condition.shape, a.shape, b.shape]), dtype: a.dtype }];
    },
    kernel: pointwiseKernels.where,
    saves: { ins: [0] },
    vjp: (context, [dy]) => {
      const g = dy as Tensor;
      const [, a, b] = context.inMetas;
      return [null, () => sumTo(where(context.in(0), g, 0), a.shape), () => sumTo(where(context.in(0), 0, g), b.shape)];
    },
    samples: [
      { name: 'same', ins: [flags([3, 4]), float([3, 4]), float([3, 4])], attrs: {} },
      { name: 'broadcast', ins: [flags([3, 1]), float([4]), float([])], attrs: {} },
      { name: 'integers', ins: [flags([3, 4]), whole([3, 4], -5, 5), whole([4], 5, 9)], attrs: {} },
    ],
  },
  clamp: {
    infer: ([x]) => [x],
    kernel: pointwiseKernels.clamp,
    inplace: true,
    saves: { ins: [0] },
    vjp: (context, [dy]) => {
      const { min, max } = context.attrs;
      return [
        () => {
          const x = context.in(0);
          const above = min === undefined ? null : ge(x, min);
          const below = max === undefined ? null : le(x, max);
          const inside = above === null ? below : below === null ? above : above.logical_and(below);
          return mul(dy as Tensor, cast(inside as Tensor, (dy as Tensor).dtype));
        },
      ];
    },
    samples: [
      { name: 'min', ins: [float([3, 4])], attrs: { min: 0 } },
      { name: 'max', ins: [float([3, 4])], attrs: { max: 0.5 } },
      { name: 'both', ins: [float([3, 4])], attrs: { min: -1, max: 1 } },
      { name: 'at the bound', ins: [literal([5], [-2, -1, 0, 1, 2])], attrs: { min: -1, max: 1 } },
    ],
  },
};
