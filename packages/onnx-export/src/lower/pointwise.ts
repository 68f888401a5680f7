import { isFloating } from '@reidgrad/core/graph';
import type { PointwiseOps } from '@reidgrad/core/graph';
import { and, compare, equal, isNaNMask, metaOf, not, or, pointwise, where } from './steps.js';
import type { LowerContext, Lowering, LoweringTable, Ref } from './types.js';

/** Ops with an ONNX operator of the same meaning on every provider. */
const unary =
  (opType: string) =>
  (context: LowerContext, [x]: readonly Ref[]): readonly Ref[] => [pointwise(context, opType, x)];

/** Comparisons; bool operands compare as 0 and 1. */
const comparison =
  (opType: string) =>
  (context: LowerContext, [a, b]: readonly Ref[]): readonly Ref[] => [
    compare(context, opType, comparable(context, a), comparable(context, b)),
  ];

const comparable = (context: LowerContext, x: Ref): Ref => (x.dtype === 'bool' ? context.cast(x, 'int32') : x);

/** Arithmetic; on bool, `logical` says the same. */
const arithmetic =
  (opType: string, logical: (context: LowerContext, a: Ref, b: Ref) => Ref) =>
  (context: LowerContext, [a, b]: readonly Ref[]): readonly Ref[] => [
    a.dtype === 'bool' ? logical(context, a, b) : pointwise(context, opType, a, b),
  ];

/** A bool as number. */
const isFlag = (context: LowerContext, x: Ref): boolean => {
  const producer = context.producer(x);
  return producer?.opType === 'Cast' && producer.ins[0]?.dtype === 'bool';
};

/** Whether `x` is a product with `factor`, negated or not. */
function hasFactor(context: LowerContext, x: Ref, factor: Ref): boolean {
  const producer = context.producer(x);
  if (producer?.opType === 'Neg') return producer.ins.some((ref) => ref !== null && hasFactor(context, ref, factor));
  return producer?.opType === 'Mul' && producer.ins.some((ref) => ref?.name === factor.name);
}

/** A product. What has been multiplied by a flag is the same after being multiplied by it again. */
const multiply: Lowering<'mul'> = (context, [a, b]) => {
  if (isFlag(context, b) && hasFactor(context, a, b)) return [a];
  if (isFlag(context, a) && hasFactor(context, b, a)) return [b];
  return arithmetic('Mul', and)(context, [a, b]);
};

const xor = (context: LowerContext, a: Ref, b: Ref): Ref => not(context, equal(context, a, b));

/** Max or Min; NaN wins on the CPU. */
const extremum =
  (opType: 'Max' | 'Min') =>
  (context: LowerContext, [a, b]: readonly Ref[]): readonly Ref[] => {
    if (a.dtype === 'bool') return [opType === 'Max' ? or(context, a, b) : and(context, a, b)];
    return [pointwise(context, opType, a, b)];
  };

const zeroLike = (context: LowerContext, x: Ref): Ref => context.scalar(x.dtype, 0);

/** log(1 + x), exact for small x: log(u) x / (u − 1) with u = 1 + x corrects the rounding of u. */
export function log1p(context: LowerContext, x: Ref): Ref {
  const one = context.scalar(x.dtype, 1);
  const u = pointwise(context, 'Add', x, one);
  const rounded = pointwise(context, 'Sub', u, one);
  const log = pointwise(context, 'Log', u);
  const corrected = pointwise(context, 'Mul', log, pointwise(context, 'Div', x, rounded));
  const small = where(context, equal(context, rounded, zeroLike(context, x)), x, corrected);
  // Far out the correction is nothing, and infinity would give inf / inf.
  return where(
    context,
    compare(context, 'Greater', x, context.scalar(x.dtype, x.dtype === 'float16' ? 1e4 : 1e9)),
    log,
    small,
  );
}

/** Rounds towards minus infinity; ONNX's integer Div truncates. A zero divisor kills the process on the CPU: it counts as 1. */
function floorDivideIntegers(context: LowerContext, a: Ref, divisor: Ref): Ref {
  const zero = zeroLike(context, a);
  const isSafe = divisor.constant !== undefined && Array.from(divisor.constant).every((value) => value !== 0);
  const b = isSafe ? divisor : where(context, equal(context, divisor, zero), context.scalar(a.dtype, 1), divisor);
  const quotient = pointwise(context, 'Div', a, b);
  const rest = pointwise(context, 'Sub', a, pointwise(context, 'Mul', quotient, b));
  const isNegative = (x: Ref): Ref => compare(context, 'Less', x, zero);
  const differ = and(context, xor(context, isNegative(rest), isNegative(b)), not(context, equal(context, rest, zero)));
  return pointwise(context, 'Sub', quotient, context.cast(differ, a.dtype));
}

