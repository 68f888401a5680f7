import { numelOf } from '@reidgrad/core/graph';
import type { DType } from '@reidgrad/core/graph';
import type { OnnxAttributes } from '../onnx/model.js';
import type { Builder } from './builder.js';
import { onnxTypeOf, physical } from './constants.js';
import {
  attributeKey,
  broadcastDims,
  dimOf,
  divide,
  expressionOf,
  formatDim,
  formatDims,
  isSymbolic,
  numelDim,
} from './dynamic-dims.js';
import type { Dim, DynamicDims, SymbolicDim, SymbolicInt } from './dynamic-dims.js';
import { SymbolicSizes } from './symbolic-sizes.js';
import type { LowerContext, Producer, Provider, Ref, RefMeta, Target } from './types.js';

/**
 * The `LowerContext` of one graph. `begin` sets the op being lowered: its inputs and outputs tell which numbers in the
 * shapes that the lowering writes down are examples of dynamic dimensions.
 */
export class GraphLowering implements LowerContext {
  readonly portable: boolean;
  private readonly sizes: SymbolicSizes;
  /** What a broadcast value was made from, by the name of the result. */
  private readonly sources = new Map<string, Ref>();
  private examples = new Map<number, SymbolicDim>();
  private node = -1;

  constructor(
    readonly builder: Builder,
    readonly target: Target,
    private readonly dynamic: DynamicDims | undefined,
  ) {
    this.portable = target.providers.some((provider) => provider === 'webgpu' || provider === 'cuda');
    this.sizes = new SymbolicSizes(this);
  }

  /**
   * Starts the op numbered `node`, whose values have these dims.
   * @throws if a fixed dimension equals the example of a dynamic one: the trace must use other sizes.
   */
  begin(node: number, op: string, values: readonly (readonly Dim[])[]): void {
    this.node = node;
    this.examples = new Map();
    if (this.dynamic === undefined) return;
    for (const dim of values.flat()) if (isSymbolic(dim)) this.learn(dim, op);
    for (const dim of values.flat()) {
      if (!isSymbolic(dim) && this.examples.has(dim)) {
        throw new Error(
          `lowerGraph: ${op} has a fixed dimension of ${dim}, the example size of a dynamic one, expected a size of its own`,
        );
      }
    }
  }

  /** Makes a value known from which dynamic sizes can be taken. */
  register(ref: Ref): Ref {
    if (this.dynamic !== undefined) this.sizes.register(ref);
    return ref;
  }

  has(provider: Provider): boolean {
    return this.target.providers.includes(provider);
  }

  emit(opType: string, ins: readonly (Ref | null)[], meta: RefMeta, attributes: OnnxAttributes = {}): Ref {
    return this.emitMany(opType, ins, [meta], attributes)[0];
  }

  emitMany(
    opType: string,
    ins: readonly (Ref | null)[],
    metas: readonly RefMeta[],
    attributes: OnnxAttributes = {},
  ): Ref[] {
    const specs = metas.map(({ dtype, shape, dims }) => ({ dtype, shape, dims: dims ?? this.dimsOf(shape) }));
    return this.builder.emit(opType, ins, specs, attributes).map((ref) => this.register(ref));
  }

  producer(ref: Ref): Producer | undefined {
    return this.builder.producer(ref);
  }

  scalar(dtype: DType, value: number): Ref {
    return this.builder.constant(dtype, [], [value]);
  }

