/** Batch normalisation. */
import { describe } from '../dtype.js';
import { add, div, mul, rsqrt, sub } from '../functions/pointwise.js';
import { sum } from '../functions/reduce.js';
import { reshape } from '../functions/shape.js';
import { normKernels } from '../kernels/norm.js';
import type { Tensor } from '../tensor.js';
import { lazy } from './lazy.js';
import { float } from './samples.js';
import type { NormOps } from './table.js';
import type { Meta, OpRecords } from './types.js';

/** All dims but the channel dim. */
const statDims = (x: Meta): number[] => x.shape.map((_, i) => i).filter((i) => i !== 1);

/** [C] as [1, C, 1, …]. */
const perChannel = (v: Tensor, x: Meta): Tensor =>
  reshape(
    v,
    x.shape.map((_, i) => (i === 1 ? -1 : 1)),
  );

/** Elements per channel. */
const countOf = (x: Meta): number => statDims(x).reduce((n, dim) => n * x.shape[dim], 1);

function requireChannels(op: string, x: Meta, others: readonly Meta[]): void {
  const channels = x.shape[1];
  for (const meta of others) {
    if (meta.shape.length !== 1 || meta.shape[0] !== channels) {
      throw new Error(
        `${op}: input ${describe(x.dtype, x.shape)} has ${channels ?? 'no'} channels, expected [${meta.shape.join(', ')}] as the parameters`,
      );
    }
  }
}

const shapes: readonly (readonly number[])[] = [
  [5, 3],
  [6, 2],
  [4, 8],
  [3, 3, 4, 2],
  [2, 6, 3, 3],
  [2, 4, 2, 3],
];
const label = (shape: readonly number[]): string => shape.join('x');
const positive = { low: 0.5, high: 2 };

export const normOps: OpRecords<NormOps> = {
  batch_norm_train: {
    infer: ([x, weight, bias], _attrs) => {
      requireChannels('batch_norm', x, [weight, bias]);
      const channels = { shape: weight.shape, dtype: x.dtype };
      return [x, channels, channels];
    },
    kernel: normKernels.batch_norm_train,
    saves: { ins: [0, 1], outs: [1, 2] },
    vjp: (context, [dy, dmean, dvar]) => {
      const [meta] = context.inMetas;
      const dims = statDims(meta);
      const n = countOf(meta);
      const wide = (v: Tensor): Tensor => perChannel(v, meta);
      const x = lazy(() => context.in(0));
      const mean = lazy(() => context.out(1));
      const invStd = lazy(() => rsqrt(add(context.out(2), context.attrs.eps)));
      const centred = lazy(() => sub(x(), wide(mean())));
      const sumDy = lazy(() => sum(dy as Tensor, dims));
      // Σ dy (x − mean): with it dx, dweight and dbias share all passes over the data.
      const sumDyX = lazy(() => sum(mul(dy as Tensor, centred()), dims));
      return [
        () => {
          let dx: Tensor | null = null;
          if (dy) {
            // dx = a dy + (b (x − mean) + c) with one number per channel each: a form that some runtimes compute in fewer passes.
            const a = mul(context.in(1), invStd());
            const b = mul(a, div(mul(sumDyX(), mul(invStd(), invStd())), -n));
            const c = mul(a, div(sumDy(), -n));
            dx = add(mul(dy, wide(a)), add(mul(centred(), wide(b)), wide(c)));
          }
          if (dvar) {
            const fromVar = mul(centred(), wide(div(mul(dvar, 2), n)));
            dx = dx === null ? fromVar : add(dx, fromVar);
          }
          if (dmean) {
            const fromMean = add(mul(x(), 0), wide(div(dmean, n)));
            dx = dx === null ? fromMean : add(dx, fromMean);
          }
          return dx as Tensor;
        },
        () => (dy ? mul(sumDyX(), invStd()) : mul(context.in(1), 0)),
        () => (dy ? sumDy() : mul(context.in(1), 0)),
      ];
    },
    samples: shapes.map((shape) => ({
      name: label(shape),
      ins: [float(shape), float([shape[1]]), float([shape[1]])],
      attrs: { eps: 1e-5 },
    })),
  },
  batch_norm_eval: {
    infer: ([x, ...others]) => {
      requireChannels('batch_norm', x, others);
      return [x];
    },
    kernel: normKernels.batch_norm_eval,
    saves: { ins: [0, 1, 3, 4] },
    vjp: (context, [dy]) => {
      const [meta] = context.inMetas;
      const dims = statDims(meta);
      const g = dy as Tensor;
      const wide = (v: Tensor): Tensor => perChannel(v, meta);
      const invStd = lazy(() => rsqrt(add(context.in(4), context.attrs.eps)));
      const sumDyX = lazy(() => sum(mul(g, sub(context.in(0), wide(context.in(3)))), dims));
      const scale = lazy(() => mul(context.in(1), invStd()));
      const sumDy = lazy(() => sum(g, dims));
      return [
        () => mul(g, wide(scale())),
        () => mul(sumDyX(), invStd()),
        () => sumDy(),
        () => mul(sumDy(), mul(scale(), -1)),
        () => mul(sumDyX(), mul(mul(scale(), mul(invStd(), invStd())), -0.5)),
      ];
    },
    samples: shapes.map((shape) => {
      const c = [shape[1]];
      return {
        name: label(shape),
        ins: [float(shape), float(c), float(c), float(c), float(c, positive)],
        attrs: { eps: 1e-5 },
      };
    }),
  },
};