const floorDivide: Lowering<'floor_divide'> = (context, [a, b]) => {
  if (!isFloating(a.dtype)) return [floorDivideIntegers(context, a, b)];
  return [pointwise(context, 'Floor', pointwise(context, 'Div', a, b))];
};

/** x to a constant power by multiplication or a root, which are faster and more exact than Pow. */
function constantPower(context: LowerContext, x: Ref, exponent: number): Ref | undefined {
  const square = (): Ref => pointwise(context, 'Mul', x, x);
  if (exponent === 1) return x;
  if (exponent === 2) return square();
  if (exponent === 3) return pointwise(context, 'Mul', square(), x);
  if (!isFloating(x.dtype)) return undefined;
  if (exponent === 0.5) return pointwise(context, 'Sqrt', x);
  if (exponent === -1) return pointwise(context, 'Reciprocal', x);
  if (exponent === -0.5) return pointwise(context, 'Reciprocal', pointwise(context, 'Sqrt', x));
  return undefined;
}

export const pointwiseLowerings: LoweringTable<PointwiseOps> = {
  neg: (context, [x]) => [
    isFloating(x.dtype) || !context.portable
      ? pointwise(context, 'Neg', x)
      : pointwise(context, 'Sub', zeroLike(context, x), x),
  ],
  abs(context, [x]) {
    if (isFloating(x.dtype) || !context.portable) return [pointwise(context, 'Abs', x)];
    return [pointwise(context, 'Max', x, pointwise(context, 'Sub', zeroLike(context, x), x))];
  },
  sign(context, [x]) {
    const zero = zeroLike(context, x);
    const positive = context.cast(compare(context, 'Greater', x, zero), x.dtype);
    const negative = context.cast(compare(context, 'Less', x, zero), x.dtype);
    return [pointwise(context, 'Sub', positive, negative)];
  },
  exp: unary('Exp'),
  /** e^x − 1 = tanh(x / 2) (e^x + 1), without cancellation near 0; beyond ±1 the plain form is exact and stays finite. */
  expm1(context, [x]) {
    const one = context.scalar(x.dtype, 1);
    const exp = pointwise(context, 'Exp', x);
    const half = pointwise(context, 'Mul', x, context.scalar(x.dtype, 0.5));
    const near = pointwise(context, 'Mul', pointwise(context, 'Tanh', half), pointwise(context, 'Add', exp, one));
    const isNear = compare(context, 'Less', pointwise(context, 'Abs', x), one);
    return [where(context, isNear, near, pointwise(context, 'Sub', exp, one))];
  },
  log: unary('Log'),
  log1p: (context, [x]) => [log1p(context, x)],
  sqrt: unary('Sqrt'),
  rsqrt: (context, [x]) => [pointwise(context, 'Reciprocal', pointwise(context, 'Sqrt', x))],
  reciprocal: unary('Reciprocal'),
  sigmoid: unary('Sigmoid'),
  tanh: unary('Tanh'),
  relu: (context, [x]) => [
    isFloating(x.dtype) ? pointwise(context, 'Relu', x) : pointwise(context, 'Max', x, zeroLike(context, x)),
  ],
  sin: unary('Sin'),
  cos: unary('Cos'),
  // CUDA has no Tan, and the CPU has it in float32 only.
  tan: (context, [x]) => [pointwise(context, 'Div', pointwise(context, 'Sin', x), pointwise(context, 'Cos', x))],
  asin: unary('Asin'),
  acos: unary('Acos'),
  atan: unary('Atan'),
  erf: unary('Erf'),
  floor: (context, [x]) => [isFloating(x.dtype) ? pointwise(context, 'Floor', x) : x],
  ceil: (context, [x]) => [isFloating(x.dtype) ? pointwise(context, 'Ceil', x) : x],
  round(context, [x]) {
    if (!isFloating(x.dtype)) return [x];
    if (!context.portable) return [pointwise(context, 'Round', x)];
    const half = context.scalar(x.dtype, 0.5);
    const floor = pointwise(context, 'Floor', x);
    const fraction = pointwise(context, 'Sub', x, floor);
    const halved = pointwise(context, 'Mul', floor, half);
    const isOdd = not(context, equal(context, halved, pointwise(context, 'Floor', halved)));
    const isTie = equal(context, fraction, half);
    const up = or(context, compare(context, 'Greater', fraction, half), and(context, isTie, isOdd));
    return [pointwise(context, 'Add', floor, context.cast(up, x.dtype))];
  },
  trunc(context, [x]) {
    if (!isFloating(x.dtype)) return [x];
    const isNegative = compare(context, 'Less', x, zeroLike(context, x));
    return [where(context, isNegative, pointwise(context, 'Ceil', x), pointwise(context, 'Floor', x))];
  },
  softplus(context, [x]) {
    if (x.dtype !== 'float64') return [pointwise(context, 'Softplus', x)];
    // No float64 kernel: max(x, 0) + log(1 + e^-|x|).
    const tail = log1p(context, pointwise(context, 'Exp', pointwise(context, 'Neg', pointwise(context, 'Abs', x))));
    return [pointwise(context, 'Add', pointwise(context, 'Relu', x), tail)];
  },
  isnan(context, [x]) {
    if (isFloating(x.dtype)) return [isNaNMask(context, x)];
    const value = comparable(context, x);
    return [not(context, compare(context, 'Equal', value, value))];
  },
  logical_not: (context, [x]) => [not(context, x)],
  cast: (context, [x], _attrs, [out]) => [context.cast(x, out.dtype)],
  add: arithmetic('Add', or),
  sub: arithmetic('Sub', xor),
  mul: multiply,
  div: arithmetic('Div', and),
  pow(context, [x, exponent], _attrs, [out]) {
    if (exponent.constant?.length === 1 && exponent.shape.length <= x.shape.length) {
      const power = constantPower(context, x, exponent.constant[0]);
      if (power !== undefined) return [power];
    }
    const isSingle = exponent.shape.length <= x.shape.length && exponent.dims.every((dim) => dim === 1);
    if (isSingle) return [pointwise(context, 'Pow', x, context.reshape(exponent, []))];
    // WebGPU's Pow fails when it has to broadcast anything but a rank-0 exponent.
    return [pointwise(context, 'Pow', context.expand(x, out.shape), context.expand(exponent, out.shape))];
  },
  maximum: extremum('Max'),
  minimum: extremum('Min'),
  remainder(context, [a, b]) {
    const quotient = isFloating(a.dtype)
      ? pointwise(context, 'Floor', pointwise(context, 'Div', a, b))
      : floorDivideIntegers(context, a, b);
    return [pointwise(context, 'Sub', a, pointwise(context, 'Mul', quotient, b))];
  },
  floor_divide: floorDivide,
  eq: comparison('Equal'),
  ne: (context, [a, b]) => [not(context, equal(context, a, b))],
  lt: comparison('Less'),
  le: comparison('LessOrEqual'),
  gt: comparison('Greater'),
  ge: comparison('GreaterOrEqual'),
  logical_and: (context, [a, b]) => [and(context, a, b)],
  logical_or: (context, [a, b]) => [or(context, a, b)],
  logical_xor: (context, [a, b]) => [xor(context, a, b)],
  where: (context, [condition, a, b]) => [where(context, condition, a, b)],
  gate(context, [x, condition]) {
    // On CPU, Where takes four times as long.
    if (context.has('cpu')) return [pointwise(context, 'Mul', x, context.cast(condition, x.dtype))];
    return [where(context, condition, x, context.scalar(x.dtype, 0))];
  },
  clamp(context, [x], { min, max }) {
    if (min === undefined && max === undefined) return [x];
    // An absent bound means the largest finite number to Clip: it would cut infinities.
    const widest = isFloating(x.dtype) ? Infinity : 2 ** 31 - 1;
    const lowest = isFloating(x.dtype) ? -Infinity : -(2 ** 31);
    const boundOf = (path: 'min' | 'max', value: number): Ref => {
      const symbolic = context.attribute(path);
      return symbolic === undefined ? context.scalar(x.dtype, value) : context.symbolicScalar(symbolic, x.dtype);
    };
    const bounds = [boundOf('min', min ?? lowest), boundOf('max', max ?? widest)];
    return [context.emit('Clip', [x, ...bounds], metaOf(x))];
  },
};
