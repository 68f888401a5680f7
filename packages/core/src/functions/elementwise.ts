/** Elementwise functions made of the primitive ones. All differentiable and traceable. */
import type { Positional } from '../arguments.js';
import { get_default_dtype } from '../autograd/mode.js';
import { isFloating } from '../dtype.js';
import { api, badArgument } from '../errors.js';
import type { Tensor } from '../tensor.js';
import {
  abs,
  add,
  asTensor,
  atan,
  cast,
  div,
  eq,
  erf,
  exp,
  ge,
  gt,
  isnan,
  le,
  log,
  log1p,
  logical_and,
  logical_not,
  logical_or,
  logical_xor,
  lt,
  maximum,
  mul,
  neg,
  promotedType,
  sign,
  sqrt,
  sub,
  trunc,
  where,
} from './pointwise.js';
import type { Operand } from './pointwise.js';
import { finfo } from './limits.js';
import { requireFit, requireFloating } from './require.js';

/**
 * Tensors that broadcast, in the dtype that all of them promote to: a step with two of them must not round first.
 * @param float whether integers become the default dtype.
 */
function together(fn: string, operands: Readonly<Record<string, Tensor>>, float = false): Tensor[] {
  requireFit(fn, operands);
  const tensors = Object.values(operands);
  const dtype = promotedType(...tensors);
  return tensors.map((x) => cast(x, float && !isFloating(dtype) ? get_default_dtype() : dtype));
}

/** The fractional part, with the sign of x. Gradient 1. Throws for integers. */
export const frac = api('frac input', (x: Tensor): Tensor => {
  requireFloating('frac', x);
  return sub(x, trunc(x));
});

/** other − alpha · x. */
export const rsub = api(
  'rsub input other# options=',
  (x: Tensor, other: Operand, options: { alpha?: number } = {}): Tensor => {
    requireFit('rsub', { input: x, other });
    return sub(other, x, options);
  },
);

/** x + value · a · b. */
export const addcmul = api(
  'addcmul input tensor1 tensor2 options=',
  (x: Tensor, a: Tensor, b: Tensor, options: { value?: number } = {}): Tensor => {
    const [y, p, q] = together('addcmul', { input: x, tensor1: a, tensor2: b });
    return add(y, mul(p, q), { alpha: options.value });
  },
);

/** x + value · a / b. */
export const addcdiv = api(
  'addcdiv input tensor1 tensor2 options=',
  (x: Tensor, a: Tensor, b: Tensor, options: { value?: number } = {}): Tensor => {
    const [y, p, q] = together('addcdiv', { input: x, tensor1: a, tensor2: b });
    return add(y, div(p, q), { alpha: options.value });
  },
);

/** start + weight · (end − start). */
export const lerp = api('lerp input end weight#', (start: Tensor, end: Tensor, weight: Operand): Tensor => {
  requireFit('lerp', { input: start, end, weight });
  const [from, to] = together('lerp', { input: start, end });
  return add(from, mul(sub(to, from), weight));
});

/** Radians of the point (x, y), on [−π, π]: `atan2(y, x)`; 0 with gradient 0 at the origin. */
export const atan2 = api('atan2 input other', (rise: Tensor, run: Tensor): Tensor => {
  const [y, x] = together('atan2', { input: rise, other: run }, true);
  const steep = gt(abs(y), abs(x));
  const origin = logical_and(eq(x, 0), eq(y, 0));
  // The smaller over the larger, so that no quotient overflows.
  const below = where(origin, 1, where(steep, y, x));
  const angle = atan(div(where(origin, 0, where(steep, x, y)), below));
  const turn = (radians: number): Tensor => asTensor(radians, angle.dtype);
  const upright = sub(where(ge(y, 0), turn(Math.PI / 2), turn(-Math.PI / 2)), angle);
  const half = where(lt(x, 0), where(lt(y, 0), turn(-Math.PI), turn(Math.PI)), 0);
  return where(steep, upright, add(angle, half));
});

/** √(a² + b²); the gradient at 0, 0 is NaN. Overflows where a square does. */
export const hypot = api('hypot input other', (a: Tensor, b: Tensor): Tensor => {
  const [x, y] = together('hypot', { input: a, other: b });
  return sqrt(add(mul(x, x), mul(y, y)));
});

/** log(e^a + e^b), without overflow. */
export const logaddexp = api('logaddexp input other', (a: Tensor, b: Tensor): Tensor => {
  const [x, y] = together('logaddexp', { input: a, other: b }, true);
  // Equal infinities would give inf − inf.
  const apart = where(eq(x, y), 0, sub(x, y));
  return add(maximum(x, y), log1p(exp(neg(abs(apart)))));
});

/** What `nan_to_num` puts for values that are not finite; by default 0, the largest and the smallest of the dtype. */
export interface NanToNumOptions {
  nan?: number;
  posinf?: number;
  neginf?: number;
}

