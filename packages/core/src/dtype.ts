/** The element types of a tensor. `int64` is exact to 2^53 and throws beyond it. */
import { badArgument } from './errors.js';
export type DType = 'float32' | 'float64' | 'float16' | 'int32' | 'int64' | 'uint8' | 'bool';

/**
 * Host bytes of each dtype. `int64` is held as doubles (exact integers to 2^53), `float16` as its bits,
 * `bool` as 0 and 1. Kernels never see `float16`: `dispatch` widens it to float32 and rounds the result.
 */
export interface ArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int32: Int32Array;
  int64: Float64Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type HostArray = Float32Array | Float64Array | Uint16Array | Int32Array | Uint8Array;

/** What a kernel reads and writes: every dtype but float16. */
export type KernelArray = Float32Array | Float64Array | Int32Array | Uint8Array;
export type FloatArray = Float32Array | Float64Array;

export type Shape = readonly number[];

export function isFloating(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16';
}

export function isInteger(dtype: DType): boolean {
  return dtype === 'int32' || dtype === 'int64' || dtype === 'uint8';
}

export function numelOf(shape: Shape): number {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}

/** A zero-filled host array for `size` elements. */
export function allocate(dtype: DType, size: number): HostArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'float64':
    case 'int64':
      return new Float64Array(size);
    case 'float16':
      return new Uint16Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'uint8':
    case 'bool':
      return new Uint8Array(size);
    default:
      throw badArgument('allocate', 'dtype', dtype, Object.keys(itemSize).join(', '));
  }
}

/** Throws where a string is no device's name, but looks like a dtype's. */
export function requireDevice(fn: string, target: unknown, expected: string): void {
  if (typeof target === 'string' && !/^(float|double|half|u?int|long|short|byte|bool)/.test(target)) return;
  throw badArgument(fn, 'target', target, `${expected} or a device; dtypes are ${Object.keys(itemSize).join(', ')}`);
}

/** Bytes of one element as PyTorch counts them. */
export const itemSize: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
};

const category = (dtype: DType): number => (dtype === 'bool' ? 0 : isInteger(dtype) ? 1 : 2);
const integerRank: Partial<Record<DType, number>> = { uint8: 0, int32: 1, int64: 2 };
const floatRank: Partial<Record<DType, number>> = { float16: 0, float32: 1, float64: 2 };

/** PyTorch's `torch.promote_types`. */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const ca = category(a);
  const cb = category(b);
  if (ca !== cb) return ca > cb ? a : b;
  const rank = ca === 1 ? integerRank : floatRank;
  return (rank[a] ?? 0) >= (rank[b] ?? 0) ? a : b;
}

/** An operand of `resultType`: a 0-d tensor is weaker than one with dimensions, a number weaker than both. */
export interface Operand {
  dtype: DType;
  kind: 'tensor' | 'scalarTensor' | 'number';
}

/**
 * PyTorch's result type: dimensioned tensors decide within a category; 0-d tensors and numbers only lift the category.
 * @param defaultFloat what a fractional number lifts an integer tensor to (`get_default_dtype()`).
 */
export function resultType(operands: readonly Operand[], defaultFloat: DType): DType {
  let best: DType | undefined;
  for (const kind of ['tensor', 'scalarTensor', 'number'] as const) {
    let here: DType | undefined;
    for (const operand of operands) {
      if (operand.kind !== kind) continue;
      here = here === undefined ? operand.dtype : promoteTypes(here, operand.dtype);
    }
    if (here === undefined) continue;
    if (kind === 'number' && isFloating(here)) here = defaultFloat;
    if (best === undefined || category(here) > category(best)) best = here;
  }
  return best ?? defaultFloat;
}

/** `float32[3, 4]`, the way every error message writes a tensor. */
export function describe(dtype: DType, shape: Shape): string {
  return `${dtype}[${shape.join(', ')}]`;
}
