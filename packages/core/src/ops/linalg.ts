import { badArgument } from '../errors.js';
import { matmul } from '../functions/linalg.js';
import { sumTo, transpose } from '../functions/shape.js';
import { linalgKernels } from '../kernels/linalg.js';
import type { Tensor } from '../tensor.js';
import { broadcastShapes, requireSameDtype } from './infer.js';
import type { LinalgOps } from './table.js';
import type { Meta, OpRecords } from './types.js';

export const linalgOps: OpRecords<LinalgOps> = {
  matmul: {
    infer: ([a, b]) => {
      requireSameDtype('matmul', [a, b]);
      const [m, k] = a.shape.slice(-2) as [number, number];
      const [inner, n] = b.shape.slice(-2) as [number, number];
      if (k !== inner || a.shape.length < 2 || b.shape.length < 2) throw badArgument('matmul', 'other', b, `${k} rows`);
      const leading = [a, b].map(({ dtype, shape }): Meta => ({ dtype, shape: [...shape.slice(0, -2), 1, 1] }));
      const batch = broadcastShapes('matmul', leading, undefined, [a, b]).slice(0, -2);
      return [{ shape: [...batch, m, n], dtype: a.dtype }];
    },
    kernel: linalgKernels.matmul,
    saves: { ins: [0, 1] },
    vjp: (context, [dy]) => {
      const g = dy as Tensor;
      const [a, b] = context.inMetas;
      return [
        () => sumTo(matmul(g, transpose(context.in(1), -2, -1)), a.shape),
        () => sumTo(matmul(transpose(context.in(0), -2, -1), g), b.shape),
      ];
    },
  },
};
