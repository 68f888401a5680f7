import type { Attrs, DType, Meta, TraceableOp } from '@reidgrad/core/graph';
import type { OnnxAttributes } from '../onnx/model.js';
import type { Dim, SymbolicInt } from './dynamic-dims.js';

/** Runtimes that a graph must run on; lowerings pick formulations by them. */
export type Provider = 'cpu' | 'wasm' | 'webgpu' | 'cuda';

export interface Target {
  providers: readonly Provider[];
  /** 20 or 21. */
  opset: number;
}

/**
 * What is known of a value in the ONNX graph. dtypes are those that run: int64 and uint8 of the traced graph are
 * `int32` here, and `int64` appears only in the index inputs that ONNX wants so. Where axes are dynamic, `shape` holds
 * the sizes of the first trace and `dims` says which of them are symbolic.
 */
export interface RefMeta extends Meta {
  dims?: readonly Dim[];
}

/** The name of a value in the ONNX graph being built, with what is known of it. */
export interface Ref extends RefMeta {
  name: string;
  dims: readonly Dim[];
  /** The values, where they are known when lowering, so that lowerings can specialise on them. */
  constant?: ArrayLike<number>;
}

/** A node as emitted, for lowerings that fold their producer into themselves. */
export interface Producer {
  opType: string;
  ins: readonly (Ref | null)[];
  attributes: OnnxAttributes;
}

/** What a lowering builds with. Equal nodes are merged. */
export interface LowerContext {
  readonly target: Target;
  /** True when more than ONNX Runtime's CPU kernels must run the graph: WebGPU and CUDA lack some of them. */
  readonly portable: boolean;
  /** True when `provider` is among the targets. */
  has(provider: Provider): boolean;
  /** Adds a node with one output. `meta` says what comes out; its dims are found among those of the current op. */
  emit(opType: string, ins: readonly (Ref | null)[], meta: RefMeta, attributes?: OnnxAttributes): Ref;
  /** Adds a node with several outputs. */
  emitMany(opType: string, ins: readonly (Ref | null)[], metas: readonly RefMeta[], attributes?: OnnxAttributes): Ref[];
  /** The node that computes `ref`; none for graph inputs and constants. */
  producer(ref: Ref): Producer | undefined;
  /** A 0-d constant of `dtype`. */
  scalar(dtype: DType, value: number): Ref;
  /** A constant of `dtype` (int64 and uint8 become int32). Equal ones are merged. */
  constant(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Ref;
  /** A constant int64 vector, for the shape, axes and pads inputs of ONNX operators. */
  int64s(values: readonly number[]): Ref;
  /** As `constant`, but never merged with an equal one (ONNX Runtime writes into some inputs). */
  privateConstant(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Ref;
  /**
   * `x` with `shape`, of which one dimension may be −1. Dynamic dimensions are left unnamed (0, −1) where that is
   * possible, else taken from a tensor that has them.
   */
  reshape(x: Ref, shape: readonly number[]): Ref;
  /** `x` broadcast to `shape`, which may hold dynamic dimensions. */
  expand(x: Ref, shape: readonly number[]): Ref;
  /** `x` as `dtype`; `x` itself when it has it. ONNX semantics: to bool is `!= 0`, float to integer truncates. */
  cast(x: Ref, dtype: DType): Ref;
  /** A 0-d tensor of `dtype` holding the value of a symbolic integer (exact to 2^24). */
  symbolicScalar(value: SymbolicInt, dtype: DType): Ref;
  /** A 1-d tensor of ones with `shape[0]` elements, which may be dynamic. */
  dynamicOnes(dtype: DType, shape: readonly number[]): Ref;
  /** The symbolic form of a number in the attributes of the op being lowered, as `ends.0`; none where it is fixed. */
  attribute(path: string): SymbolicInt | undefined;
}

/** Turns one op into ONNX nodes. Returns one ref per output. */
export type Lowering<N extends TraceableOp> = (
  context: LowerContext,
  ins: readonly Ref[],
  attrs: Attrs<N>,
  outs: readonly RefMeta[],
) => readonly Ref[];

/** Lowerings of a family, total over its table. */
export type LoweringTable<Family> = { [N in keyof Family & TraceableOp]: Lowering<N> };
