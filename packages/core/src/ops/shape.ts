/** Ops that move elements without computing. */
import { numelOf } from '../dtype.js';
import { dispatch } from '../dispatch.js';
import { badArgument, show } from '../errors.js';
import { flip, permute, reshape, sumTo } from '../functions/shape.js';
import { shapeKernels } from '../kernels/shape.js';
import type { Tensor } from '../tensor.js';
import { requireSameDtype } from './infer.js';
import type { ShapeOps, SliceAttrs } from './table.js';
import type { Meta, OpRecords } from './types.js';

/** Size that a slice leaves of each dim. */
export function slicedShape(shape: readonly number[], { starts, ends, steps }: SliceAttrs): number[] {
  return shape.map((size, i) => {
    const end = Math.min(ends[i], size);
    return Math.max(Math.ceil((end - starts[i]) / steps[i]), 0);
  });
}

/** dy of `slice` spread over the shape of its input, zeros elsewhere. */
function unslice(dy: Tensor, x: Meta, attrs: SliceAttrs): Tensor {
  const blank = dispatch('full', [], { shape: x.shape, dtype: dy.dtype, value: 0 });
  return dispatch('slice_scatter', [blank, dy], attrs);
}

/** The part of `dy` that input `i` of a `cat` gave; the last part's end stays unnamed. */
function catPart(dy: Tensor, metas: readonly Meta[], i: number, dim: number): Tensor {
  const sizes = metas.map((meta) => meta.shape[dim]);
  const start = sizes.slice(0, i).reduce((a, b) => a + b, 0);
  const at = (list: readonly number[], value: number): number[] => list.map((v, d) => (d === dim ? value : v));
  const zero = dy.shape.map(() => 0);
  return dispatch('slice', [dy], {
    starts: at(zero, start),
    ends: at(
      zero.map(() => Infinity),
      i === metas.length - 1 ? Infinity : start + sizes[i],
    ),
    steps: zero.map(() => 1),
  });
}

export const shapeOps: OpRecords<ShapeOps> = {
  reshape: {
    infer: ([x], { shape }) => {
      if (numelOf(x.shape) !== numelOf(shape)) {
        throw badArgument('reshape', 'shape', shape, `${numelOf(x.shape)} elements, as many as in ${show(x)}`);
      }
      return [{ shape, dtype: x.dtype }];
    },
    kernel: shapeKernels.reshape,
    vjp: ({ inMetas: [x] }, [dy]) => [() => reshape(dy as Tensor, x.shape)],
  },
  permute: {
    infer: ([x], { dims }) => [{ shape: dims.map((dim) => x.shape[dim]), dtype: x.dtype }],
    kernel: shapeKernels.permute,
    vjp: ({ attrs: { dims } }, [dy]) => [
      () => {
        const inverse: number[] = [];
        dims.forEach((dim, i) => (inverse[dim] = i));
        return permute(dy as Tensor, inverse);
      },
    ],
  },
  expand: {
    infer: ([x], { shape }) => {
      const offset = shape.length - x.shape.length;
      if (offset < 0 || x.shape.some((size, i) => size !== 1 && size !== shape[i + offset])) {
        throw badArgument('expand', 'size', shape, `sizes to which ${show(x)} broadcasts`);
      }
      return [{ shape, dtype: x.dtype }];
    },
    kernel: shapeKernels.expand,
    vjp: ({ inMetas: [x] }, [dy]) => [() => sumTo(dy as Tensor, x.shape)],
  },
  slice: {
    infer: ([x], attrs) => [{ shape: slicedShape(x.shape, attrs), dtype: x.dtype }],
    kernel: shapeKernels.slice,
    vjp: ({ attrs, inMetas: [x] }, [dy]) => [() => unslice(dy as Tensor, x, attrs)],
  },
  slice_scatter: {
    infer: ([base, source]) => {
      requireSameDtype('slice_scatter', [base, source]);
      return [base];
    },
    kernel: shapeKernels.slice_scatter,
    inplace: true,
    vjp: ({ attrs, inMetas: [, source] }, [dy]) => [
      () => {
        const blank = dispatch('full', [], { shape: source.shape, dtype: source.dtype, value: 0 });
        return dispatch('slice_scatter', [dy as Tensor, blank], attrs);
      },
      () => dispatch('slice', [dy as Tensor], attrs),
    ],
  },
  pad: {
    infer: ([x], { before, after }) => [
      { shape: x.shape.map((size, i) => size + before[i] + after[i]), dtype: x.dtype },
    ],
    kernel: shapeKernels.pad,
    vjp: ({ attrs: { before, after } }, [dy]) => [
      () => {
        const g = dy as Tensor;
        const ends = after.map((n, i) => (n === 0 ? Infinity : g.shape[i] - n));
        return dispatch('slice', [g], { starts: before, ends, steps: before.map(() => 1) });
      },
    ],
  },
  cat: {
    infer: (metas, { dim }) => {
      requireSameDtype('cat', metas);
      const [first] = metas as readonly [Meta];
      metas.forEach((meta, k) => {
        const same =
          meta.shape.length === first.shape.length && meta.shape.every((n, i) => i === dim || n === first.shape[i]);
        if (!same) {
          throw badArgument(
            'cat',
            `tensors[${k}]`,
            meta,
            `the sizes of tensors[0], ${show(first)}, outside of dim ${dim}`,
          );
        }
      });
      const total = metas.reduce((n, meta) => n + meta.shape[dim], 0);
      return [{ shape: first.shape.map((n, i) => (i === dim ? total : n)), dtype: first.dtype }];
    },
    kernel: shapeKernels.cat,
    vjp: ({ attrs: { dim }, inMetas }, [dy]) => inMetas.map((_, i) => () => catPart(dy as Tensor, inMetas, i, dim)),
  },
  flip: {
    infer: ([x]) => [x],
    kernel: shapeKernels.flip,
    vjp: ({ attrs: { dims } }, [dy]) => [() => flip(dy as Tensor, dims)],
  },
};
