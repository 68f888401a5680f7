import type { SortOps } from '@reidgrad/core/graph';
import { formatDim, formatInt, isSymbolic } from './dynamic-dims.js';
import { iota, throughFloat } from './steps.js';
import type { LowerContext, LoweringTable, Ref, RefMeta } from './types.js';

/**
 * K as ONNX wants it: int64[1]. The whole of a dynamic dim is a piece of the shape, which all providers give on the host
 * where TopK reads it; any other dynamic number would be computed on WebGPU and read too late.
 */
function countOf(context: LowerContext, x: Ref, k: number, dim: number): Ref {
  const symbolic = context.attribute('k');
  if (symbolic === undefined) return context.int64s([k]);
  const size = x.dims[dim];
  if (isSymbolic(size) && formatInt(symbolic) === formatDim(size)) {
    const source = context.cast(x, 'float32');
    return context.emit('Shape', [source], { dtype: 'int64', shape: [1], dims: [1] }, { start: dim, end: dim + 1 });
  }
  if (context.has('webgpu')) {
    throw new Error(
      `topk: k follows a dynamic axis, expected a fixed number or all of dim ${dim}: WebGPU reads it before the run`,
    );
  }
  return context.cast(context.reshape(context.symbolicScalar(symbolic, 'int32'), [1]), 'int64');
}

/** TopK's indices as int32. WebGPU cannot cast int64 but gathers by it: positions, as floats, exact to 2^24. */
function positions(context: LowerContext, x: Ref, indices: Ref, dim: number, out: RefMeta): Ref {
  if (!context.portable) return context.cast(indices, 'int32');
  const along = context.expand(context.cast(iota(context, x, dim, x.dims), 'float32'), x.shape);
  const picked = context.emit('GatherElements', [along, indices], { ...out, dtype: 'float32' }, { axis: dim });
  return context.cast(picked, 'int32');
}

export const sortLowerings: LoweringTable<SortOps> = {
  topk(context, [x], { k, dim, largest }, [values, places]) {
    if (x.dims.includes(0)) {
      // TopK of an empty tensor divides by zero and kills the process.
      return [context.constant(x.dtype, values.shape, []), context.constant('int32', places.shape, [])];
    }
    const count = countOf(context, x, k, dim);
    let indices: Ref | undefined;
    const sorted = throughFloat(context, x, (input) => {
      const metas: RefMeta[] = [
        { ...values, dtype: input.dtype },
        { ...places, dtype: 'int64' },
      ];
      const attributes = { axis: dim, largest: largest ? 1 : 0, sorted: 1 };
      const [first, second] = context.emitMany('TopK', [input, count], metas, attributes);
      indices = positions(context, x, second, dim, places);
      return first;
    });
    if (indices === undefined) throw new Error('topk: internal: no indices were made');
    return [sorted, indices];
  },
};
