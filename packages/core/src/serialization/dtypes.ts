/** PyTorch's and numpy's names of dtypes, and the bytes of their numbers. */
import type { DType, HostArray } from '../dtype.js';
import { exactNumber } from './bytes.js';
import { fail, quoted } from './fail.js';

/** `<name>Storage` by the dtype it holds, and the bytes of one element. */
const storages: Readonly<Record<string, readonly [dtype: string, itemSize: number]>> = {
  Float: ['float32', 4],
  Double: ['float64', 8],
  Half: ['float16', 2],
  BFloat16: ['bfloat16', 2],
  Int: ['int32', 4],
  Long: ['int64', 8],
  Byte: ['uint8', 1],
  Bool: ['bool', 1],
  Char: ['int8', 1],
  Short: ['int16', 2],
  ComplexFloat: ['complex64', 8],
  ComplexDouble: ['complex128', 16],
  QInt8: ['qint8', 1],
  QUInt8: ['quint8', 1],
  QInt32: ['qint32', 4],
  Untyped: ['uint8', 1],
};

/** The dtype of a storage class: of `torch.FloatStorage`, `torch.cuda.FloatStorage`, `torch.storage.UntypedStorage`. */
export function storageDtype(className: string): string | undefined {
  const name = /^torch\.(?:cuda\.|storage\.)?(\w+)Storage$/.exec(className)?.[1];
  return name === undefined || !Object.hasOwn(storages, name) ? undefined : storages[name][0];
}

/** The storage class of a dtype, as `save` writes it. */
export const storageNames: Readonly<Record<DType, string>> = {
  float32: 'FloatStorage',
  float64: 'DoubleStorage',
  float16: 'HalfStorage',
  int32: 'IntStorage',
  int64: 'LongStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
};

/** Bytes of one element. */
export function itemSizeOf(dtype: string): number {
  return sizes.get(dtype) ?? fail(`dtype ${dtype} has no known size`);
}

/** numpy's codes. */
const numpy: Readonly<Record<string, string>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

const sizes = new Map<string, number>([
  ...Object.values(storages),
  ...Object.entries(numpy).map(([code, dtype]) => [dtype, Number(code.slice(1))] as const),
]);

/** The dtype of a numpy code such as `f8`, `undefined` for texts, objects and records. */
export function numpyDtype(code: string): string | undefined {
  return Object.hasOwn(numpy, code) ? numpy[code] : undefined;
}

/** Typed arrays are in the byte order of the machine. */
export const hostIsBigEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** Reverses the bytes of every element. */
export function swapBytes(bytes: Uint8Array, itemSize: number): void {
  if (itemSize === 1) return;
  for (let at = 0; at < bytes.length; at += itemSize) bytes.subarray(at, at + itemSize).reverse();
}

/** The float32 numbers of bfloat16 bits, exactly. */
function widenBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (word) => word << 16).buffer);
}

/** int64 as it is held here. Throws beyond 2^53. */
function numbersOf(values: BigInt64Array, what: string): Float64Array {
  return Float64Array.from(
    values,
    (value) =>
      exactNumber(value) ??
      fail(`${what}: int64 holds ${value}, expected at most 2^53, which is what int64 holds here`),
  );
}

/** Elements from a buffer of their own, in the byte order of the machine; the buffer is taken over. */
type Decode = (bytes: Uint8Array, what: string) => { dtype: DType; data: HostArray };

const decoders: Readonly<Record<string, Decode>> = {
  float32: ({ buffer }) => ({ dtype: 'float32', data: new Float32Array(buffer) }),
  float64: ({ buffer }) => ({ dtype: 'float64', data: new Float64Array(buffer) }),
  float16: ({ buffer }) => ({ dtype: 'float16', data: new Uint16Array(buffer) }),
  bfloat16: ({ buffer }) => ({ dtype: 'float32', data: widenBfloat16(new Uint16Array(buffer)) }),
  int32: ({ buffer }) => ({ dtype: 'int32', data: new Int32Array(buffer) }),
  int64: ({ buffer }, what) => ({ dtype: 'int64', data: numbersOf(new BigInt64Array(buffer), what) }),
  uint8: (bytes) => ({ dtype: 'uint8', data: bytes }),
  bool: (bytes) => ({ dtype: 'bool', data: bytes.map((byte) => (byte === 0 ? 0 : 1)) }),
};

/** How the elements of a dtype are read. Throws, naming the tensor `what`, for dtypes that no tensor has here. */
export function decoderOf(dtype: string, what: string): Decode {
  if (Object.hasOwn(decoders, dtype)) return decoders[dtype];
  return fail(
    `${what}: dtype ${quoted(dtype)} is not supported, expected one of ${Object.keys(decoders).join(', ')}; convert it in Python`,
  );
}

/** The bytes of a tensor's elements as PyTorch stores them. */
export function encodeElements(dtype: DType, data: HostArray): Uint8Array {
  const stored = dtype === 'int64' ? BigInt64Array.from(data, BigInt) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
