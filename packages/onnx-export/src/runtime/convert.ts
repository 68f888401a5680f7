/** Values between reidgrad's host arrays and ONNX Runtime's tensors. */
import { describe } from '@reidgrad/core/graph';
import type { DType, HostArray, Value } from '@reidgrad/core/graph';
import { createTensor } from './ort.js';
import type { OrtModule, OrtTensor } from './ort.js';

const largest = 2 ** 31 - 1;

/** int64 computes as int32 in graphs: values beyond it are an error, never a wrap. */
function narrow(data: ArrayLike<number>, what: string): Int32Array {
  const out = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    if (x > largest || x < -largest - 1) {
      throw new Error(`${what}: ${x} at position ${i} does not fit int32, in which compiled graphs compute integers`);
    }
    out[i] = x;
  }
  return out;
}

/** A host value as the tensor that a graph input of dtype `wanted` takes. Shares bytes where it can. */
export function toOrt(ort: OrtModule, value: Value, wanted: DType, what: string): OrtTensor {
  const { storage, dtype, shape } = value;
  if (storage.kind !== 'host') throw new Error(`${what}: ${describe(dtype, shape)} is not on the host`);
  const { data } = storage;
  if (dtype === wanted && dtype !== 'int64') return createTensor(ort, wanted, data, shape);
  if (wanted === 'int32') return createTensor(ort, 'int32', narrow(data, what), shape);
  if (wanted === 'int64') return createTensor(ort, 'int64', BigInt64Array.from(Array.from(data, BigInt)), shape);
  throw new Error(`${what}: ${describe(dtype, shape)} cannot be fed as ${wanted}`);
}

const isArray = (data: unknown): data is HostArray | BigInt64Array => ArrayBuffer.isView(data);

/** What came out, as host array of reidgrad's `dtype`. */
export function fromOrt(data: unknown, type: string, dtype: DType, what: string): HostArray {
  if (!isArray(data)) throw new Error(`${what}: the runtime gave no array`);
  if (data instanceof BigInt64Array) return Float64Array.from(data, Number);
  if (type === dtype) return data;
  if (dtype === 'int64') return Float64Array.from(data);
  if (dtype === 'uint8' || dtype === 'bool') return Uint8Array.from(data);
  throw new Error(`${what}: the runtime gave ${type}, expected ${dtype}`);
}
