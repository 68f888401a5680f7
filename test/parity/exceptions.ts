/**
 * Where a provider does not give the eager kernels' numbers, and why. One table drives the tests and docs/providers.md:
 * a row that is missing fails the tests, and so does one that is no longer needed.
 */
import type { DType, OpName } from '@reidgrad/core/graph';
import type { PlaceName } from './places.js';

/** Largest allowed difference, relative to the larger of 1 and the expected value; integers and flags are equal. */
export const defaultTolerance: Readonly<Partial<Record<DType, number>>> = { float32: 1e-5, float64: 1e-10 };

export interface Exception {
  /** `'*'`: every op. */
  op: OpName | '*';
  dtype: DType;
  places: readonly PlaceName[];
  /** Allowed instead of the default; absent where the op does not run at all. */
  tolerance?: number;
  /** Part of the error, where it does not run. */
  error?: RegExp;
  because: string;
}

const native: readonly PlaceName[] = ['cpu', 'portable', 'wasm'];
const noConvolution = {
  dtype: 'float64',
  places: native,
  error: /no float64 convolution/,
  because: 'ONNX Runtime has no float64 convolution',
} as const;

export const exceptions: readonly Exception[] = [
  {
    op: '*',
    dtype: 'float64',
    places: ['webgpu'],
    error: /fallback to CPU EP has been explicitly disabled|Provider type for \w+ node|no float64 convolution/,
    because: 'WebGPU has no float64',
  },
  ...(['conv2d', 'conv2d_dx', 'conv2d_dw', 'avg_pool2d', 'avg_pool2d_dx'] as const).map((op) => ({
    op,
    ...noConvolution,
  })),
  {
    op: 'max_pool2d_dx',
    dtype: 'float64',
    places: ['portable'],
    error: /implementation for ConvTranspose/,
    because: 'its portable form scatters by ConvTranspose, which ONNX Runtime has in float32 only',
  },
  ...(['acos', 'asin', 'atan', 'erf'] as const).map((op) => ({
    op,
    dtype: 'float64' as const,
    places: native,
    error: /Could not find an implementation for (Acos|Asin|Atan|Erf)/,
    because: 'ONNX Runtime has it in float32 only',
  })),
  ...(['sin', 'cos', 'tan'] as const).map((op) => ({
    op,
    dtype: 'float32' as const,
    places: ['webgpu'] as const,
    tolerance: 3e-4,
    because:
      'WGSL promises 2^-11 absolute for sin and cos within [-pi, pi], and tan is their quotient; SwiftShader uses it',
  })),
  {
    op: 'acos',
    dtype: 'float32',
    places: ['webgpu'],
    tolerance: 1e-4,
    because: 'WGSL derives acos from atan2 and sqrt, good to 4096 units in the last place',
  },
];

/** The rows for one op, dtype and place, the special ones first. */
export function exceptionFor(op: OpName, dtype: DType, place: PlaceName): Exception | undefined {
  const rows = exceptions.filter((row) => row.dtype === dtype && row.places.includes(place));
  return rows.find((row) => row.op === op) ?? rows.find((row) => row.op === '*');
}
