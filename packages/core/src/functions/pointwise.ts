import { get_default_dtype } from '../autograd/mode.js';
import { dispatch } from '../dispatch.js';
import { isFloating, resultType } from '../dtype.js';
import type { DType } from '../dtype.js';
import { CallError, api, badArgument, show } from '../errors.js';
import type { PointwiseOps } from '../ops/table.js';
import { Tensor } from '../tensor.js';
import { scalarTensor } from './create.js';
import { nonzero } from './indexing.js';
import { liftSelection } from './selection.js';

/** A tensor, or a number that takes the tensor's dtype (a fractional one lifts an integer tensor to float). */
export type Operand = Tensor | number;

type UnaryName = {
  [N in keyof PointwiseOps]: PointwiseOps[N] extends { ins: 1; attrs: Record<never, never> } ? N : never;
}[keyof PointwiseOps] &
  Exclude<keyof PointwiseOps, 'cast' | 'clamp'>;
type BinaryName = { [N in keyof PointwiseOps]: PointwiseOps[N]['ins'] extends 2 ? N : never }[keyof PointwiseOps];

export type UnaryFunction = (x: Tensor) => Tensor;
export type BinaryFunction = (a: Operand, b: Operand) => Tensor;

/** Converts to `dtype`; the same tensor where it has it already, as `Tensor.to`. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : liftSelection('cast', [x], ([t]) => dispatch('cast', [t], { dtype }));
}

function kindOf(x: Operand): { dtype: DType; kind: 'tensor' | 'scalarTensor' | 'number' } {
  if (typeof x === 'number') return { dtype: Number.isInteger(x) ? 'int64' : 'float32', kind: 'number' };
  return { dtype: x.dtype, kind: x.selection === null && x.ndim === 0 ? 'scalarTensor' : 'tensor' };
}

/** The dtype that PyTorch's promotion gives to an operation on these operands. */
export function result_type(...operands: Operand[]): DType {
  for (const [i, operand] of operands.entries()) {
    if (typeof operand === 'number' || operand instanceof Tensor) continue;
    throw badArgument('result_type', `tensor${i + 1}`, operand, 'a tensor or a number');
  }
  return promotedType(...operands);
}

/** @internal As `result_type`, of operands that were checked. */
export function promotedType(...operands: Operand[]): DType {
  return resultType(operands.map(kindOf), get_default_dtype());
}

/** @internal A number as 0-d tensor of `dtype`, a tensor cast to it. */
export function asTensor(x: Operand, dtype: DType): Tensor {
  return typeof x === 'number' ? scalarTensor(x, dtype) : cast(x, dtype);
}

function checkOperands(name: string, a: unknown, b: unknown, second = 'other'): void {
  for (const operand of [a, b]) {
    if (typeof operand === 'number' || operand instanceof Tensor) continue;
    throw badArgument(name, operand === a ? 'input' : second, operand, 'a tensor or a number');
  }
}

function refuseBool(name: string, x: unknown, dtype: DType): void {
  if (dtype !== 'bool') return;
  const masks = 'for masks there are logical_not, logical_and, logical_or, logical_xor';
  throw badArgument(name, 'input', x, `numbers; ${masks}`);
}

/** `kind` 'float' converts integers and bool, 'number' refuses bool, as PyTorch does. */
function unary(name: UnaryName, kind: 'any' | 'float' | 'number'): UnaryFunction {
  return (x) => {
    if (!(x instanceof Tensor)) throw badArgument(name, 'input', x, 'a tensor');
    if (kind === 'number') refuseBool(name, x, x.dtype);
    const dtype = kind === 'float' && !isFloating(x.dtype) ? get_default_dtype() : x.dtype;
    const input = cast(x, dtype);
    return liftSelection(name, [input], ([t]) => dispatch(name, [t], {}));
  };
}

