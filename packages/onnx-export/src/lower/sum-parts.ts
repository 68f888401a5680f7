/** What a term of a sum is: a product with a factor that others may share, or a slice amid zeros. */
import { numelOf } from '@reidgrad/core/graph';
import type { OnnxAttributes } from '../onnx/model.js';
import { formatDims, isSymbolic } from './dynamic-dims.js';
import type { PassNode } from './passes.js';
import type { Ref } from './types.js';

/** A value that is added or subtracted. */
export interface Term {
  ref: Ref;
  sign: 1 | -1;
}

/** A term as a product with the factor that it may share. */
export interface Product extends Term {
  /** Equal for terms whose sum is one product. */
  key: string;
  /** The factor that differs, and whether it is meant transposed. */
  own: Ref;
  transposed: boolean;
  /** The product of the shared factor with another in the place of `own`. */
  multiply: (own: Ref, transposed: boolean) => { opType: string; ins: Ref[]; attributes: OnnxAttributes };
}

export const sameDims = (a: Ref, b: Ref): boolean => formatDims(a.dims) === formatDims(b.dims);

/** A factor as large as the sum, and one that is broadcast to it. */
export function productOf(term: Term, { ins }: PassNode, root: Ref): Product | undefined {
  const [a, b] = ins as [Ref, Ref];
  const [large, small] = sameDims(a, root) ? [a, b] : [b, a];
  if (!sameDims(large, root) || numelOf(small.shape) >= numelOf(large.shape)) return undefined;
  return {
    ...term,
    key: `${large.name} ${formatDims(small.dims)}`,
    own: small,
    transposed: false,
    multiply: (own) => ({ opType: 'Mul', ins: [own, large], attributes: {} }),
  };
}

/** A product of two matrices, transposed or not, with the right one as the factor that may be shared. */
export function matrixProductOf(term: Term, node: PassNode, isTransposed: boolean): Product | undefined {
  const { opType, attributes, ins } = node;
  const [left, right, bias] = ins as [Ref, Ref, Ref | undefined];
  const isPlain = Object.keys(attributes).every((name) => name === 'transA' || name === 'transB');
  if ((opType !== 'Gemm' && opType !== 'MatMul') || bias !== undefined || !isPlain) return undefined;
  if (left.shape.length !== 2 || right.shape.length !== 2) return undefined;
  const a = { ref: left, transposed: attributes.transA === 1 };
  const b = { ref: right, transposed: attributes.transB === 1 };
  // (A B)ᵀ = Bᵀ Aᵀ.
  const [own, shared] = isTransposed ? [turned(b), turned(a)] : [a, b];
  return {
    ...term,
    key: `${shared.ref.name} ${shared.transposed}`,
    own: own.ref,
    transposed: own.transposed,
    multiply: (sum, transposed) => ({
      opType: 'Gemm',
      ins: [sum, shared.ref],
      attributes: { transA: transposed ? 1 : 0, transB: shared.transposed ? 1 : 0 },
    }),
  };
}

const turned = ({ ref, transposed }: { ref: Ref; transposed: boolean }): { ref: Ref; transposed: boolean } => ({
  ref,
  transposed: !transposed,
});

/** A term that is a slice along one axis with zeros before and behind it. */
export interface Slice extends Term {
  /** The slice alone. */
  source: Ref;
  axis: number;
  start: number;
  /** Exclusive. */
  end: number;
}

export function sliceOf(term: Term, { opType, ins }: PassNode): Slice | undefined {
  const [source, pads, value] = ins as [Ref, Ref | undefined, Ref | undefined];
  if (opType !== 'Pad' || pads?.constant === undefined || value?.constant?.[0] !== 0) return undefined;
  const rank = source.shape.length;
  const widths = source.shape.map((_, i) => [pads.constant?.[i] ?? 0, pads.constant?.[i + rank] ?? 0]);
  const axes = [...source.shape.keys()].filter((i) => widths[i].some((width) => width !== 0));
  const [axis] = axes;
  if (axes.length !== 1 || isSymbolic(source.dims[axis]) || widths[axis].some((width) => width < 0)) return undefined;
  const [start] = widths[axis];
  return { ...term, source, axis, start, end: start + source.shape[axis] };
}
