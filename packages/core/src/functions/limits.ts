/** What the dtypes can hold. */
import { get_default_dtype } from '../autograd/mode.js';
import { isFloating, isInteger } from '../dtype.js';
import type { DType } from '../dtype.js';
import { badArgument } from '../errors.js';

/** Limits of a floating dtype, as `torch.finfo`. */
export interface FloatInfo {
  readonly dtype: DType;
  readonly bits: number;
  readonly max: number;
  readonly min: number;
  /** The distance from 1 to the next number. */
  readonly eps: number;
  /** The smallest positive normal number; also as `smallest_normal`. */
  readonly tiny: number;
  readonly smallest_normal: number;
}

/** Limits of an integer dtype, as `torch.iinfo`. */
export interface IntegerInfo {
  readonly dtype: DType;
  readonly bits: number;
  readonly max: number;
  readonly min: number;
}

/** Exponent and mantissa bits. */
const formats: Readonly<Record<string, readonly [bits: number, exponent: number, mantissa: number]>> = {
  float16: [16, 15, 10],
  float32: [32, 127, 23],
  float64: [64, 1023, 52],
};
const integers: Readonly<Record<string, readonly [bits: number, min: number, max: number]>> = {
  uint8: [8, 0, 255],
  int32: [32, -(2 ** 31), 2 ** 31 - 1],
  // What this library holds exactly; PyTorch's limit is 2^63.
  int64: [64, -(2 ** 53 - 1), 2 ** 53 - 1],
};

/** Limits of a floating dtype (the default one without an argument). Throws for others. */
export function finfo(dtype: DType = get_default_dtype()): FloatInfo {
  if (!isFloating(dtype)) throw badArgument('finfo', 'type', dtype, 'a floating dtype; iinfo is for integers');
  const [bits, exponent, mantissa] = formats[dtype];
  const max = (2 - 2 ** -mantissa) * 2 ** exponent;
  const tiny = 2 ** (1 - exponent);
  return { dtype, bits, max, min: -max, eps: 2 ** -mantissa, tiny, smallest_normal: tiny };
}

/** Limits of an integer dtype; int64 ends at ±(2^53 − 1), what is held exactly here. Throws for others. */
export function iinfo(dtype: DType): IntegerInfo {
  if (!isInteger(dtype)) throw badArgument('iinfo', 'type', dtype, 'an integer dtype; finfo is for floats');
  const [bits, min, max] = integers[dtype];
  return { dtype, bits, min, max };
}
