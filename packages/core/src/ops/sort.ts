/** Sorting. */
import { dispatch } from '../dispatch.js';
import { badArgument, show } from '../errors.js';
import { sortKernels } from '../kernels/sort.js';
import type { Tensor } from '../tensor.js';
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
  },
};
