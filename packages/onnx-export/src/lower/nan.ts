import type { OpName, SampleInput } from '@reidgrad/core/graph';
import type { Provider } from './types.js';

/** An op that treats a NaN among its values in another way than the eager kernels do. */
export interface NanDifference {
  op: OpName;
  /** Where that was measured; CUDA was not. */
  providers: readonly Provider[];
  because: string;
}

/**
 * Where NaN does not come out as in eager mode. What is not listed was measured to be equal, among it `amax` and `amin`,
 * which ask for NaNs separately (see `reduce.ts`).
 */
export const nanDifferences: readonly NanDifference[] = [
  {
    op: 'topk',
    providers: ['cpu', 'webgpu'],
    because: "TopK's comparisons know no NaN: it may stand anywhere and hide others; eagerly it is the largest",
  },
  {
    op: 'argmax',
    providers: ['cpu', 'webgpu'],
    because: 'a NaN counts as infinite: an infinity that stands before it wins',
  },
  {
    op: 'max_pool2d',
    providers: ['cpu', 'webgpu'],
    because: 'MaxPool skips NaN; asking for it would cost as much as the pool itself on the largest maps of a network',
  },
  {
    op: 'floor_divide',
    providers: ['cpu', 'webgpu'],
    because: 'an infinity divided is infinite, where the eager kernel and PyTorch give NaN',
  },
  {
    op: 'gate',
    providers: ['cpu'],
    because:
      'a gradient that does not pass is times 0, NaN where it is infinite or NaN: Where would take four times as long',
  },
  ...(['exp', 'expm1', 'sigmoid', 'relu', 'softplus', 'clamp'] as const).map((op) => ({
    op,
    providers: ['webgpu'] as const,
    because: 'WGSL lets a device assume that there are no NaNs: min, max and clamp may return the other operand',
  })),
];

const row = (values: readonly number[]): SampleInput => ({ shape: [1, values.length], dtype: 'float32', values });

/** A NaN at the front, in the middle, at the end, next to infinities, alone. */
export const nanRows: readonly SampleInput[] = [
  [NaN, 5, 3, 2, 4],
  [1, 5, NaN, 2, 4],
  [1, 5, 3, 2, NaN],
  [1, Infinity, NaN, -Infinity, 4],
  [1, NaN, 5, -Infinity, Infinity],
  [NaN, NaN, NaN, NaN, NaN],
].map(row);
