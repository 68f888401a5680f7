/** Ops on rows with NaNs, for the tests of every place. */
import { samples } from '@reidgrad/core/graph';
import type { OpName } from '@reidgrad/core/graph';
import { nanRows } from '../packages/onnx-export/src/lower/nan.js';
import type { ParityCase } from './parity/cases.js';

const window = { kernel: [1, 3], stride: [1, 1], padding: [0, 1], dilation: [1, 1], ceilMode: false } as const;

/** The attributes under which the op sees a row [1, 5] as one line. */
const attributes: Partial<Record<OpName, object>> = {
  ...Object.fromEntries(
    (['sum', 'mean', 'prod', 'amax', 'amin'] as const).map((op) => [op, { dims: [1], keepdim: false }]),
  ),
  argmax: { dim: 1, keepdim: false },
  argmin: { dim: 1, keepdim: false },
  cumsum: { dim: 1 },
  topk: { k: 3, dim: 1, largest: true },
  clamp: { min: 2, max: 3 },
  max_pool2d: window,
};

const withoutAttributes: readonly OpName[] = (
  'neg abs sign exp expm1 log1p sqrt reciprocal sigmoid tanh relu sin cos tan asin atan erf floor ceil round trunc softplus ' +
  'isnan add mul div maximum minimum remainder floor_divide eq ne lt ge gate'
).split(' ') as OpName[];

/** Every op that this covers. */
export const nanOps: readonly OpName[] = [...withoutAttributes, ...(Object.keys(attributes) as OpName[])];

/** The cases of `op`: the NaN rows against each other, or as images of one line. */
export function nanCasesOf(op: OpName): ParityCase[] {
  const { ins } = samples[op as 'cat'][0];
  return nanRows.map((row, i) => {
    const image = op === 'max_pool2d' ? { ...row, shape: [1, 1, ...row.shape] } : row;
    const other =
      op === 'gate'
        ? { shape: [1, 5], dtype: 'bool' as const, values: [1, 0, 0, 1, 0] }
        : { shape: [1, 5], dtype: 'float32' as const, values: [2, 2, 2, NaN, 2] };
    const sample = { name: `row ${i}`, ins: ins.length === 1 ? [image] : [row, other], attrs: attributes[op] ?? {} };
    return { dtype: 'float32', case: { op, sample: sample as never } };
  });
}
