/** Ops that read and write at indices. Ranges are checked by the public functions. */
import { dispatch } from '../dispatch.js';
import { badArgument, dims, show } from '../errors.js';
import { indexKernels } from '../kernels/index.js';
import type { Tensor } from '../tensor.js';
import { requireSameDtype } from './infer.js';
import type { IndexOps } from './table.js';
import type { Meta, OpRecords } from './types.js';

function blank(meta: Meta): Tensor {
  return dispatch('full', [], { shape: meta.shape, dtype: meta.dtype, value: 0 });
}

function requireFits(op: string, base: Meta, index: Meta, source: Meta): void {
  requireSameDtype(op, [base, source]);
  if (index.shape.length !== base.shape.length) {
    throw badArgument(op, 'index', index, `${dims(base.shape.length)}, as many as input ${show(base)}`);
  }
  if (source.shape.join() !== index.shape.join()) {
    throw badArgument(op, 'src', source, `the shape of index ${show(index)}, or larger`);
  }
}

export const indexOps: OpRecords<IndexOps> = {
  index_select: {
    infer: ([x, index], { dim }) => [
      { shape: x.shape.map((size, i) => (i === dim ? index.shape[0] : size)), dtype: x.dtype },
    ],
    kernel: indexKernels.index_select,
    saves: { ins: [1] },
    vjp: (context, [dy]) => [
      () => dispatch('index_add', [blank(context.inMetas[0]), context.in(1), dy as Tensor], context.attrs),
      null,
    ],
  },
  index_add: {
    infer: ([base, index, source], { dim }) => {
      requireSameDtype('index_add', [base, source]);
      const expected = base.shape.map((size, i) => (i === dim ? index.shape[0] : size));
      if (source.shape.join() !== expected.join()) {
        throw badArgument(
          'index_add',
          'source',
          source,
          `shape [${expected.join(', ')}] for index ${show(index)} at dim ${dim}`,
        );
      }
      return [base];
    },
    kernel: indexKernels.index_add,
    inplace: true,
    saves: { ins: [1] },
    vjp: (context, [dy]) => [
      () => dy as Tensor,
      null,
      () => dispatch('index_select', [dy as Tensor, context.in(1)], context.attrs),
    ],
  },
  gather: {
    infer: ([x, index]) => [{ shape: index.shape, dtype: x.dtype }],
    kernel: indexKernels.gather,
    saves: { ins: [1] },
    vjp: (context, [dy]) => [
      () => dispatch('scatter_add', [blank(context.inMetas[0]), context.in(1), dy as Tensor], context.attrs),
      null,
    ],
  },
  scatter_add: {
    infer: ([base, index, source]) => {
      requireFits('scatter_add', base, index, source);
      return [base];
    },
    kernel: indexKernels.scatter_add,
    inplace: true,
    saves: { ins: [1] },
    vjp: (context, [dy]) => [
      () => dy as Tensor,
      null,
      () => dispatch('gather', [dy as Tensor, context.in(1)], context.attrs),
    ],
  },
  scatter: {
    infer: ([base, index, source]) => {
      requireFits('scatter', base, index, source);
      return [base];
    },
    kernel: indexKernels.scatter,
    inplace: true,
    saves: { ins: [1] },
    vjp: (context, [dy]) => [
      () => dispatch('scatter', [dy as Tensor, context.in(1), blank(context.inMetas[2])], context.attrs),
      null,
      () => dispatch('gather', [dy as Tensor, context.in(1)], context.attrs),
    ],
  },
};
