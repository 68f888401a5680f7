/** What the kernel tests share: blocks of seeded values, and reading elements by index. */
import { allocate, numelOf, type DType, type KernelArray, type Shape } from '../dtype.js';
import type { Block, Kernel, Meta } from '../ops/types.js';

function kernelArray(dtype: DType, size: number): KernelArray {
  const data = allocate(dtype, size);
  if (data instanceof Uint16Array) throw new Error('kernels never see float16');
  return data;
}

/** A block with the given values in row-major order. */
export function block(dtype: DType, shape: Shape, values: ArrayLike<number>): Block {
  const data = kernelArray(dtype, numelOf(shape));
  data.set(values);
  return { dtype, shape, data };
}

/** Values of a small linear congruential generator: multiples of `step` within [low, high). */
export function seeded(seed: number, count: number, low = -4, high = 4, step = 0.25): number[] {
  let state = seed * 7919 + 17;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + Math.floor(((state / 2 ** 32) * (high - low)) / step) * step;
  });
}

export function random(dtype: DType, shape: Shape, seed: number, low?: number, high?: number, step?: number): Block {
  return block(dtype, shape, seeded(seed, numelOf(shape), low, high, step));
}

/** Runs a kernel on fresh zeroed outputs. */
export function run<A>(kernel: Kernel<A>, ins: readonly Block[], outs: readonly Meta[], attrs: A): Block[] {
  const blocks = outs.map(({ dtype, shape }) => ({ dtype, shape, data: kernelArray(dtype, numelOf(shape)) }));
  kernel(ins, blocks, attrs);
  return blocks;
}

/** Runs a kernel with one output and returns its values. */
export function values<A>(kernel: Kernel<A>, ins: readonly Block[], dtype: DType, shape: Shape, attrs: A): number[] {
  return Array.from(run(kernel, ins, [{ dtype, shape }], attrs)[0].data);
}

/** Every index of a shape in row-major order. */
export function indices(shape: Shape): number[][] {
  let all: number[][] = [[]];
  for (const size of shape) all = all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i]));
  return all;
}

/** The element at `index`; leading dims may be missing and sizes 1 are repeated, as in a broadcast. */
export function get({ shape, data }: Block, index: readonly number[]): number {
  let at = 0;
  shape.forEach((size, d) => (at = at * size + (size === 1 ? 0 : index[index.length - shape.length + d])));
  return data[at];
}
