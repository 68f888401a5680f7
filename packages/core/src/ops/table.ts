/**
 * The typed list of all primitive ops: inputs and attributes, a family at a time. It is the only place where an op is
 * typed; definitions (`ops/<family>.ts`), kernels (`kernels/<family>.ts`) and ONNX lowerings
 * (`onnx-export/src/lower/<family>.ts`) are total over it, so a missing one is a compile error.
 *
 * Conventions: all tensors contiguous and row-major; dims are non-negative and normalised; operands of a pointwise op
 * have one dtype (promotion happens in the public functions) and broadcast; `int64` indices.
 */
import type { DType, Shape } from '../dtype.js';

/** One, two or three tensors in; `[]` for a creation op; `many` for a variadic op. */
export type Arity = 0 | 1 | 2 | 3 | 4 | 5 | 'many';

export interface OpType {
  ins: Arity;
  attrs: object;
}

type Unary = { ins: 1; attrs: Record<never, never> };
type Binary = { ins: 2; attrs: Record<never, never> };
type Reduction = { ins: 1; attrs: { dims: readonly number[]; keepdim: boolean } };
type ArgReduction = { ins: 1; attrs: { dim: number; keepdim: boolean } };

export interface CreateOps {
  /** A constant tensor. `value` is a number for every dtype (0 or 1 for bool). */
  full: { ins: 0; attrs: { shape: Shape; dtype: DType; value: number } };
  /** 0, 1, …, n − 1. */
  arange: { ins: 0; attrs: { n: number; dtype: DType } };
  /** Numbers from the default generator; in a trace a graph input that the host fills before each run. */
  random: { ins: 0; attrs: RandomAttrs };
}

/** `uniform` on [low, high), `normal` (mean, std), `bernoulli` (0/1 with probability p), `randint` on [low, high). */
export type RandomAttrs = { shape: Shape; dtype: DType } & (
  | { distribution: 'uniform'; low: number; high: number }
  | { distribution: 'normal'; mean: number; std: number }
  | { distribution: 'bernoulli'; p: number }
  | { distribution: 'randint'; low: number; high: number }
);

export interface PointwiseOps {
  neg: Unary;
  abs: Unary;
  sign: Unary;
  exp: Unary;
  expm1: Unary;
  log: Unary;
  log1p: Unary;
  sqrt: Unary;
  rsqrt: Unary;
  reciprocal: Unary;
  sigmoid: Unary;
  tanh: Unary;
  relu: Unary;
  sin: Unary;
  cos: Unary;
  tan: Unary;
  asin: Unary;
  acos: Unary;
  atan: Unary;
  /** The error function. */
  erf: Unary;
  floor: Unary;
  ceil: Unary;
  /** Half to even. */
  round: Unary;
  trunc: Unary;
  /** log(1 + e^x), and x itself above 20. */
  softplus: Unary;
  /** bool out. */
  isnan: Unary;
  /** bool in, bool out. */
  logical_not: Unary;
  /** PyTorch's conversions: to bool is `!= 0`, float to integer truncates. */
  cast: { ins: 1; attrs: { dtype: DType } };
  add: Binary;
  sub: Binary;
  mul: Binary;
  /** Floating only. */
  div: Binary;
  pow: Binary;
  maximum: Binary;
  minimum: Binary;
  /** Sign of the divisor, as Python's `%`. */
  remainder: Binary;
  /** Rounds towards minus infinity. */
  floor_divide: Binary;
  eq: Binary;
  ne: Binary;
  lt: Binary;
  le: Binary;
  gt: Binary;
  ge: Binary;
  /** bool in, bool out. */
  logical_and: Binary;
  logical_or: Binary;
  logical_xor: Binary;
  /** condition (bool), a, b: all three broadcast. */
  where: { ins: 3; attrs: Record<never, never> };
  /** x, condition (bool, broadcast to x): x where it holds, else 0. For gradients: 0 even where x is infinite or NaN. */
  gate: Binary;
  /** NaN stays NaN. Either bound may be absent. */
  clamp: { ins: 1; attrs: { min?: number; max?: number } };
}

export interface SortOps {
  /**
   * values, indices (int64): the first `k` along `dim` of a stable sort (descending where `largest`). Of ties the one
   * with the lower index comes first; NaN counts as largest.
   */
  topk: { ins: 1; attrs: { k: number; dim: number; largest: boolean } };
}

export interface ReduceOps {
  /** Same dtype out (bool and small integers are cast before). Empty `dims` never occurs: it is normalised to all. */
  sum: Reduction;
  mean: Reduction;
  prod: Reduction;
  /** NaN wins. */
  amax: Reduction;
  amin: Reduction;
  /** bool in, bool out. */
  any: Reduction;
  all: Reduction;
  /** int64 out: the first index of the largest (smallest); the first NaN if there is one. */
  argmax: ArgReduction;
  argmin: ArgReduction;
  cumsum: { ins: 1; attrs: { dim: number } };
}