function binary(name: BinaryName, kind: 'any' | 'float' | 'number' | 'bool' = 'any'): BinaryFunction {
  return (a, b) => {
    checkOperands(name, a, b, name === 'pow' ? 'exponent' : 'other');
    let dtype = promotedType(a, b);
    if (kind === 'float' && !isFloating(dtype)) dtype = get_default_dtype();
    if (kind === 'number') refuseBool(name, a, dtype);
    if (kind === 'bool') dtype = 'bool';
    const pair = [asTensor(a, dtype), asTensor(b, dtype)];
    return liftSelection(name, pair, ([x, y]) => dispatch(name, [x, y], {}));
  };
}

/** −x. */
export const neg: UnaryFunction = /* @__PURE__ */ unary('neg', 'number');
/** |x|; gradient 0 at 0. */
export const abs: UnaryFunction = /* @__PURE__ */ unary('abs', 'number');
/** −1, 0 or 1. */
export const sign: UnaryFunction = /* @__PURE__ */ unary('sign', 'any');
/** e^x. */
export const exp: UnaryFunction = /* @__PURE__ */ unary('exp', 'float');
/** e^x − 1, exact near 0. */
export const expm1: UnaryFunction = /* @__PURE__ */ unary('expm1', 'float');
/** Natural logarithm. */
export const log: UnaryFunction = /* @__PURE__ */ unary('log', 'float');
/** log(1 + x), exact near 0. */
export const log1p: UnaryFunction = /* @__PURE__ */ unary('log1p', 'float');
/** √x; the gradient at 0 is infinite. */
export const sqrt: UnaryFunction = /* @__PURE__ */ unary('sqrt', 'float');
/** 1 / √x. */
export const rsqrt: UnaryFunction = /* @__PURE__ */ unary('rsqrt', 'float');
/** 1 / x. */
export const reciprocal: UnaryFunction = /* @__PURE__ */ unary('reciprocal', 'float');
/** 1 / (1 + e^−x). */
export const sigmoid: UnaryFunction = /* @__PURE__ */ unary('sigmoid', 'float');
/** Hyperbolic tangent. */
export const tanh: UnaryFunction = /* @__PURE__ */ unary('tanh', 'float');
/** max(x, 0); gradient 0 at 0. */
export const relu: UnaryFunction = /* @__PURE__ */ unary('relu', 'number');
/** Sine of radians. */
export const sin: UnaryFunction = /* @__PURE__ */ unary('sin', 'float');
/** Cosine of radians. */
export const cos: UnaryFunction = /* @__PURE__ */ unary('cos', 'float');
/** Tangent of radians. */
export const tan: UnaryFunction = /* @__PURE__ */ unary('tan', 'float');
/** Arc sine in radians, NaN outside [−1, 1]. */
export const asin: UnaryFunction = /* @__PURE__ */ unary('asin', 'float');
/** Arc tangent in radians. */
export const atan: UnaryFunction = /* @__PURE__ */ unary('atan', 'float');
/** The error function, 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: UnaryFunction = /* @__PURE__ */ unary('erf', 'float');
/** Arc cosine in radians, NaN outside [−1, 1]. */
export const acos: UnaryFunction = /* @__PURE__ */ unary('acos', 'float');
/** Largest integer not above x. */
export const floor: UnaryFunction = /* @__PURE__ */ unary('floor', 'number');
/** Smallest integer not below x. */
export const ceil: UnaryFunction = /* @__PURE__ */ unary('ceil', 'number');
/** Nearest integer, halves to the even one. */
export const round: UnaryFunction = /* @__PURE__ */ unary('round', 'number');
/** The integer part. */
export const trunc: UnaryFunction = /* @__PURE__ */ unary('trunc', 'number');
/** Whether elements are NaN, as bool. */
export const isnan: UnaryFunction = /* @__PURE__ */ unary('isnan', 'any');

