import type { DType, KernelArray, Shape } from '../dtype.js';
import type { Tensor } from '../tensor.js';
import type { Arity, Attrs, OpName, OpTable } from './table.js';

/** Shape and dtype of a value, all that `infer` sees. */
export interface Meta {
  shape: Shape;
  dtype: DType;
}

/** A host array with its shape, as kernels see it. */
export interface Block extends Meta {
  data: KernelArray;
}

/**
 * Runs an op on host arrays. `outs` are allocated and zero-filled by the caller. Where the record says `inplace`,
 * `outs[0].data` may be `ins[0].data` itself.
 */
export type Kernel<A> = (ins: readonly Block[], outs: readonly Block[], attrs: A) => void;

type Repeat<T, N extends Arity> = N extends 0
  ? readonly []
  : N extends 1
    ? readonly [T]
    : N extends 2
      ? readonly [T, T]
      : N extends 3
        ? readonly [T, T, T]
        : N extends 4
          ? readonly [T, T, T, T]
          : N extends 5
            ? readonly [T, T, T, T, T]
            : readonly T[];

/** The input tensors of op `N`. */
export type Ins<N extends OpName> = Repeat<Tensor, OpTable[N]['ins']>;
/** The input metas of op `N`. */
export type InMetas<N extends OpName> = Repeat<Meta, OpTable[N]['ins']>;
/** Kernels of a family, total over its table. */
export type KernelTable<Family> = {
  [N in keyof Family]: Family[N] extends { attrs: infer A } ? Kernel<A> : never;
};

/** What a vjp may use: metas and attributes always, tensors only those that the record declares in `saves`. */
export interface VjpContextOf<I extends Arity, A> {
  attrs: A;
  inMetas: Repeat<Meta, I>;
  outMetas: readonly Meta[];
  /** Saved input `i`; throws if the record does not declare it. */
  in(i: number): Tensor;
  /** Saved output `i`; throws if the record does not declare it. */
  out(i: number): Tensor;
}

/** One gradient per input, computed only when that input needs it; `null` where the op is not differentiable in it. */
export type VjpOf<I extends Arity, A> = (
  context: VjpContextOf<I, A>,
  grads: readonly (Tensor | null)[],
) => readonly ((() => Tensor) | null)[];

/** Inputs and attributes that drive every table-driven test of an op. */
export interface SampleOf<A> {
  name: string;
  ins: readonly SampleInput[];
  attrs: A;
}

/** Values come from a seeded generator, within [low, high) (integers: whole numbers), or are literal. */
export interface SampleInput extends Meta {
  low?: number;
  high?: number;
  /** Multiples of this step, so that ties occur. */
  step?: number;
  values?: readonly number[];
}

/** The one definition of an op: shape rule, eager kernel and gradient; its samples for the tests are in `samples.ts`. */
export interface OpRecordOf<I extends Arity, A> {
  /** Output metas; throws a one-line error for inputs that do not fit. */
  infer(ins: Repeat<Meta, I>, attrs: A): readonly Meta[];
  kernel: Kernel<A>;
  /** Absent for ops without a gradient (comparisons, integer ops, creation). */
  vjp?: VjpOf<I, A> | undefined;
  saves?: { ins?: readonly number[]; outs?: readonly number[] };
  /** The kernel may write `outs[0]` over `ins[0]`. */
  inplace?: boolean;
}

// Keyed by arity and attributes rather than by name, so that ops of one form share helpers.
export type OpRecord<N extends OpName> = OpRecordOf<OpTable[N]['ins'], Attrs<N>>;
export type VjpContext<N extends OpName> = VjpContextOf<OpTable[N]['ins'], Attrs<N>>;
export type Vjp<N extends OpName> = VjpOf<OpTable[N]['ins'], Attrs<N>>;
export type Sample<N extends OpName> = SampleOf<Attrs<N>>;

/** Records of a family, total over its table. */
export type OpRecords<Family> = { [N in keyof Family & OpName]: OpRecord<N> };
