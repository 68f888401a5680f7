/** Elementwise ops. Gradients are written with public functions, so they differentiate and trace like any other code. */
import { isFloating } from '../dtype.js';
import {
  add,
  cast,
  cos,
  div,
  eq,
  exp,
  floor_divide,
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
import { dispatch } from '../dispatch.js';
import { zeros_like } from '../functions/create.js';
import { sumTo } from '../functions/shape.js';
import { pointwiseKernels } from '../kernels/pointwise.js';
import type { Tensor } from '../tensor.js';
import { broadcastShapes, requireSameDtype } from './infer.js';
import type { PointwiseOps } from './table.js';
import type { Meta, OpRecord, OpRecords } from './types.js';

type UnaryName = Exclude<
  { [N in keyof PointwiseOps]: PointwiseOps[N]['ins'] extends 1 ? N : never }[keyof PointwiseOps],
  'cast' | 'clamp'
>;
type BinaryName = { [N in keyof PointwiseOps]: PointwiseOps[N]['ins'] extends 2 ? N : never }[keyof PointwiseOps];
type UnaryRecord = OpRecord<UnaryName>;
type BinaryRecord = OpRecord<BinaryName>;

const powNames = ['input', 'exponent'];
const whereNames = ['condition', 'input', 'other'];
const asBool = (meta: Meta): Meta => ({ shape: meta.shape, dtype: 'bool' });

/** dx = dy · slope(x, y); the slope reads the input, the output, or neither. */
function unary(
  name: UnaryName,
  reads: 'in' | 'out' | 'none',
  slope: ((saved: Tensor, dy: Tensor) => Tensor) | null,
): UnaryRecord {
  const record: UnaryRecord = {
    infer: ([x]) => [x],
    kernel: pointwiseKernels[name],
    inplace: true,
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

/** Not `dy · 0`, which is NaN where dy is infinite. */
const zeroSlope = (_: Tensor, dy: Tensor): Tensor => zeros_like(dy);

/** dy where `kept` holds: a gradient that does not pass is 0, even where dy is infinite or NaN. */
const passing = (kept: Tensor, dy: Tensor): Tensor => dispatch('gate', [dy, kept], {});

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
): BinaryRecord {
  const record: BinaryRecord = {
    infer: (metas) => {
      requireSameDtype(name, metas);
      return [{ shape: broadcastShapes(name, metas, name === 'pow' ? powNames : undefined), dtype: metas[0].dtype }];
    },
    kernel: pointwiseKernels[name],
    inplace: true,
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
  const record = binary(name, null, {});
  return { ...record, inplace: false, infer: (metas, attrs) => record.infer(metas, attrs).map(asBool) };
}

/** The winner's gradient: a half at ties, 0 for the operand that is beaten, all for both where one is NaN. */
const half = (beaten: Tensor, tie: Tensor, dy: Tensor): Tensor =>
  where(beaten, 0, mul(dy, sub(1, mul(cast(tie, dy.dtype), 0.5))));

export const pointwiseOps: OpRecords<PointwiseOps> = {
  neg: unary('neg', 'none', (_, dy) => neg(dy)),
  abs: unary('abs', 'in', (x, dy) => mul(dy, sign(x))),
  sign: unary('sign', 'none', zeroSlope),
  exp: unary('exp', 'out', (y, dy) => mul(dy, y)),
  expm1: unary('expm1', 'out', (y, dy) => mul(dy, add(y, 1))),
  log: unary('log', 'in', (x, dy) => div(dy, x)),
  log1p: unary('log1p', 'in', (x, dy) => div(dy, add(x, 1))),
  sqrt: unary('sqrt', 'out', (y, dy) => div(dy, mul(y, 2))),
  rsqrt: unary('rsqrt', 'out', (y, dy) => mul(dy, mul(pow(y, 3), -0.5))),
  reciprocal: unary('reciprocal', 'out', (y, dy) => mul(dy, neg(mul(y, y)))),
  sigmoid: unary('sigmoid', 'out', (y, dy) => mul(dy, mul(y, sub(1, y)))),
  tanh: unary('tanh', 'out', (y, dy) => mul(dy, sub(1, mul(y, y)))),
  relu: unary('relu', 'out', (y, dy) => passing(gt(y, 0), dy)),
  sin: unary('sin', 'in', (x, dy) => mul(dy, cos(x))),
  cos: unary('cos', 'in', (x, dy) => neg(mul(dy, sin(x)))),
  tan: unary('tan', 'out', (y, dy) => mul(dy, add(mul(y, y), 1))),
  asin: unary('asin', 'in', (x, dy) => div(dy, sqrt(sub(1, mul(x, x))))),
  acos: unary('acos', 'in', (x, dy) => neg(div(dy, sqrt(sub(1, mul(x, x)))))),
  atan: unary('atan', 'in', (x, dy) => div(dy, add(mul(x, x), 1))),
  erf: unary('erf', 'in', (x, dy) => mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))),
  floor: unary('floor', 'none', zeroSlope),
  ceil: unary('ceil', 'none', zeroSlope),
  round: unary('round', 'none', zeroSlope),
  trunc: unary('trunc', 'none', zeroSlope),
  softplus: unary('softplus', 'in', (x, dy) => mul(dy, where(gt(x, 20), 1, x.sigmoid()))),
  isnan: {
    ...unary('isnan', 'none', null),
    inplace: false,
    infer: ([x]) => [asBool(x)],
  },
  logical_not: unary('logical_not', 'none', null),
  cast: {
    infer: ([x], { dtype }) => [{ shape: x.shape, dtype }],
    kernel: pointwiseKernels.cast,
    vjp: ({ inMetas: [x] }, [dy]) => [isFloating(x.dtype) ? () => cast(dy as Tensor, x.dtype) : null],
  },
  add: binary('add', (_a, _b, dy) => [() => dy, () => dy], {}),
  sub: binary('sub', (_a, _b, dy, _y, toB) => [() => dy, () => neg(toB(dy))], {}),
  mul: binary('mul', (a, b, dy) => [() => mul(dy, b), () => mul(dy, a)], { ins: [0, 1] }),
  div: binary('div', (a, b, dy, _y, toB) => [() => div(dy, b), () => neg(div(toB(mul(dy, div(a, b))), b))], {
    ins: [0, 1],
  }),
  pow: binary(
    'pow',
    (a, b, dy, y) => [
      // b · a^(b − 1), which is 0 for b = 0 whatever a is.
      () => where(eq(b, 0), 0, mul(dy, mul(b, pow(a, sub(b, 1))))),
      () => mul(dy, where(eq(a, 0).logical_and(ge(b, 0)), 0, mul(y(), log(a)))),
    ],
    { ins: [0, 1], outs: [0] },
  ),
  maximum: binary('maximum', (a, b, dy) => [() => half(lt(a, b), eq(a, b), dy), () => half(gt(a, b), eq(a, b), dy)], {
    ins: [0, 1],
  }),
  minimum: binary('minimum', (a, b, dy) => [() => half(gt(a, b), eq(a, b), dy), () => half(lt(a, b), eq(a, b), dy)], {
    ins: [0, 1],
  }),
  remainder: binary('remainder', (a, b, dy) => [() => dy, () => neg(mul(dy, floor_divide(a, b)))], { ins: [0, 1] }),
  floor_divide: binary('floor_divide', (_a, _b, dy) => [() => zeros_like(dy), () => zeros_like(dy)], {}),
  eq: comparison('eq'),
  ne: comparison('ne'),
  lt: comparison('lt'),
  le: comparison('le'),
  gt: comparison('gt'),
  ge: comparison('ge'),
  logical_and: binary('logical_and', null, {}),
  logical_or: binary('logical_or', null, {}),
  logical_xor: binary('logical_xor', null, {}),
  where: {
    infer: ([condition, a, b]) => {
      requireSameDtype('where', [a, b]);
      return [{ shape: broadcastShapes('where', [condition, a, b], whereNames), dtype: a.dtype }];
    },
    kernel: pointwiseKernels.where,
    saves: { ins: [0] },
    vjp: (context, [dy]) => {
      const g = dy as Tensor;
      const [, a, b] = context.inMetas;
      return [null, () => sumTo(where(context.in(0), g, 0), a.shape), () => sumTo(where(context.in(0), 0, g), b.shape)];
    },
  },
  gate: {
    infer: ([x]) => [x],
    kernel: pointwiseKernels.gate,
    saves: { ins: [1] },
    vjp: (context, [dy]) => [() => passing(context.in(1), dy as Tensor), null],
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
          return passing(inside as Tensor, dy as Tensor);
        },
      ];
    },
  },
};