// `add` with its alpha stands below.
const plus: BinaryFunction = /* @__PURE__ */ binary('add');
/** a · b. */
export const mul: BinaryFunction = /* @__PURE__ */ binary('mul');
// `div` with its rounding mode stands below.
const trueDivide: BinaryFunction = /* @__PURE__ */ binary('div', 'float');
/** a^b. */
export const pow: BinaryFunction = /* @__PURE__ */ binary('pow');
/** The larger; NaN wins, ties share the gradient. */
export const maximum: BinaryFunction = /* @__PURE__ */ binary('maximum');
/** The smaller; NaN wins, ties share the gradient. */
export const minimum: BinaryFunction = /* @__PURE__ */ binary('minimum');
/** Remainder with the divisor's sign, Python's `%`. */
export const remainder: BinaryFunction = /* @__PURE__ */ binary('remainder', 'number');
/** Quotient rounded towards minus infinity, Python's `//`. */
export const floor_divide: BinaryFunction = /* @__PURE__ */ binary('floor_divide', 'number');
/** a == b, as bool. */
export const eq: BinaryFunction = /* @__PURE__ */ binary('eq');
/** a != b, as bool. */
export const ne: BinaryFunction = /* @__PURE__ */ binary('ne');
/** a < b, as bool. */
export const lt: BinaryFunction = /* @__PURE__ */ binary('lt');
/** a <= b, as bool. */
export const le: BinaryFunction = /* @__PURE__ */ binary('le');
/** a > b, as bool. */
export const gt: BinaryFunction = /* @__PURE__ */ binary('gt');
/** a >= b, as bool. */
export const ge: BinaryFunction = /* @__PURE__ */ binary('ge');
/** Both not zero, as bool. */
export const logical_and: BinaryFunction = /* @__PURE__ */ api(
  'logical_and input# other#',
  binary('logical_and', 'bool'),
);
/** Either not zero, as bool. */
export const logical_or: BinaryFunction = /* @__PURE__ */ api('logical_or input# other#', binary('logical_or', 'bool'));
/** One of them not zero, as bool. */
export const logical_xor: BinaryFunction = /* @__PURE__ */ api(
  'logical_xor input# other#',
  binary('logical_xor', 'bool'),
);

const minus = /* @__PURE__ */ binary('sub', 'number');

/** Option of `add` and `sub`. */
export interface AlphaOptions {
  /** Factor of the second operand. Default 1. */
  alpha?: number;
}

/** alpha · b in the dtype of a + b: a fractional alpha alone does not lift integers beside a float. */
function scaled(a: Operand, b: Operand, { alpha = 1 }: AlphaOptions = {}): Operand {
  return alpha === 1 ? b : mul(asTensor(b, promotedType(a, b)), alpha);
}

/** a + alpha · b. */
export const add = api('add input# other# options=', (a: Operand, b: Operand, options?: AlphaOptions): Tensor =>
  plus(a, scaled(a, b, options)),
);

/** a − alpha · b. Throws for bool. */
export const sub = api('sub input# other# options=', (a: Operand, b: Operand, options?: AlphaOptions): Tensor =>
  minus(a, scaled(a, b, options)),
);

/** a / b; with `rounding_mode` 'floor' or 'trunc' the rounded quotient. */
export const div = api(
  'div input# other# options=',
  (a: Operand, b: Operand, options: { rounding_mode?: 'floor' | 'trunc' | null } = {}): Tensor => {
    if (options.rounding_mode === 'floor') return floor_divide(a, b);
    if (options.rounding_mode !== 'trunc') return trueDivide(a, b);
    if (isFloating(promotedType(a, b))) return trunc(trueDivide(a, b));
    // Not by a float, which would round: one more than the floor where that is negative and not exact.
    const below = floor_divide(a, b);
    return add(below, logical_and(lt(below, 0), ne(mul(below, b), a)));
  },
);

