/** Convolutions with one input channel per group: the kernel's taps are walked directly, sums run in double. */
import type { KernelArray } from '../dtype.js';
import { tapRanges, type Geometry } from './conv-columns.js';

/** x [N, G, H, W], w [O, 1, kh, kw] -> out [N, O, H', W']. */
export function depthwise(x: KernelArray, w: KernelArray, out: KernelArray, n: number, o: number, g: Geometry): void {
  const taps = tapRanges(g);
  const [strideY, strideX] = g.stride;
  const positions = g.outHeight * g.outWidth;
  const sums = new Float64Array(positions);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < o; channel++) {
      const group = Math.floor((channel * g.groups) / o);
      const plane = (image * g.groups + group) * g.height * g.width;
      sums.fill(0);
      taps.forEach((tap, t) => {
        const weight = w[channel * taps.length + t];
        const { first, end, shift } = tap.x;
        for (let oy = tap.y.first; oy < tap.y.end; oy++) {
          const from = plane + (oy * strideY + tap.y.shift) * g.width + shift;
          const to = oy * g.outWidth;
          for (let ox = first; ox < end; ox++) sums[to + ox] += weight * x[from + ox * strideX];
        }
      });
      out.set(sums, (image * o + channel) * positions);
    }
  }
}

/** dy [N, O, H', W'], w -> dx [N, G, H, W]. */
export function depthwiseDx(dy: KernelArray, w: KernelArray, dx: KernelArray, n: number, o: number, g: Geometry): void {
  const taps = tapRanges(g);
  const [strideY, strideX] = g.stride;
  const positions = g.outHeight * g.outWidth;
  const perGroup = o / g.groups;
  const sums = new Float64Array(g.height * g.width);
  for (let image = 0; image < n; image++) {
    for (let group = 0; group < g.groups; group++) {
      sums.fill(0);
      for (let channel = group * perGroup; channel < (group + 1) * perGroup; channel++) {
        const plane = (image * o + channel) * positions;
        taps.forEach((tap, t) => {
          const weight = w[channel * taps.length + t];
          const { first, end, shift } = tap.x;
          for (let oy = tap.y.first; oy < tap.y.end; oy++) {
            const to = (oy * strideY + tap.y.shift) * g.width + shift;
            const from = plane + oy * g.outWidth;
            for (let ox = first; ox < end; ox++) sums[to + ox * strideX] += weight * dy[from + ox];
          }
        });
      }
      dx.set(sums, (image * g.groups + group) * sums.length);
    }
  }
}

/** x, dy -> dw [O, 1, kh, kw]. */
export function depthwiseDw(x: KernelArray, dy: KernelArray, dw: KernelArray, n: number, o: number, g: Geometry): void {
  const taps = tapRanges(g);
  const [strideY, strideX] = g.stride;
  const positions = g.outHeight * g.outWidth;
  for (let channel = 0; channel < o; channel++) {
    const group = Math.floor((channel * g.groups) / o);
    taps.forEach((tap, t) => {
      const { first, end, shift } = tap.x;
      let sum = 0;
      for (let image = 0; image < n; image++) {
        const plane = (image * g.groups + group) * g.height * g.width;
        const outPlane = (image * o + channel) * positions;
        for (let oy = tap.y.first; oy < tap.y.end; oy++) {
          const from = plane + (oy * strideY + tap.y.shift) * g.width + shift;
          const at = outPlane + oy * g.outWidth;
          for (let ox = first; ox < end; ox++) sum += dy[at + ox] * x[from + ox * strideX];
        }
      }
      dw[channel * taps.length + t] = sum;
    });
  }
}
