import { endianness } from 'node:os';
import type { CheckpointDtype } from './header.js';
import { DTYPE_BYTES } from './header.js';

/** Elements of a stored tensor: float16 as its 16 bits, bool as 0 or 1. */
export type CheckpointData = Float32Array | Float64Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array;

/** A tensor as a checkpoint holds it: row-major elements. */
export interface CheckpointTensor {
  readonly dtype: CheckpointDtype;
  readonly shape: readonly number[];
  readonly data: CheckpointData;
}

const VIEWS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Typed arrays have the machine's byte order; files have the little-endian one. */
export function checkByteOrder(caller: string): void {
  if (endianness() !== 'LE') {
    throw new Error(`${caller}: this machine is big-endian; expected a little-endian one`);
  }
}

/**
 * The bytes of a tensor, not copied.
 * @throws RangeError when the array is not of the dtype, or its length does not fit the shape.
 */
export function tensorBytes(name: string, tensor: CheckpointTensor): Uint8Array {
  const { dtype, shape, data } = tensor;
  if (!(data instanceof VIEWS[dtype])) {
    const got = data.constructor.name;
    throw new RangeError(`writeCheckpoint: ${name} of dtype ${dtype} is a ${got}; expected a ${VIEWS[dtype].name}`);
  }
  if (data.length !== elementCount(shape)) {
    const expected = `${elementCount(shape)} for shape [${shape.join(', ')}]`;
    throw new RangeError(`writeCheckpoint: ${name} has ${data.length} elements; expected ${expected}`);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Whether a tensor of this dtype and shape takes this many bytes. */
export function bytesFit(dtype: CheckpointDtype, shape: readonly number[], bytes: number): boolean {
  return elementCount(shape) * DTYPE_BYTES[dtype] === bytes;
}

/** Copies bytes into an array of their dtype; a copy, since a typed array must begin at a multiple of its element. */
export function tensorFromBytes(dtype: CheckpointDtype, shape: readonly number[], bytes: Uint8Array): CheckpointTensor {
  return { dtype, shape: [...shape], data: new VIEWS[dtype](new Uint8Array(bytes).buffer) };
}