export interface ShapeOps {
  reshape: { ins: 1; attrs: { shape: Shape } };
  permute: { ins: 1; attrs: { dims: readonly number[] } };
  /** Broadcast to `shape` (rank may grow at the front). */
  expand: { ins: 1; attrs: { shape: Shape } };
  /** Per dim: start (inclusive), end (exclusive, `Infinity` = to the end), step >= 1. */
  slice: { ins: 1; attrs: SliceAttrs };
  /** A copy of the first input with the slice overwritten by the second. */
  slice_scatter: { ins: 2; attrs: SliceAttrs };
  /** Constant padding; never negative. */
  pad: { ins: 1; attrs: { before: readonly number[]; after: readonly number[]; value: number } };
  cat: { ins: 'many'; attrs: { dim: number } };
  flip: { ins: 1; attrs: { dims: readonly number[] } };
}

export interface SliceAttrs {
  starts: readonly number[];
  ends: readonly number[];
  steps: readonly number[];
}

export interface IndexOps {
  /** x, index (1-d int64): whole slices of x along `dim`. */
  index_select: { ins: 2; attrs: { dim: number } };
  /** base, index (1-d), source: base with the source's slices added along `dim`. */
  index_add: { ins: 3; attrs: { dim: number } };
  /** x, index (same rank): out[i][j] = x[index[i][j]][j] for dim 0. */
  gather: { ins: 2; attrs: { dim: number } };
  /** base, index, source of the index's shape: adds. */
  scatter_add: { ins: 3; attrs: { dim: number } };
  /** base, index, source of the index's shape: overwrites (the last write wins). */
  scatter: { ins: 3; attrs: { dim: number } };
}

export interface LinalgOps {
  /** [..., m, k] x [..., k, n] with batch dims broadcast; both at least 2-d. */
  matmul: Binary;
}

export interface ConvAttrs {
  stride: readonly [number, number];
  padding: readonly [number, number];
  dilation: readonly [number, number];
  groups: number;
}

export interface PoolAttrs {
  kernel: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number];
  dilation: readonly [number, number];
  ceilMode: boolean;
}

export interface AvgPoolAttrs {
  kernel: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number];
  ceilMode: boolean;
  /** Padding counts as elements of the window (what `ceilMode` adds beyond it does not). */
  countIncludePad: boolean;
}

export interface ConvOps {
  /** x [N, C, H, W], w [O, C / groups, kh, kw] -> [N, O, H', W']. */
  conv2d: { ins: 2; attrs: ConvAttrs };
  /** dy [N, O, H', W'], w -> the gradient of x, of size `inputSize` = [H, W]. */
  conv2d_dx: { ins: 2; attrs: ConvAttrs & { inputSize: readonly [number, number] } };
  /** x, dy -> the gradient of w, whose kernel is `kernelSize` = [kh, kw]. */
  conv2d_dw: { ins: 2; attrs: ConvAttrs & { kernelSize: readonly [number, number] } };
  /** x [N, C, H, W]: padding counts as minus infinity; NaN wins. */
  max_pool2d: { ins: 1; attrs: PoolAttrs };
  /** dy [N, C, H', W'], x -> dx: each dy goes to the first largest element of its window. */
  max_pool2d_dx: { ins: 2; attrs: PoolAttrs };
  /** v (shape of x), x -> v at the first largest element of each window of x. The adjoint of `max_pool2d_dx`. */
  max_pool2d_pick: { ins: 2; attrs: PoolAttrs };
  /** x [N, C, H, W] -> the mean of each window. */
  avg_pool2d: { ins: 1; attrs: AvgPoolAttrs };
  /** dy [N, C, H', W'] -> the gradient of x, of size `inputSize` = [H, W]. */
  avg_pool2d_dx: { ins: 1; attrs: AvgPoolAttrs & { inputSize: readonly [number, number] } };
}

export interface NormOps {
  /** x [N, C, ...], weight [C], bias [C] -> y, batch mean [C], biased batch variance [C]. */
  batch_norm_train: { ins: 3; attrs: { eps: number } };
  /** x [N, C, ...], weight, bias, mean, var (all [C]) -> y. */
  batch_norm_eval: { ins: 5; attrs: { eps: number } };
}

export interface OptimOps {
  /**
   * parameter, gradient, momentum buffer, scalars -> parameter, buffer. `scalars` is 1-d of the parameter's dtype:
   * [lr, momentum, dampening, weight_decay, first] where first = 1 makes the buffer the gradient itself.
   */
  sgd_step: { ins: 4; attrs: { nesterov: boolean; maximize: boolean; momentum: boolean; weightDecay: boolean } };
  /**
   * parameter, gradient, first moment, second moment, scalars -> parameter, first moment, second moment.
   * scalars: [lr, beta1, 1 - beta1, beta2, 1 - beta2, eps, weight_decay, 1 - beta1^t, 1 - beta2^t], each computed in
   * double and rounded once: float32(1) - float32(0.999) would be off by 1.3e-5.
   */
  adam_step: { ins: 5; attrs: { decoupled: boolean; maximize: boolean; weightDecay: boolean } };
}

export type OpTable = CreateOps &
  PointwiseOps &
  SortOps &
  ReduceOps &
  ShapeOps &
  IndexOps &
  LinalgOps &
  ConvOps &
  NormOps &
  OptimOps;

export type OpName = keyof OpTable;
export type Attrs<N extends OpName> = OpTable[N]['attrs'];

/** Functions whose output shape depends on the data (`nonzero`, ...) are no ops: they read host data, eagerly only. */
export type TraceableOp = OpName;
