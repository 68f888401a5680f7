/** Reductions over dims. */
import { numelOf } from '../dtype.js';
import { dispatch } from '../dispatch.js';
import { badArgument } from '../errors.js';
import { cast, div, eq, mul } from '../functions/pointwise.js';
import { sum, cumsum, prod } from '../functions/reduce.js';
import { cat, expand, flip, reshape } from '../functions/shape.js';
import { reduceKernels } from '../kernels/reduce.js';
import type { Tensor } from '../tensor.js';
import { reducedShape } from './infer.js';
import type { ReduceOps } from './table.js';
import type { Meta, OpRecord, OpRecords, VjpContext } from './types.js';

type ReduceName = 'sum' | 'mean' | 'prod' | 'amax' | 'amin' | 'any' | 'all';

/** dy with the reduced dims back as size 1, so that it broadcasts against the input. */
function withDims(context: VjpContext<ReduceName>, y: Tensor): Tensor {
  const [x] = context.inMetas;
  return context.attrs.keepdim ? y : reshape(y, reducedShape(x.shape, context.attrs.dims, true));
}

function reduction(
  name: ReduceName,
  vjp: OpRecord<ReduceName>['vjp'],
  more: Partial<OpRecord<ReduceName>>,
): OpRecord<ReduceName> {
  return {
    infer: ([x], { dims, keepdim }) => [{ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }],
    kernel: reduceKernels[name],
    vjp,
    ...more,
  };
}

function requireElements(name: string, x: Meta, dims: readonly number[]): void {
  const empty = dims.find((dim) => x.shape[dim] === 0);
  if (empty !== undefined) {
    throw badArgument(name, 'input', x, `at least one element at dim ${empty}`);
  }
}

function extreme(name: 'amax' | 'amin'): OpRecord<ReduceName> {
  return reduction(
    name,
    (context, [dy]) => [
      () => {
        const { dims } = context.attrs;
        const ties = eq(context.in(0), withDims(context, context.out(0)));
        const counted = cast(ties, (dy as Tensor).dtype);
        const g = div(withDims(context, dy as Tensor), sum(counted, dims, true));
        // As PyTorch: max() gives the beaten 0 even of an infinite gradient, amax(dim) does not.
        const all = dims.length === context.inMetas[0].shape.length;
        return all ? dispatch('gate', [expand(g, ties.shape), ties], {}) : mul(counted, g);
      },
    ],
    {
      infer: ([x], { dims, keepdim }) => {
        requireElements(name === 'amax' ? 'max' : 'min', x, dims);
        return [{ shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype }];
      },
      saves: { ins: [0], outs: [0] },
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
  };
}

export const reduceOps: OpRecords<ReduceOps> = {
  sum: reduction(
    'sum',
    (context, [dy]) => [() => expand(withDims(context, dy as Tensor), context.inMetas[0].shape)],
    {},
  ),
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
    },
  ),
  amax: extreme('amax'),
  amin: extreme('amin'),
  any: reduction('any', undefined, {}),
  all: reduction('all', undefined, {}),
  argmax: argExtreme('argmax'),
  argmin: argExtreme('argmin'),
  cumsum: {
    infer: ([x]) => [x],
    kernel: reduceKernels.cumsum,
    vjp: ({ attrs: { dim } }, [dy]) => [() => flip(cumsum(flip(dy as Tensor, [dim]), dim), [dim])],
  },
};

function productOfOthers(x: Tensor, dims: readonly number[]): Tensor {
  const order = [...x.shape.map((_, i) => i).filter((i) => !dims.includes(i)), ...dims];
  const kept = x.ndim - dims.length;
  const moved = x.permute(order);
  const n = numelOf(moved.shape.slice(kept));
  const flat = moved.reshape([...moved.shape.slice(0, kept), n]);
  const others = Array.from({ length: n }, (_, i) => {
    const rest = cat([flat.narrow(kept, 0, i), flat.narrow(kept, i + 1, n - i - 1)], kept);
    return prod(rest, kept, true);
  });
  const joined = others.length === 0 ? flat : cat(others, kept);
  const inverse: number[] = [];
  order.forEach((dim, i) => (inverse[dim] = i));
  return joined.reshape(moved.shape).permute(inverse);
}
