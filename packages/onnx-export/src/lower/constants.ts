import { roundToHalf } from '@reidgrad/core/graph';
import type { DType } from '@reidgrad/core/graph';
import { OnnxType } from '../onnx/model.js';

/** The dtype that runs: integers of every width compute as int32, since WebGPU has no int64 arithmetic. */
export function physical(dtype: DType): DType {
  return dtype === 'int64' || dtype === 'uint8' ? 'int32' : dtype;
}

/** ONNX's code of a dtype. `int64` here is real ONNX int64: index inputs only. */
export const onnxTypeOf: Readonly<Record<DType, number>> = {
  float32: OnnxType.float32,
  float64: OnnxType.float64,
  float16: OnnxType.float16,
  int32: OnnxType.int32,
  int64: OnnxType.int64,
  uint8: OnnxType.uint8,
  bool: OnnxType.bool,
};

const view = (array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/**
 * Little-endian bytes of numbers in a running dtype; float arrays of the same type are viewed, not copied.
 * @throws where an integer does not fit int32.
 */
export function bytesOf(dtype: DType, data: ArrayLike<number>, what: string): Uint8Array {
  switch (dtype) {
    case 'float32':
      return view(data instanceof Float32Array ? data : Float32Array.from(data));
    case 'float64':
      return view(data instanceof Float64Array ? data : Float64Array.from(data));
    case 'float16':
      // Bits as the host stores them; plain numbers are rounded.
      return view(data instanceof Uint16Array ? data : roundToHalf(data));
    case 'bool':
      return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
    case 'int64':
      return view(BigInt64Array.from(Array.from(data, BigInt)));
    case 'int32':
    case 'uint8':
      for (let i = 0; i < data.length; i++) {
        if (data[i] !== (data[i] | 0))
          throw new Error(`${what}: ${data[i]} at ${i}, expected an integer that fits int32`);
      }
      return view(data instanceof Int32Array ? data : Int32Array.from(data));
  }
}
