/** Sorting. */
import { dispatch } from '../dispatch.js';
import { badArgument, show } from '../errors.js';
import { sortKernels } from '../kernels/sort.js';
import type { Tensor } from '../tensor.js';
import { float, whole } from './samples.js';
import type { SortOps } from './table.js';
import type { OpRecords } from './types.js';

export const sortOps: OpRecords<SortOps> = {
  topk: {
    infer: ([x], { k, dim }) => {
      const size = x.shape[dim];
      if (!Number.isInteger(k) || k < 0 || k > size) {
        throw badArgument('topk', 'k', k, `0 to ${size}, the size of dim ${dim} of ${show(x)}`);
      }
      const shape = x.shape.map((n, i) => (i === dim ? k : n));
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: 'int64' },
      ];
    },
    kernel: sortKernels.topk,
    saves: { outs: [1] },
    vjp: (context, [dy]) => [
      () => {
        const [{ shape, dtype }] = context.inMetas;
        const blank = dispatch('full', [], { shape, dtype, value: 0 });
        return dispatch('scatter_add', [blank, context.out(1), dy as Tensor], { dim: context.attrs.dim });
      },
    ],
    samples: [
      { name: 'largest of rows', ins: [float([3, 5])], attrs: { k: 2, dim: 1, largest: true } },
      { name: 'smallest of columns', ins: [float([4, 3])], attrs: { k: 3, dim: 0, largest: false } },
      { name: 'whole dim in the middle', ins: [float([2, 4, 3])], attrs: { k: 4, dim: 1, largest: false } },
      { name: 'empty', ins: [float([0, 3])], attrs: { k: 2, dim: 1, largest: true } },
      { name: 'one', ins: [float([1])], attrs: { k: 1, dim: 0, largest: true } },
      {
        name: 'ties',
        ins: [float([4, 6], { low: 0, high: 3, step: 1 })],
        attrs: { k: 6, dim: 1, largest: true },
      },
      {
        name: 'ascending, ties',
        ins: [float([4, 6], { low: 0, high: 3, step: 1 })],
        attrs: { k: 6, dim: 1, largest: false },
      },
      { name: 'none of a row', ins: [float([2, 3])], attrs: { k: 0, dim: 1, largest: true } },
      { name: 'integers', ins: [whole([3, 5], -9, 9)], attrs: { k: 3, dim: 1, largest: true } },
    ],
  },
};
