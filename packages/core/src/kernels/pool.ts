import type { KernelArray } from '../dtype.js';
import type { ConvOps, PoolAttrs } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';

/** Where each window of a plane has its winner, or this where the window lies in the padding altogether. */
const NOWHERE = -1;

/**
 * Finds the first largest element of every window of one plane (as in PyTorch a NaN wins, the last one if there are
 * several) and writes its position within the plane to `winners`.
 */
function findWinners(
  x: KernelArray,
  plane: number,
  height: number,
  width: number,
  outHeight: number,
  outWidth: number,
  { kernel, stride, padding, dilation }: PoolAttrs,
  winners: Int32Array,
): void {
  const [kernelHeight, kernelWidth] = kernel;
  const [strideY, strideX] = stride;
  const [dilationY, dilationX] = dilation;
  for (let oy = 0; oy < outHeight; oy++) {
    const y0 = oy * strideY - padding[0];
    for (let ox = 0; ox < outWidth; ox++) {
      const x0 = ox * strideX - padding[1];
      let winner = NOWHERE;
      let best = -Infinity;
      for (let i = 0; i < kernelHeight; i++) {
        const y = y0 + i * dilationY;
        if (y < 0 || y >= height) continue;
        for (let j = 0; j < kernelWidth; j++) {
          const column = x0 + j * dilationX;
          if (column < 0 || column >= width) continue;
          const v = x[plane + y * width + column];
          if (v > best || v !== v || winner === NOWHERE) {
            best = v;
            winner = y * width + column;
          }
        }
      }
      winners[oy * outWidth + ox] = winner;
    }
  }
}

/** Visits each plane of `x` with its windows' winners and the offsets of the plane in x and in the pooled tensor. */
function forEachPlane(
  x: Block,
  pooled: Block,
  attrs: PoolAttrs,
  visit: (winners: Int32Array, xo: number, po: number) => void,
): void {
  const [images, channels, height, width] = x.shape;
  const [, , outHeight, outWidth] = pooled.shape;
  const winners = new Int32Array(outHeight * outWidth);
  for (let plane = 0; plane < images * channels; plane++) {
    const xo = plane * height * width;
    findWinners(x.data, xo, height, width, outHeight, outWidth, attrs, winners);
    visit(winners, xo, plane * winners.length);
  }
}

/** `from` (shaped as x) at the winner of each window of x; `empty` for windows that lie in the padding. */
function pick(from: Block, x: Block, out: Block, attrs: PoolAttrs, empty: number): void {
  const [source, target] = [from.data, out.data];
  forEachPlane(x, out, attrs, (winners, xo, po) => {
    for (let i = 0; i < winners.length; i++) {
      target[po + i] = winners[i] === NOWHERE ? empty : source[xo + winners[i]];
    }
  });
}

type PoolOps = Pick<ConvOps, 'max_pool2d' | 'max_pool2d_dx' | 'max_pool2d_pick'>;

/** The pooling part of the convolution family. */
export const poolKernels: KernelTable<PoolOps> = {
  max_pool2d: ([x], [out], attrs) => pick(x, x, out, attrs, -Infinity),
  max_pool2d_dx: ([dy, x], [dx], attrs) => {
    const [source, target] = [dy.data, dx.data];
    forEachPlane(x, dy, attrs, (winners, xo, po) => {
      for (let i = 0; i < winners.length; i++) {
        if (winners[i] !== NOWHERE) target[xo + winners[i]] += source[po + i];
      }
    });
  },
  max_pool2d_pick: ([v, x], [out], attrs) => pick(v, x, out, attrs, 0),
};
