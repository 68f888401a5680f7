import * as E from '../functions/elementwise.js';
import type { CloseArguments, NanToNumOptions } from '../functions/elementwise.js';
import * as F from '../functions/pointwise.js';
import type { ClampBounds, Operand } from '../functions/pointwise.js';
import type { Tensor } from '../tensor.js';
import { TensorBase } from './base.js';

/** Elementwise methods; each is the function of its name in `torch`. */
export abstract class ArithmeticMethods extends TensorBase {
  neg(this: Tensor): Tensor {
    return F.neg(this);
  }
  abs(this: Tensor): Tensor {
    return F.abs(this);
  }
  sign(this: Tensor): Tensor {
    return F.sign(this);
  }
  exp(this: Tensor): Tensor {
    return F.exp(this);
  }
  expm1(this: Tensor): Tensor {
    return F.expm1(this);
  }
  log(this: Tensor): Tensor {
    return F.log(this);
  }
  log1p(this: Tensor): Tensor {
    return F.log1p(this);
  }
  sqrt(this: Tensor): Tensor {
    return F.sqrt(this);
  }
  rsqrt(this: Tensor): Tensor {
    return F.rsqrt(this);
  }
  reciprocal(this: Tensor): Tensor {
    return F.reciprocal(this);
  }
  square(this: Tensor): Tensor {
    return F.square(this);
  }
  sigmoid(this: Tensor): Tensor {
    return F.sigmoid(this);
  }
  tanh(this: Tensor): Tensor {
    return F.tanh(this);
  }
  relu(this: Tensor): Tensor {
    return F.relu(this);
  }
  sin(this: Tensor): Tensor {
    return F.sin(this);
  }
  cos(this: Tensor): Tensor {
    return F.cos(this);
  }
  acos(this: Tensor): Tensor {
    return F.acos(this);
  }
  floor(this: Tensor): Tensor {
    return F.floor(this);
  }
  ceil(this: Tensor): Tensor {
    return F.ceil(this);
  }
  round(this: Tensor): Tensor {
    return F.round(this);
  }
  trunc(this: Tensor): Tensor {
    return F.trunc(this);
  }
  isnan(this: Tensor): Tensor {
    return F.isnan(this);
  }
  isfinite(this: Tensor): Tensor {
    return F.isfinite(this);
  }
  isinf(this: Tensor): Tensor {
    return F.isinf(this);
  }
  logical_not(this: Tensor): Tensor {
    return F.logical_not(this);
  }
  add(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return F.add(this, other, options);
  }
  sub(this: Tensor, other: Operand, options?: { alpha?: number }): Tensor {
    return F.sub(this, other, options);
  }
  mul(this: Tensor, other: Operand): Tensor {
    return F.mul(this, other);
  }
  div(this: Tensor, other: Operand, options?: { rounding_mode?: 'floor' | 'trunc' | null }): Tensor {
    return F.div(this, other, options);
  }
  pow(this: Tensor, exponent: Operand): Tensor {
    return F.pow(this, exponent);
  }
  remainder(this: Tensor, other: Operand): Tensor {
    return F.remainder(this, other);
  }
  floor_divide(this: Tensor, other: Operand): Tensor {
    return F.floor_divide(this, other);
  }
  maximum(this: Tensor, other: Tensor): Tensor {
    return F.maximum(this, other);
  }
  minimum(this: Tensor, other: Tensor): Tensor {
    return F.minimum(this, other);
  }
  eq(this: Tensor, other: Operand): Tensor {
    return F.eq(this, other);
  }
  ne(this: Tensor, other: Operand): Tensor {
    return F.ne(this, other);
  }
  lt(this: Tensor, other: Operand): Tensor {
    return F.lt(this, other);
  }
  le(this: Tensor, other: Operand): Tensor {
    return F.le(this, other);
  }
  gt(this: Tensor, other: Operand): Tensor {
    return F.gt(this, other);
  }
  ge(this: Tensor, other: Operand): Tensor {
    return F.ge(this, other);
  }
  logical_and(this: Tensor, other: Operand): Tensor {
    return F.logical_and(this, other);
  }
  logical_or(this: Tensor, other: Operand): Tensor {
    return F.logical_or(this, other);
  }
  logical_xor(this: Tensor, other: Operand): Tensor {
    return F.logical_xor(this, other);
  }
  /** `where(condition, this, other)`. */
  where(this: Tensor, condition: Tensor, other: Operand): Tensor {
    return F.where(condition, this, other);
  }
  clamp(this: Tensor, min: Operand | null | ClampBounds, max?: Operand | null): Tensor {
    return F.clamp(this, min, max);
  }
  clip(this: Tensor, min: Operand | null | ClampBounds, max?: Operand | null): Tensor {
    return F.clip(this, min, max);
  }
  clamp_min(this: Tensor, min: Operand): Tensor {
    return F.clamp_min(this, min);
  }
  clamp_max(this: Tensor, max: Operand): Tensor {
    return F.clamp_max(this, max);
  }
  tan(this: Tensor): Tensor {
    return F.tan(this);
  }
  asin(this: Tensor): Tensor {
    return F.asin(this);
  }
  atan(this: Tensor): Tensor {
    return F.atan(this);
  }
  atan2(this: Tensor, x: Tensor): Tensor {
    return E.atan2(this, x);
  }
  erf(this: Tensor): Tensor {
    return F.erf(this);
  }
  erfinv(this: Tensor): Tensor {
    return E.erfinv(this);
  }
  frac(this: Tensor): Tensor {
    return E.frac(this);
  }
  log2(this: Tensor): Tensor {
    return E.log2(this);
  }
  log10(this: Tensor): Tensor {
    return E.log10(this);
  }
  hypot(this: Tensor, other: Tensor): Tensor {
    return E.hypot(this, other);
  }
  logaddexp(this: Tensor, other: Tensor): Tensor {
    return E.logaddexp(this, other);
  }
  nan_to_num(this: Tensor, options?: NanToNumOptions): Tensor {
    return E.nan_to_num(this, options);
  }
  isclose(this: Tensor, other: Tensor, ...args: CloseArguments): Tensor {
    return E.isclose(this, other, ...args);
  }
  addcmul(this: Tensor, a: Tensor, b: Tensor, options?: { value?: number }): Tensor {
    return E.addcmul(this, a, b, options);
  }
  addcdiv(this: Tensor, a: Tensor, b: Tensor, options?: { value?: number }): Tensor {
    return E.addcdiv(this, a, b, options);
  }
  lerp(this: Tensor, end: Tensor, weight: Operand): Tensor {
    return E.lerp(this, end, weight);
  }
  bitwise_and(this: Tensor, other: Tensor | boolean): Tensor {
    return E.bitwise_and(this, other);
  }
  bitwise_or(this: Tensor, other: Tensor | boolean): Tensor {
    return E.bitwise_or(this, other);
  }
  bitwise_xor(this: Tensor, other: Tensor | boolean): Tensor {
    return E.bitwise_xor(this, other);
  }
  bitwise_not(this: Tensor): Tensor {
    return E.bitwise_not(this);
  }
}
