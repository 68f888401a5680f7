import { isFloating } from '@reidgrad/core/graph';
import { broadcastDims, expressionOf, formatDim, formatDims, formatInt, isSymbolic, symbol } from './dynamic-dims.js';
import type { Dim, SymbolicDim, SymbolicInt } from './dynamic-dims.js';
import type { LowerContext, Ref } from './types.js';

/** What this needs of the context, besides emitting. */
interface Host extends LowerContext {
  reshapeTo(x: Ref, dims: readonly Dim[]): Ref;
}

/**
 * Dynamic sizes as tensors, from operators that every provider has: a shape is `Shape` of a float tensor that has it,
 * a size is a ReduceSum of ones. int64 arithmetic on shapes would put nodes on the CPU.
 */
export class SymbolicSizes {
  /** Float tensors by their dims. */
  private readonly byShape = new Map<string, Ref>();
  /** A tensor that has the dimension, and where. */
  private readonly byDim = new Map<string, { ref: Ref; at: number }>();

  constructor(private readonly context: Host) {}

  register(ref: Ref): void {
    if (!ref.dims.some(isSymbolic) || ref.dtype === 'int64') return;
    if (isFloating(ref.dtype)) {
      const key = formatDims(ref.dims);
      if (!this.byShape.has(key)) this.byShape.set(key, ref);
    }
    ref.dims.forEach((dim, at) => {
      if (isSymbolic(dim) && !this.byDim.has(formatDim(dim))) this.byDim.set(formatDim(dim), { ref, at });
    });
  }

  /** An int64 vector for the shape input of Reshape and Expand. */
  shapeOf(dims: readonly Dim[]): Ref {
    const reference = this.byShape.get(formatDims(dims)) ?? this.zeros(dims);
    return this.context.emit('Shape', [reference], { dtype: 'int64', shape: [dims.length], dims: [dims.length] });
  }

  /** Ones of shape [dim], float32. */
  onesVector(dim: SymbolicDim): Ref {
    const zeros = this.zeroVector(dim);
    return this.context.emit('Add', [zeros, this.context.scalar('float32', 1)], zeros);
  }

  /** The value of a polynomial as a float32 scalar. */
  scalar(value: SymbolicInt): Ref {
    const { context } = this;
    const meta = { dtype: 'float32', shape: [], dims: [] } as const;
    let sum: Ref | undefined;
    for (const term of value.terms) {
      let product: Ref | undefined;
      for (const name of term.symbols) {
        const count = this.axisLength(name);
        product = product === undefined ? count : context.emit('Mul', [product, count], meta);
      }
      const factor = context.scalar('float32', term.coefficient);
      if (product === undefined) product = factor;
      else if (term.coefficient !== 1) product = context.emit('Mul', [product, factor], meta);
      sum = sum === undefined ? product : context.emit('Add', [sum, product], meta);
    }
    return sum ?? context.scalar('float32', 0);
  }

  private axisLength(name: string): Ref {
    const found = this.byDim.get(formatInt(symbol(name)));
    const dim = found?.ref.dims[found.at];
    if (dim === undefined || !isSymbolic(dim))
      throw new Error(`lowerGraph: no value has the dynamic axis ${name}, expected an input with it`);
    return this.context.emit(
      'ReduceSum',
      [this.onesVector(dim), this.context.int64s([0])],
      { dtype: 'float32', shape: [], dims: [] },
      { keepdims: 0 },
    );
  }

  /** Float zeros of exactly these dims, by broadcasting one zero vector per dynamic dimension. */
  private zeros(dims: readonly Dim[]): Ref {
    const { context } = this;
    let sum: Ref | undefined;
    dims.forEach((dim, i) => {
      if (!isSymbolic(dim)) return;
      const part = context.reshapeTo(
        this.zeroVector(dim),
        dims.map((_, j) => (j === i ? dim : 1)),
      );
      if (sum === undefined) {
        sum = part;
        return;
      }
      const both = broadcastDims([sum.dims, part.dims]) ?? [];
      sum = context.emit('Add', [sum, part], { dtype: 'float32', shape: examples(both), dims: both });
    });
    if (sum === undefined) throw new Error(`lowerGraph: [${formatDims(dims)}] has no dynamic dimension`);
    if (formatDims(sum.dims) === formatDims(dims)) return sum;
    const fixed = dims.map((dim) => (isSymbolic(dim) ? 1 : dim));
    return context.emit('Expand', [sum, context.int64s(fixed)], { dtype: 'float32', shape: examples(dims), dims });
  }

  /** Zeros of shape [dim], safe where the values they are made from are NaN or infinite. */
  private zeroVector(dim: SymbolicDim): Ref {
    const { context } = this;
    const found = this.byDim.get(formatDim(dim));
    if (found === undefined) return this.productVector(dim);
    const { ref, at } = found;
    const value = ref.dtype === 'bool' ? context.cast(ref, 'int32') : ref;
    const equal = context.emit('Equal', [value, value], { dtype: 'bool', shape: ref.shape, dims: ref.dims });
    let flags = context.cast(equal, 'float32');
    const others = ref.dims.map((_, i) => i).filter((i) => i !== at);
    const meta = { dtype: 'float32', shape: [dim.example], dims: [dim] } as const;
    if (others.length > 0) flags = context.emit('ReduceMax', [flags, context.int64s(others)], meta, { keepdims: 0 });
    return context.emit('Sub', [flags, flags], meta);
  }

  /** For a dimension such as n*m or 3*n that no value has: a flattened broadcast. */
  private productVector(dim: SymbolicDim): Ref {
    const [term, ...more] = expressionOf(dim).terms;
    if (term === undefined || more.length > 0 || !Number.isInteger(term.coefficient) || term.symbols.length === 0) {
      throw new Error(`lowerGraph: a dimension of ${formatDim(dim)} cannot be built, expected a product of axes`);
    }
    const axes: Dim[] = term.symbols.map((name) => {
      const axis = this.byDim.get(formatInt(symbol(name)));
      if (axis === undefined)
        throw new Error(`lowerGraph: no value has the dynamic axis ${name}, expected an input with it`);
      return axis.ref.dims[axis.at];
    });
    if (axes.length + (term.coefficient === 1 ? 0 : 1) < 2)
      throw new Error(`lowerGraph: no value has the dynamic axis ${formatDim(dim)}, expected an input with it`);
    return this.context.reshapeTo(this.zeros(term.coefficient === 1 ? axes : [...axes, term.coefficient]), [dim]);
  }
}

const examples = (dims: readonly Dim[]): number[] => dims.map((dim) => (isSymbolic(dim) ? dim.example : dim));