/** `x` with finite numbers for NaN and the infinities; the gradient there is 0. */
export const nan_to_num = api(
  'nan_to_num input options= nan posinf neginf',
  (x: Tensor, options: NanToNumOptions = {}): Tensor => {
    if (!isFloating(x.dtype)) return x.clone();
    const { max } = finfo(x.dtype);
    const { nan = 0, posinf = max, neginf = -max } = options;
    const finite = where(eq(x, Infinity), posinf, where(eq(x, -Infinity), neginf, x));
    return where(isnan(x), nan, finite).to(x.dtype);
  },
);

/** Tolerances of `isclose`. */
export interface CloseOptions {
  /** Of |b|. Default 1e-5. */
  rtol?: number;
  /** Default 1e-8. */
  atol?: number;
  /** NaNs are close to each other. Default false. */
  equal_nan?: boolean;
}

/** What `isclose` and `allclose` take after both tensors. */
export type CloseArguments = Positional<CloseOptions, 'rtol atol equal_nan'>;

/** Whether |a − b| <= atol + rtol · |b|, elementwise as bool; equal infinities are close. */
export const isclose = api(
  'isclose input other options= rtol atol equal_nan',
  (a: Tensor, b: Tensor, options: CloseOptions = {}): Tensor => {
    const [x, y] = together('isclose', { input: a, other: b }, a.dtype === 'bool');
    const { rtol = 1e-5, atol = 1e-8, equal_nan = false } = options;
    const within = le(abs(sub(x, y)), add(mul(abs(y), rtol), atol));
    // An infinite tolerance lets everything pass.
    const close = logical_or(eq(x, y), logical_and(within, lt(abs(y), Infinity)));
    return equal_nan ? logical_or(close, logical_and(isnan(x), isnan(y))) : close;
  },
);

/** Winitzki's constant of the first guess of `erfinv`. */
const GUESS = 0.147;
/** Newton steps of `erfinv`: the guess is good to 2e-3 and every step doubles the digits. */
const NEWTON_STEPS = 4;

/** The inverse of `erf` on (−1, 1); ±Infinity at ±1, NaN outside. */
export const erfinv = api('erfinv input', (input: Tensor): Tensor => {
  const [y] = together('erfinv', { input }, true);
  const edge = ge(abs(y), 1);
  // NaN passes: it compares false.
  const inside = where(edge, 0, y);
  const tail = log1p(neg(mul(inside, inside)));
  const t = add(mul(tail, 0.5), 2 / (Math.PI * GUESS));
  let x = mul(sign(inside), sqrt(sub(sqrt(sub(mul(t, t), div(tail, GUESS))), t))).detach();
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const slope = mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI));
    x = sub(x, div(sub(erf(x), inside), slope));
  }
  // A product, for its slope; 1 inside, where the gradient of 0 must stay 0.
  const beyond = where(edge, where(eq(abs(y), 1), Infinity, NaN), 1).to(x.dtype);
  return where(edge, mul(y, beyond), x);
});

function requireBool(fn: string, input: Tensor, other: Flags = true): void {
  for (const operand of [input, other]) {
    if (typeof operand === 'boolean' || operand.dtype === 'bool') continue;
    const expected = 'a bool tensor (bits of integers are not supported); compare first, as in x.gt(0)';
    throw badArgument(fn, operand === input ? 'input' : 'other', operand, expected);
  }
}

type Flags = Tensor | boolean;
const flags = (x: Flags): Operand => (typeof x === 'boolean' ? Number(x) : x);

/** `a & b` of masks. Throws for integers and floats. */
export const bitwise_and = api('bitwise_and input other:', (a: Tensor, b: Flags): Tensor => {
  requireBool('bitwise_and', a, b);
  return logical_and(a, flags(b));
});

/** `a | b` of masks. Throws for integers and floats. */
export const bitwise_or = api('bitwise_or input other:', (a: Tensor, b: Flags): Tensor => {
  requireBool('bitwise_or', a, b);
  return logical_or(a, flags(b));
});

/** `a ^ b` of masks. Throws for integers and floats. */
export const bitwise_xor = api('bitwise_xor input other:', (a: Tensor, b: Flags): Tensor => {
  requireBool('bitwise_xor', a, b);
  return logical_xor(a, flags(b));
});

/** `~x` of a mask. Throws for integers and floats. */
export const bitwise_not = api('bitwise_not input', (x: Tensor): Tensor => {
  requireBool('bitwise_not', x);
  return logical_not(x);
});

/** Logarithm to base 2. */
export const log2 = api('log2 input', (x: Tensor): Tensor => div(log(x), Math.LN2));

/** Logarithm to base 10. */
export const log10 = api('log10 input', (x: Tensor): Tensor => div(log(x), Math.LN10));
