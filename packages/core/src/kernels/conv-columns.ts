import type { KernelArray } from '../dtype.js';
import type { ConvAttrs } from '../ops/table.js';

/** Sizes of one convolution, per image. */
export interface Geometry extends ConvAttrs {
  height: number;
  width: number;
  kernelHeight: number;
  kernelWidth: number;
  outHeight: number;
  outWidth: number;
}

/**
 * The output positions [first, end) along one axis for which kernel tap `tap` reads inside the input, and `shift`:
 * output position o reads input position o * stride + shift.
 */
export interface TapRange {
  first: number;
  end: number;
  shift: number;
}

function tapRange(tap: number, axis: 0 | 1, inSize: number, outSize: number, g: ConvAttrs): TapRange {
  const shift = tap * g.dilation[axis] - g.padding[axis];
  const stride = g.stride[axis];
  return {
    first: Math.max(0, Math.ceil(-shift / stride)),
    end: Math.min(outSize, Math.ceil((inSize - shift) / stride)),
    shift,
  };
}

/** The ranges of every tap, in row-major order of the kernel. */
export function tapRanges(g: Geometry): { y: TapRange; x: TapRange }[] {
  const taps: { y: TapRange; x: TapRange }[] = [];
  for (let i = 0; i < g.kernelHeight; i++) {
    for (let j = 0; j < g.kernelWidth; j++) {
      taps.push({
        y: tapRange(i, 0, g.height, g.outHeight, g),
        x: tapRange(j, 1, g.width, g.outWidth, g),
      });
    }
  }
  return taps;
}

/**
 * Unfolds `channels` planes of `x` into `columns` [channels * kh * kw, out positions]. Positions in the padding are
 * not written: `columns` starts zeroed and may be reused for inputs of the same geometry.
 */
export function imageToColumns(x: KernelArray, xo: number, channels: number, g: Geometry, columns: KernelArray): void {
  const taps = tapRanges(g);
  const [strideY, strideX] = g.stride;
  let row = 0;
  for (let c = 0; c < channels; c++) {
    const plane = xo + c * g.height * g.width;
    for (const tap of taps) {
      const { first, end, shift } = tap.x;
      for (let oy = tap.y.first; oy < tap.y.end; oy++) {
        const from = plane + (oy * strideY + tap.y.shift) * g.width + shift;
        const to = row + oy * g.outWidth;
        for (let ox = first; ox < end; ox++) columns[to + ox] = x[from + ox * strideX];
      }
      row += g.outHeight * g.outWidth;
    }
  }
}

/** The adjoint of `imageToColumns`: adds every column element to where it came from. */
export function columnsToImage(columns: KernelArray, x: KernelArray, xo: number, channels: number, g: Geometry): void {
  const taps = tapRanges(g);
  const [strideY, strideX] = g.stride;
  let row = 0;
  for (let c = 0; c < channels; c++) {
    const plane = xo + c * g.height * g.width;
    for (const tap of taps) {
      const { first, end, shift } = tap.x;
      for (let oy = tap.y.first; oy < tap.y.end; oy++) {
        const to = plane + (oy * strideY + tap.y.shift) * g.width + shift;
        const from = row + oy * g.outWidth;
        for (let ox = first; ox < end; ox++) x[to + ox * strideX] += columns[from + ox];
      }
      row += g.outHeight * g.outWidth;
    }
  }
}