  constant(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Ref {
    return this.builder.constant(dtype, shape, data);
  }

  int64s(values: readonly number[]): Ref {
    return this.builder.int64s(values);
  }

  privateConstant(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Ref {
    return this.builder.constant(dtype, shape, data, true);
  }

  attribute(path: string): SymbolicInt | undefined {
    return this.dynamic?.attributes.get(attributeKey(this.node, path));
  }

  cast(x: Ref, dtype: DType): Ref {
    const to = dtype === 'int64' ? dtype : physical(dtype);
    if (x.dtype === to) return x;
    return this.emit('Cast', [x], { shape: x.shape, dims: x.dims, dtype: to }, { to: onnxTypeOf[to] });
  }

  symbolicScalar(value: SymbolicInt, dtype: DType): Ref {
    return this.cast(this.sizes.scalar(value), dtype);
  }

  dynamicOnes(dtype: DType, shape: readonly number[]): Ref {
    const [dim] = this.dimsOf(shape);
    if (isSymbolic(dim)) return this.cast(this.sizes.onesVector(dim), dtype);
    return this.constant(dtype, shape, new Array<number>(dim).fill(1));
  }

  reshape(x: Ref, shape: readonly number[]): Ref {
    return this.reshapeTo(x, this.solveMinusOne(x, shape));
  }

  expand(x: Ref, shape: readonly number[]): Ref {
    return this.expandTo(x, this.dimsOf(shape));
  }

  /** The value that `ref` was broadcast from, or `ref` itself. */
  unexpanded(ref: Ref): Ref {
    return this.sources.get(ref.name) ?? ref;
  }

  /** As `reshape`, with dims. */
  reshapeTo(x: Ref, dims: readonly Dim[]): Ref {
    if (formatDims(dims) === formatDims(x.dims)) return x;
    const before = this.producer(x);
    const [source] = before?.opType === 'Reshape' ? before.ins : [];
    if (source && ![...source.dims, ...dims].some(isSymbolic)) return this.reshapeTo(source, dims);
    const meta: RefMeta = { dtype: x.dtype, shape: examplesOf(dims), dims };
    const without = (list: readonly Dim[]): string => formatDims(list.filter((dim) => dim !== 1));
    if (dims.some(isSymbolic) && without(dims) === without(x.dims)) return this.insertOnes(x, meta, dims);
    let unknown = 0;
    const named = dims.map((dim, i) => {
      if (!isSymbolic(dim)) return dim;
      if (i < x.dims.length && formatDim(x.dims[i]) === formatDim(dim)) return 0;
      unknown++;
      return -1;
    });
    if (unknown <= 1) return this.emit('Reshape', [x, this.int64s(named)], meta);
    return this.emit('Reshape', [x, this.sizes.shapeOf(dims)], meta);
  }

  /** As `expand`, with dims. */
  expandTo(x: Ref, dims: readonly Dim[]): Ref {
    if (formatDims(dims) === formatDims(x.dims)) return x;
    const meta: RefMeta = { dtype: x.dtype, shape: examplesOf(dims), dims };
    const offset = dims.length - x.dims.length;
    // Where x has the dynamic dimension itself, a 1 in the wanted shape keeps it.
    const isNamed = dims.every(
      (dim, i) => !isSymbolic(dim) || (i >= offset && formatDim(x.dims[i - offset]) === formatDim(dim)),
    );
    const shape = isNamed ? this.int64s(dims.map((dim) => (isSymbolic(dim) ? 1 : dim))) : this.sizes.shapeOf(dims);
    const result = this.emit('Expand', [x, shape], meta);
    this.sources.set(result.name, this.unexpanded(x));
    return result;
  }

  /** The dims that a shape written down by the current lowering stands for. */
  private dimsOf(shape: readonly number[]): readonly Dim[] {
    return this.examples.size === 0 ? shape : shape.map((size) => this.examples.get(size) ?? size);
  }

  private learn(dim: SymbolicDim, op: string): void {
    const before = this.examples.get(dim.example);
    if (before !== undefined && formatDim(before) !== formatDim(dim)) {
      throw new Error(
        `lowerGraph: ${op} has dimensions ${formatDim(before)} and ${formatDim(dim)} with the same example size ${dim.example}, expected different ones`,
      );
    }
    this.examples.set(dim.example, dim);
  }

  /** Dims of a shape of which one entry may be −1. */
  private solveMinusOne(x: Ref, shape: readonly number[]): readonly Dim[] {
    const at = shape.indexOf(-1);
    if (at < 0) return this.dimsOf(shape);
    const dims = this.dimsOf(shape.map((size) => (size === -1 ? 1 : size)));
    const rest = numelDim(dims);
    const example = numelOf(x.shape) / numelOf(examplesOf(dims));
    const solved = divide(expressionOf(numelDim(x.dims)), expressionOf(rest));
    if (solved === undefined)
      throw new Error(`lowerGraph: [${formatDims(x.dims)}] does not divide by ${formatDim(rest)}`);
    const dim = dimOf(solved, example);
    if (isSymbolic(dim)) this.learn(dim, 'reshape');
    return dims.map((other, i) => (i === at ? dim : other));
  }

  /** Between shapes that differ only by ones: a Reshape with zeros where it can say so, else Squeeze and Unsqueeze. */
  private insertOnes(x: Ref, meta: RefMeta, dims: readonly Dim[]): Ref {
    const onesOf = (list: readonly Dim[]): number[] => list.flatMap((dim, i) => (dim === 1 ? [i] : []));
    // Neither operator takes bool on every provider.
    const isBool = x.dtype === 'bool';
    let value = isBool ? this.cast(x, 'int32') : x;
    const drop = onesOf(x.dims);
    if (drop.length > 0) {
      const kept = x.dims.filter((dim) => dim !== 1);
      value = this.emit('Squeeze', [value, this.int64s(drop)], {
        dtype: value.dtype,
        shape: examplesOf(kept),
        dims: kept,
      });
    }
    const add = onesOf(dims);
    if (add.length > 0) value = this.emit('Unsqueeze', [value, this.int64s(add)], { ...meta, dtype: value.dtype });
    return isBool ? this.cast(value, 'bool') : value;
  }
}

export const examplesOf = (dims: readonly Dim[]): number[] => dims.map((dim) => (isSymbolic(dim) ? dim.example : dim));

/**
 * Inputs of an op that broadcasts, each replaced by what it was expanded from where the others still give the output
 * its shape: the Expand nodes then die.
 */
export function dropExpands(context: GraphLowering, ins: readonly Ref[], out: readonly Dim[]): Ref[] {
  const refs = [...ins];
  refs.forEach((ref, i) => {
    const source = context.unexpanded(ref);
    if (source === ref) return;
    const dims = broadcastDims(refs.map((other, j) => (j === i ? source.dims : other.dims)));
    if (dims !== undefined && formatDims(dims) === formatDims(out)) refs[i] = source;
  });
  return refs;
}