/** True where x is zero (False), as bool. */
export const logical_not = api('logical_not input', (x: Tensor): Tensor => {
  const input = cast(x, 'bool');
  return liftSelection('logical_not', [input], ([t]) => dispatch('logical_not', [t], {}));
});

/** x². */
export const square = api('square input', (x: Tensor): Tensor => pow(x, 2));

const size = (x: Tensor): Tensor => (isFloating(x.dtype) ? abs(x) : cast(x, get_default_dtype()));

/** Whether elements are finite, as bool. */
export const isfinite = api('isfinite input', (x: Tensor): Tensor => lt(size(x), Infinity));

/** Whether elements are infinite, as bool. */
export const isinf = api('isinf input', (x: Tensor): Tensor => eq(size(x), Infinity));

/** log(1 + e^x), and x itself above 20, as `F.softplus` with its defaults. */
export const softplus: UnaryFunction = /* @__PURE__ */ unary('softplus', 'float');

/**
 * `a` where `condition` holds, else `b`; all three broadcast. With the condition alone its `nonzero` positions, one
 * vector per dim (not in a trace).
 * @throws when the condition is not bool.
 */
export const where: typeof whereOf = /* @__PURE__ */ api('where condition', whereOf);

function whereOf(condition: Tensor): Tensor[];
function whereOf(condition: Tensor, a: Operand, b: Operand): Tensor;
function whereOf(condition: Tensor, a?: Operand, b?: Operand): Tensor | Tensor[] {
  if (a === undefined && b === undefined) return nonzero(condition, { as_tuple: true });
  if (a === undefined || b === undefined) {
    throw new CallError('where', `got input ${show(a)} and other ${show(b)}, expected both or neither`);
  }
  checkOperands('where', a, b);
  if (condition.dtype !== 'bool')
    throw badArgument('where', 'condition', condition, 'bool; compare first, as in x.gt(0)');
  const dtype = promotedType(a, b);
  return dispatch('where', [condition, asTensor(a, dtype), asTensor(b, dtype)], {});
}

/** Bounds for `clamp`; at least one. */
export interface ClampBounds {
  min?: Operand | null;
  max?: Operand | null;
}

/** The bounds that are given, as numbers; `null` where one is a tensor. */
function numericBounds(min: Operand | null, max: Operand | null): { min?: number; max?: number } | null {
  if (min instanceof Tensor || max instanceof Tensor) return null;
  return { ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) };
}

/**
 * Limits to [min, max]: `clamp(x, 0, 1)`, `clamp(x, { min: 0 })`. The gradient passes at a number and stops outside;
 * tensors as bounds broadcast, get gradients, and share them at ties.
 * @throws when neither bound is given.
 */
export const clamp = api(
  'clamp input min: max:',
  (x: Tensor, min: Operand | null | ClampBounds, max?: Operand | null): Tensor => {
    if (typeof min === 'object' && min !== null && !(min instanceof Tensor)) {
      return clamp(x, min.min ?? null, min.max ?? null);
    }
    const [low, high] = [min ?? null, max ?? null];
    if (low === null && high === null)
      throw new CallError('clamp', 'got neither min nor max, expected at least one of them');
    const attrs = numericBounds(low, high);
    const input = cast(x, promotedType(x, ...[low, high].filter((bound) => bound !== null)));
    if (attrs === null) {
      const raised = low === null ? input : maximum(input, low);
      return high === null ? raised : minimum(raised, high);
    }
    return liftSelection('clamp', [input], ([t]) => dispatch('clamp', [t], attrs));
  },
);

/** As `clamp`. */
export const clip: typeof clamp = /* @__PURE__ */ api('clip input', clamp);

/** max(x, min); the gradient passes at the bound. */
export const clamp_min = api('clamp_min input min#', (x: Tensor, min: Operand): Tensor => clamp(x, min));

/** min(x, max); the gradient passes at the bound. */
export const clamp_max = api('clamp_max input max#', (x: Tensor, max: Operand): Tensor => clamp(x, null, max));
