/** Reductions over dims. */
import { describe } from '../dtype.js';
import { cast, div, eq, mul } from '../functions/pointwise.js';
import { sum, cumsum, prod } from '../functions/reduce.js';
import { cat, expand, flip, reshape } from '../functions/shape.js';
import { reduceKernels } from '../kernels/reduce.js';
import type { Tensor } from '../tensor.js';
import { reducedShape } from './infer.js';
import { flags, float, literal, whole } from './samples.js';
import type { ReduceOps } from './table.js';
import type { Meta, OpRecord, OpRecords, Sample, VjpContext } from './types.js';

type ReduceName = 'sum' | 'mean' | 'prod' | 'amax' | 'amin' | 'any' | 'all';

/** dy with the reduced dims back as size 1, so that it broadcasts against the input. */
function withDims(context: VjpContext<ReduceName>, y: Tensor): Tensor {
  const [x] = context.inMetas;
  return context.attrs.keepdim ? y : reshape(y, reducedShape(x.shape, context.attrs.dims, true));
}

const samples: Sample<ReduceName>[] = [
  { name: 'all', ins: [float([3, 4])], attrs: { dims: [0, 1], keepdim: false } },
  { name: 'rows', ins: [float([3, 4])], attrs: { dims: [1], keepdim: true } },
  { name: 'columns', ins: [float([3, 4])], attrs: { dims: [0], keepdim: false } },
  { name: 'channels', ins: [float([2, 3, 4, 5])], attrs: { dims: [0, 2, 3], keepdim: true } },
  { name: 'middle', ins: [float([2, 3, 4])], attrs: { dims: [1], keepdim: false } },
];
const integers: Sample<ReduceName> = {
  name: 'integers',
  ins: [whole([3, 4], -5, 5)],
  attrs: { dims: [1], keepdim: false },
};
const tied: Sample<ReduceName> = {
  name: 'ties',
  ins: [float([4, 6], { low: 0, high: 3, step: 1 })],
  attrs: { dims: [1], keepdim: false },
};

function reduction(
  name: ReduceName,
  vjp: OpRecord<ReduceName>['vjp'],
  more: Partial<OpRecord<ReduceName>>,
): OpRecord<ReduceName> {
  return {
    infer: ([x], { dims, keepdim }) => [{ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }],
    kernel: reduceKernels[name],
    vjp,
    samples,
    ...more,
  };
}

function requireElements(name: string, x: Meta, dims: readonly number[]): void {
  const empty = dims.find((dim) => x.shape[dim] === 0);
  if (empty !== undefined) {
    throw new Error(
      `${name}: expected reduction dim ${empty} to have non-zero size, got ${describe(x.dtype, x.shape)}`,
    );
  }
}

function extreme(name: 'amax' | 'amin'): OpRecord<ReduceName> {
  return reduction(
    name,
    (context, [dy]) => [
      () => {
        const ties = cast(eq(context.in(0), withDims(context, context.out(0))), (dy as Tensor).dtype);
        return mul(ties, div(withDims(context, dy as Tensor), sum(ties, context.attrs.dims, true)));
      },
    ],
    {
      infer: ([x], { dims, keepdim }) => {
        requireElements(name === 'amax' ? 'max' : 'min', x, dims);
        return [{ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }];
      },
      saves: { ins: [0], outs: [0] },
      samples: [...samples, tied, integers],
    },
  );
}

function argExtreme(name: 'argmax' | 'argmin'): OpRecord<'argmax' | 'argmin'> {
  return {
    infer: ([x], { dim, keepdim }) => {
      requireElements(name, x, [dim]);
      return [{ shape: reducedShape(x.shape, [dim], keepdim), dtype: 'int64' }];
    },
    kernel: reduceKernels[name],
    samples: [
      { name: 'rows', ins: [float([3, 4])], attrs: { dim: 1, keepdim: false } },
      { name: 'ties', ins: [float([4, 6], { low: 0, high: 3, step: 1 })], attrs: { dim: 0, keepdim: true } },
      { name: 'integers', ins: [whole([3, 4], -5, 5)], attrs: { dim: 1, keepdim: false } },
    ],
  };
}

const flagSamples: Sample<ReduceName>[] = [
  { name: 'rows', ins: [flags([4, 3])], attrs: { dims: [1], keepdim: false } },
  { name: 'all', ins: [flags([4, 3])], attrs: { dims: [0, 1], keepdim: false } },
];

export const reduceOps: OpRecords<ReduceOps> = {
  sum: reduction('sum', (context, [dy]) => [() => expand(withDims(context, dy as Tensor), context.inMetas[0].shape)], {
    samples: [...samples, integers, { name: 'empty', ins: [float([0, 3])], attrs: { dims: [0], keepdim: false } }],
  }),
  mean: reduction(
    'mean',
    (context, [dy]) => [
      () => {
        const { shape } = context.inMetas[0];
        const count = context.attrs.dims.reduce((n, dim) => n * shape[dim], 1);
        return div(expand(withDims(context, dy as Tensor), shape), count);
      },
    ],
    {},
  ),
  prod: reduction(
    'prod',
    (context, [dy]) => [
      () => {
        // The product of all others rather than y / x, which fails at zeros.
        const x = context.in(0);
        const { dims } = context.attrs;
        const scaled = expand(withDims(context, dy as Tensor), x.shape);
        return mul(scaled, productOfOthers(x, dims));
      },
    ],
    {
      saves: { ins: [0] },
      samples: [
        ...samples,
        { name: 'zeros', ins: [literal([2, 3], [0, 2, 3, 0, 0, 4])], attrs: { dims: [1], keepdim: false } },
      ],
    },
  ),
  amax: extreme('amax'),
  amin: extreme('amin'),
  any: reduction('any', undefined, { samples: flagSamples }),
  all: reduction('all', undefined, { samples: flagSamples }),
  argmax: argExtreme('argmax'),
  argmin: argExtreme('argmin'),
  cumsum: {
    infer: ([x]) => [x],
    kernel: reduceKernels.cumsum,
    vjp: ({ attrs: { dim } }, [dy]) => [() => flip(cumsum(flip(dy as Tensor, [dim]), dim), [dim])],
    samples: [
      { name: 'rows', ins: [float([3, 4])], attrs: { dim: 1 } },
      { name: 'columns', ins: [float([3, 4])], attrs: { dim: 0 } },
    ],
  },
};

function productOfOthers(x: Tensor, dims: readonly number[]): Tensor {
  const order = [...x.shape.map((_, i) => i).filter((i) => !dims.includes(i)), ...dims];
  const kept = x.ndim - dims.length;
  const moved = x.permute(order);
  const flat = moved.reshape([...moved.shape.slice(0, kept), -1]);
  const n = flat.size(kept);
  const others = Array.from({ length: n }, (_, i) => {
    const rest = cat([flat.narrow(kept, 0, i), flat.narrow(kept, i + 1, n - i - 1)], kept);
    return prod(rest, kept, true);
  });
  const joined = others.length === 0 ? flat : cat(others, kept);
  const inverse: number[] = [];
  order.forEach((dim, i) => (inverse[dim] = i));
  return joined.reshape(moved.shape).permute(inverse);
}
