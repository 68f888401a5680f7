import { numelOf, type KernelArray, type Shape } from '../dtype.js';
import type { ConvAttrs, ConvOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import { columnsToImage, imageToColumns, type Geometry } from './conv-columns.js';
import { depthwise, depthwiseDw, depthwiseDx } from './conv-depthwise.js';
import { gemm, type Matrix } from './gemm.js';
import { avgPoolKernels } from './avg-pool.js';
import { poolKernels } from './pool.js';

/** Everything that the three convolution kernels derive from their shapes. */
interface Plan {
  g: Geometry;
  images: number;
  outChannels: number;
  /** Channels of one group. */
  inPerGroup: number;
  outPerGroup: number;
  /** Elements of one output channel's kernel: the inner length of the product. */
  depth: number;
  /** Output positions of one image. */
  positions: number;
  /** A 1 x 1 kernel that reads each pixel once: the image is its own column matrix. */
  pointwise: boolean;
}

function planConv(x: Shape, w: Shape, y: Shape, attrs: ConvAttrs): Plan {
  const { stride, padding, dilation, groups } = attrs;
  const [, , kernelHeight, kernelWidth] = w;
  const [, , height, width] = x;
  const [images, outChannels, outHeight, outWidth] = y;
  return {
    g: { stride, padding, dilation, groups, height, width, kernelHeight, kernelWidth, outHeight, outWidth },
    images,
    outChannels,
    inPerGroup: x[1] / groups,
    outPerGroup: outChannels / groups,
    depth: numelOf(w.slice(1)),
    positions: outHeight * outWidth,
    pointwise: [kernelHeight, kernelWidth, ...stride].every((v) => v === 1) && padding.every((v) => v === 0),
  };
}

/** A zeroed column matrix of the same precision as `like`. */
function columnsFor(plan: Plan, like: KernelArray): KernelArray {
  const size = plan.pointwise ? 0 : plan.depth * plan.positions;
  return like instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
}

/** Visits each group of each image with the offsets of its planes in x and in y. */
function forEachGroup(plan: Plan, visit: (group: number, xo: number, yo: number) => void): void {
  const { g, images, inPerGroup, outPerGroup, positions } = plan;
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < g.groups; group++) {
      const at = image * g.groups + group;
      visit(group, at * inPerGroup * g.height * g.width, at * outPerGroup * positions);
    }
  }
}

const matrix = (data: KernelArray, offset: number, row: number, column = 1): Matrix => ({ data, offset, row, column });

function conv2d([x, w]: readonly Block[], [y]: readonly Block[], attrs: ConvAttrs): void {
  const plan = planConv(x.shape, w.shape, y.shape, attrs);
  const { g, images, outChannels, inPerGroup, outPerGroup, depth, positions, pointwise } = plan;
  if (inPerGroup === 1) return depthwise(x.data, w.data, y.data, images, outChannels, g);
  const columns = columnsFor(plan, x.data);
  forEachGroup(plan, (group, xo, yo) => {
    if (!pointwise) imageToColumns(x.data, xo, inPerGroup, g, columns);
    const weights = matrix(w.data, group * outPerGroup * depth, depth);
    const unfolded = pointwise ? matrix(x.data, xo, positions) : matrix(columns, 0, positions);
    gemm(outPerGroup, positions, depth, weights, unfolded, matrix(y.data, yo, positions));
  });
}

function conv2dDx([dy, w]: readonly Block[], [dx]: readonly Block[], attrs: ConvAttrs): void {
  const plan = planConv(dx.shape, w.shape, dy.shape, attrs);
  const { g, images, outChannels, inPerGroup, outPerGroup, depth, positions, pointwise } = plan;
  if (inPerGroup === 1) return depthwiseDx(dy.data, w.data, dx.data, images, outChannels, g);
  const columns = columnsFor(plan, dy.data);
  forEachGroup(plan, (group, xo, yo) => {
    const transposed = matrix(w.data, group * outPerGroup * depth, 1, depth);
    const grads = matrix(dy.data, yo, positions);
    columns.fill(0);
    const unfolded = pointwise ? matrix(dx.data, xo, positions) : matrix(columns, 0, positions);
    gemm(depth, positions, outPerGroup, transposed, grads, unfolded);
    if (!pointwise) columnsToImage(columns, dx.data, xo, inPerGroup, g);
  });
}

function conv2dDw([x, dy]: readonly Block[], [dw]: readonly Block[], attrs: ConvAttrs): void {
  const plan = planConv(x.shape, dw.shape, dy.shape, attrs);
  const { g, images, outChannels, inPerGroup, outPerGroup, depth, positions, pointwise } = plan;
  if (inPerGroup === 1) return depthwiseDw(x.data, dy.data, dw.data, images, outChannels, g);
  const columns = columnsFor(plan, x.data);
  // The sum over images runs in double.
  const sums = new Float64Array(dw.data.length);
  forEachGroup(plan, (group, xo, yo) => {
    if (!pointwise) imageToColumns(x.data, xo, inPerGroup, g, columns);
    const transposed = pointwise ? matrix(x.data, xo, 1, positions) : matrix(columns, 0, 1, positions);
    const grads = matrix(dy.data, yo, positions);
    gemm(outPerGroup, depth, positions, grads, transposed, matrix(sums, group * outPerGroup * depth, depth));
  });
  dw.data.set(sums);
}

export const convKernels: KernelTable<ConvOps> = {
  conv2d,
  conv2d_dx: conv2dDx,
  conv2d_dw: conv2dDw,
  ...avgPoolKernels,
  ...poolKernels,
};
