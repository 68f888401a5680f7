/** Inputs and attributes that drive every table-driven test of an op. Beside the records, so that no bundle carries them. */
import type { DType, Shape } from '../dtype.js';
import { convSize, pooledMeta } from './windows.js';
import type { AvgPoolAttrs, ConvAttrs, OpName, PoolAttrs, PointwiseOps, SliceAttrs } from './table.js';
import type { Sample, SampleInput } from './types.js';

type Samples = { readonly [N in OpName]: readonly Sample<N>[] };
type Bare = Sample<'add'>;

/** float32 of `shape` on [−2, 2), or within the range given. */
function float(shape: Shape, range: Omit<SampleInput, 'shape' | 'dtype'> = {}): SampleInput {
  return { shape, dtype: 'float32', low: -2, high: 2, ...range };
}

/** Whole numbers on [low, high). */
function whole(shape: Shape, low: number, high: number, dtype: DType = 'int64'): SampleInput {
  return { shape, dtype, low, high, step: 1 };
}

/** bool of `shape`. */
function flags(shape: Shape): SampleInput {
  return { shape, dtype: 'bool', low: 0, high: 2, step: 1 };
}

/** Literal values. */
function literal(shape: Shape, values: readonly number[], dtype: DType = 'float32'): SampleInput {
  return { shape, dtype, values };
}

/** The range in which an op is smooth, a 0-d tensor and an empty one. */
function unary(low = -2, high = 2): Bare[] {
  return [
    { name: 'matrix', ins: [float([3, 5], { low, high })], attrs: {} },
    { name: 'scalar', ins: [float([], { low, high })], attrs: {} },
    { name: 'empty', ins: [float([0, 3], { low, high })], attrs: {} },
  ];
}

const pairs: readonly Bare[] = [
  { name: 'same', ins: [float([3, 4]), float([3, 4])], attrs: {} },
  { name: 'row', ins: [float([3, 4]), float([4])], attrs: {} },
  { name: 'column', ins: [float([3, 1]), float([1, 4])], attrs: {} },
  { name: 'scalar', ins: [float([]), float([2, 3])], attrs: {} },
  { name: 'channels', ins: [float([2, 3, 2, 2]), float([1, 3, 1, 1])], attrs: {} },
];
const tiedPair: Bare = {
  name: 'ties',
  ins: [float([4, 5], { low: -2, high: 3, step: 1 }), float([4, 5], { low: -2, high: 3, step: 1 })],
  attrs: {},
};
const integerPair: Bare = { name: 'integers', ins: [whole([3, 4], -9, 9), whole([4], 1, 5)], attrs: {} };
const comparison: readonly Bare[] = [...pairs, tiedPair, integerPair];
const logical: readonly Bare[] = [{ name: 'flags', ins: [flags([3, 4]), flags([4])], attrs: {} }];
const powers: readonly Bare[] = [
  { name: 'positive', ins: [float([3, 4], { low: 0.5, high: 2 }), float([4], { low: -2, high: 3 })], attrs: {} },
  { name: 'square', ins: [float([3, 4]), literal([], [2])], attrs: {} },
  { name: 'cube', ins: [float([3, 4]), literal([], [3])], attrs: {} },
  { name: 'root', ins: [float([3, 4], { low: 0.5, high: 2 }), literal([], [0.5])], attrs: {} },
];
const divisors: readonly Bare[] = [
  { name: 'same', ins: [float([3, 4]), float([3, 4], { low: 0.5, high: 2 })], attrs: {} },
  { name: 'broadcast', ins: [float([3, 4]), float([3, 1], { low: -2, high: -0.5 })], attrs: {} },
];

const pointwise: Pick<Samples, keyof PointwiseOps> = {
  neg: unary(),
  abs: unary(),
  sign: unary(),
  exp: unary(),
  expm1: unary(),
  log: unary(0.5, 3),
  log1p: unary(-0.5, 3),
  sqrt: unary(0.5, 3),
  rsqrt: unary(0.5, 3),
  reciprocal: unary(0.5, 3),
  sigmoid: unary(),
  tanh: unary(),
  relu: unary(),
  sin: unary(),
  cos: unary(),
  tan: unary(-1.3, 1.3),
  asin: unary(-0.9, 0.9),
  acos: unary(-0.9, 0.9),
  atan: unary(),
  erf: unary(-3, 3),
  floor: unary(),
  ceil: unary(),
  round: unary(),
  trunc: unary(),
  softplus: [...unary(-3, 3), { name: 'large', ins: [literal([4], [19, 21, 50, -60])], attrs: {} }],
  isnan: [{ name: 'numbers', ins: [float([3, 4])], attrs: {} }],
  logical_not: [{ name: 'flags', ins: [flags([3, 4])], attrs: {} }],
  cast: [
    { name: 'truncates', ins: [float([3, 4], { low: -9, high: 9 })], attrs: { dtype: 'int64' } },
    { name: 'truth', ins: [float([3, 4], { low: -2, high: 2, step: 1 })], attrs: { dtype: 'bool' } },
    { name: 'from bool', ins: [flags([3, 4])], attrs: { dtype: 'float32' } },
    { name: 'from integer', ins: [whole([3, 4], -5, 5)], attrs: { dtype: 'float32' } },
  ],
  add: [...pairs, integerPair],
  sub: [...pairs, integerPair],
  mul: [...pairs, integerPair],
  div: divisors,
  pow: powers,
  maximum: [...pairs, tiedPair],
  minimum: [...pairs, tiedPair],
  remainder: [...divisors, integerPair],
  floor_divide: [...divisors, integerPair],
  eq: comparison,
  ne: comparison,
  lt: comparison,
  le: comparison,
  gt: comparison,
  ge: comparison,
  logical_and: logical,
  logical_or: logical,
  logical_xor: logical,
  where: [
    { name: 'same', ins: [flags([3, 4]), float([3, 4]), float([3, 4])], attrs: {} },
    { name: 'broadcast', ins: [flags([3, 1]), float([4]), float([])], attrs: {} },
    { name: 'integers', ins: [flags([3, 4]), whole([3, 4], -5, 5), whole([4], 5, 9)], attrs: {} },
  ],
  gate: [
    { name: 'same', ins: [float([3, 4]), flags([3, 4])], attrs: {} },
    { name: 'broadcast', ins: [float([3, 4]), flags([3, 1])], attrs: {} },
  ],
  clamp: [
    { name: 'min', ins: [float([3, 4])], attrs: { min: 0 } },
    { name: 'max', ins: [float([3, 4])], attrs: { max: 0.5 } },
    { name: 'both', ins: [float([3, 4])], attrs: { min: -1, max: 1 } },
    { name: 'at the bound', ins: [literal([5], [-2, -1, 0, 1, 2])], attrs: { min: -1, max: 1 } },
  ],
};

const reduction: readonly Sample<'sum'>[] = [
  { name: 'all', ins: [float([3, 4])], attrs: { dims: [0, 1], keepdim: false } },
  { name: 'rows', ins: [float([3, 4])], attrs: { dims: [1], keepdim: true } },
  { name: 'columns', ins: [float([3, 4])], attrs: { dims: [0], keepdim: false } },
  { name: 'channels', ins: [float([2, 3, 4, 5])], attrs: { dims: [0, 2, 3], keepdim: true } },
  { name: 'middle', ins: [float([2, 3, 4])], attrs: { dims: [1], keepdim: false } },
];
const integers: Sample<'sum'> = {
  name: 'integers',
  ins: [whole([3, 4], -5, 5)],
  attrs: { dims: [1], keepdim: false },
};
/** Values on a grid of three: ties occur. */
const tied = (shape: Shape): SampleInput => float(shape, { low: 0, high: 3, step: 1 });
const extreme = [...reduction, { name: 'ties', ins: [tied([4, 6])], attrs: { dims: [1], keepdim: false } }, integers];
const argExtreme: readonly Sample<'argmax'>[] = [
  { name: 'rows', ins: [float([3, 4])], attrs: { dim: 1, keepdim: false } },
  { name: 'ties', ins: [tied([4, 6])], attrs: { dim: 0, keepdim: true } },
  { name: 'integers', ins: [whole([3, 4], -5, 5)], attrs: { dim: 1, keepdim: false } },
];
const truth: readonly Sample<'any'>[] = [
  { name: 'rows', ins: [flags([4, 3])], attrs: { dims: [1], keepdim: false } },
  { name: 'all', ins: [flags([4, 3])], attrs: { dims: [0, 1], keepdim: false } },
];

const rows: SliceAttrs = { starts: [1, 0], ends: [3, Infinity], steps: [1, 1] };
const strided: SliceAttrs = { starts: [0, 1], ends: [Infinity, 6], steps: [2, 2] };

const pick = literal([3], [2, 0, 2], 'int64');
const cells = literal([2, 4], [0, 2, 1, 0, 2, 2, 0, 1], 'int64');
const distinct = literal([2, 4], [0, 2, 1, 0, 2, 0, 0, 1], 'int64');

interface Case<A> {
  name: string;
  x: readonly number[];
  attrs: A;
}

const plain: ConvAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };

/** Channel counts odd, 2 mod 4 and 0 mod 4: runtimes pack channels by four. */
const convolutions: readonly (Case<ConvAttrs> & { w: readonly number[] })[] = [
  { name: '3x3 padded', x: [2, 3, 5, 4], w: [4, 3, 3, 3], attrs: { ...plain, padding: [1, 1] } },
  { name: '3x3 stride 2', x: [2, 4, 7, 6], w: [6, 4, 3, 3], attrs: { ...plain, stride: [2, 2], padding: [1, 1] } },
  { name: '1x1', x: [2, 6, 4, 3], w: [5, 6, 1, 1], attrs: plain },
  { name: '1x1 stride 2', x: [2, 4, 6, 5], w: [8, 4, 1, 1], attrs: { ...plain, stride: [2, 2] } },
  { name: 'dilated', x: [1, 2, 7, 7], w: [3, 2, 3, 3], attrs: { ...plain, padding: [2, 2], dilation: [2, 2] } },
  { name: 'grouped', x: [2, 4, 5, 5], w: [6, 2, 3, 3], attrs: { ...plain, padding: [1, 1], groups: 2 } },
  { name: 'depthwise', x: [2, 4, 5, 5], w: [4, 1, 3, 3], attrs: { ...plain, padding: [1, 1], groups: 4 } },
  { name: 'uneven', x: [1, 3, 6, 8], w: [2, 3, 2, 3], attrs: { ...plain, stride: [1, 2], padding: [0, 1] } },
];

const convolved = ({ x, w, attrs }: (typeof convolutions)[number]): SampleInput =>
  float([x[0], w[0], convSize(x[2], w[2], attrs, 0), convSize(x[3], w[3], attrs, 1)]);

const pair = (shape: readonly number[]): readonly [number, number] => [shape[2], shape[3]];

const maxPools: readonly Case<PoolAttrs>[] = [
  {
    name: '3x3 stride 2',
    x: [2, 3, 8, 6],
    attrs: { kernel: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1], ceilMode: false },
  },
  {
    name: '2x2',
    x: [1, 4, 6, 4],
    attrs: { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceilMode: false },
  },
  {
    name: 'ceil mode',
    x: [1, 2, 6, 7],
    attrs: { kernel: [3, 3], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceilMode: true },
  },
];

/** Values on a grid: ties occur, and the gradient must go to the first. */
const tiedImage = (shape: Shape): SampleInput => float(shape, { low: -2, high: 3, step: 1 });

const mean: AvgPoolAttrs = { kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceilMode: false, countIncludePad: true };
const meanPools: readonly Case<AvgPoolAttrs>[] = [
  { name: '3x3 stride 2', x: [2, 3, 8, 6], attrs: mean },
  { name: 'without padding counted', x: [1, 2, 7, 6], attrs: { ...mean, countIncludePad: false } },
  { name: '2x2', x: [1, 4, 6, 4], attrs: { ...mean, kernel: [2, 2], padding: [0, 0] } },
  { name: 'ceil mode', x: [1, 2, 6, 7], attrs: { ...mean, padding: [0, 0], ceilMode: true } },
  { name: 'ceil mode, padded', x: [1, 3, 6, 8], attrs: { ...mean, ceilMode: true } },
  {
    name: 'ceil mode, padding not counted',
    x: [1, 1, 6, 8],
    attrs: { ...mean, ceilMode: true, countIncludePad: false },
  },
  {
    name: 'uneven with gaps',
    x: [2, 1, 5, 9],
    attrs: { ...mean, kernel: [1, 2], stride: [2, 3], padding: [0, 1] },
  },
];

/** A gradient of what pooling `x` gives. */
const pooled = (x: Shape, attrs: PoolAttrs): SampleInput =>
  float(pooledMeta('max_pool2d', { shape: x, dtype: 'float32' }, attrs).shape);

const batches: readonly Shape[] = [
  [5, 3],
  [6, 2],
  [4, 8],
  [3, 3, 4, 2],
  [2, 6, 3, 3],
  [2, 4, 2, 3],
];
/** float32[C] of the channels of `shape`, `count` times. */
const perChannel = (shape: Shape, count: number): SampleInput[] =>
  Array(count).fill(float([shape[1]])) as SampleInput[];

const sgdCases: readonly (Pick<Sample<'sgd_step'>, 'name' | 'attrs'> & { scalars: readonly number[] })[] = [
  {
    name: 'plain',
    attrs: { nesterov: false, maximize: false, momentum: false, weightDecay: false },
    scalars: [0.1, 0, 0, 0, 0],
  },
  {
    name: 'first',
    attrs: { nesterov: false, maximize: false, momentum: true, weightDecay: true },
    scalars: [0.1, 0.9, 0.1, 0.01, 1],
  },
  {
    name: 'later',
    attrs: { nesterov: false, maximize: false, momentum: true, weightDecay: true },
    scalars: [0.1, 0.9, 0.1, 0.01, 0],
  },
  {
    name: 'nesterov',
    attrs: { nesterov: true, maximize: true, momentum: true, weightDecay: false },
    scalars: [0.1, 0.9, 0, 0, 0],
  },
];

const adamScalars = [0.01, 0.9, 0.1, 0.999, 0.001, 1e-8, 0.1, 0.19, 0.001999];

const adam = (name: string, decoupled: boolean, weightDecay: boolean): Sample<'adam_step'> => ({
  name,
  ins: [float([3, 4]), float([3, 4]), float([3, 4]), float([3, 4], { low: 0, high: 1 }), literal([9], adamScalars)],
  attrs: { decoupled, maximize: false, weightDecay },
});

/** All samples by op. */
export const samples: Samples = {
  full: [
    { name: 'matrix', ins: [], attrs: { shape: [2, 3], dtype: 'float32', value: 1.5 } },
    { name: 'scalar', ins: [], attrs: { shape: [], dtype: 'float32', value: -2 } },
    { name: 'integers', ins: [], attrs: { shape: [4], dtype: 'int64', value: 7 } },
  ],
  arange: [
    { name: 'integers', ins: [], attrs: { n: 5, dtype: 'int64' } },
    { name: 'floats', ins: [], attrs: { n: 5, dtype: 'float32' } },
  ],
  random: [],
  ...pointwise,
  sum: [...reduction, integers, { name: 'empty', ins: [float([0, 3])], attrs: { dims: [0], keepdim: false } }],
  mean: reduction,
  prod: [
    ...reduction,
    { name: 'zeros', ins: [literal([2, 3], [0, 2, 3, 0, 0, 4])], attrs: { dims: [1], keepdim: false } },
  ],
  amax: extreme,
  amin: extreme,
  any: truth,
  all: truth,
  argmax: argExtreme,
  argmin: argExtreme,
  cumsum: [
    { name: 'rows', ins: [float([3, 4])], attrs: { dim: 1 } },
    { name: 'columns', ins: [float([3, 4])], attrs: { dim: 0 } },
  ],
  topk: [
    { name: 'largest of rows', ins: [float([3, 5])], attrs: { k: 2, dim: 1, largest: true } },
    { name: 'smallest of columns', ins: [float([4, 3])], attrs: { k: 3, dim: 0, largest: false } },
    { name: 'whole dim in the middle', ins: [float([2, 4, 3])], attrs: { k: 4, dim: 1, largest: false } },
    { name: 'empty', ins: [float([0, 3])], attrs: { k: 2, dim: 1, largest: true } },
    { name: 'one', ins: [float([1])], attrs: { k: 1, dim: 0, largest: true } },
    { name: 'ties', ins: [tied([4, 6])], attrs: { k: 6, dim: 1, largest: true } },
    { name: 'ascending, ties', ins: [tied([4, 6])], attrs: { k: 6, dim: 1, largest: false } },
    { name: 'none of a row', ins: [float([2, 3])], attrs: { k: 0, dim: 1, largest: true } },
    { name: 'integers', ins: [whole([3, 5], -9, 9)], attrs: { k: 3, dim: 1, largest: true } },
  ],
  reshape: [
    { name: 'flatten', ins: [float([3, 4])], attrs: { shape: [12] } },
    { name: 'insert ones', ins: [float([3, 4])], attrs: { shape: [3, 1, 4] } },
    { name: 'to scalar', ins: [float([1, 1])], attrs: { shape: [] } },
  ],
  permute: [
    { name: 'transpose', ins: [float([3, 4])], attrs: { dims: [1, 0] } },
    { name: 'channels last', ins: [float([2, 3, 4, 5])], attrs: { dims: [0, 2, 3, 1] } },
  ],
  expand: [
    { name: 'column', ins: [float([3, 1])], attrs: { shape: [3, 4] } },
    { name: 'new dims', ins: [float([4])], attrs: { shape: [2, 3, 4] } },
    { name: 'same', ins: [float([3, 4])], attrs: { shape: [3, 4] } },
  ],
  slice: [
    { name: 'rows', ins: [float([4, 5])], attrs: rows },
    { name: 'strided', ins: [float([5, 6])], attrs: strided },
    { name: 'integers', ins: [whole([4, 5], -9, 9)], attrs: rows },
  ],
  slice_scatter: [
    { name: 'rows', ins: [float([4, 5]), float([2, 5])], attrs: rows },
    { name: 'strided', ins: [float([5, 6]), float([3, 3])], attrs: strided },
  ],
  pad: [
    { name: 'image', ins: [float([1, 2, 3, 3])], attrs: { before: [0, 0, 1, 2], after: [0, 0, 1, 0], value: 0 } },
    { name: 'value', ins: [float([2, 3])], attrs: { before: [1, 0], after: [0, 2], value: 1.5 } },
  ],
  cat: [
    { name: 'rows', ins: [float([2, 3]), float([1, 3]), float([3, 3])], attrs: { dim: 0 } },
    { name: 'columns', ins: [float([2, 3]), float([2, 1])], attrs: { dim: 1 } },
  ],
  flip: [
    { name: 'rows', ins: [float([3, 4])], attrs: { dims: [0] } },
    { name: 'both', ins: [float([3, 4])], attrs: { dims: [0, 1] } },
  ],
  index_select: [
    { name: 'rows', ins: [float([3, 4]), pick], attrs: { dim: 0 } },
    { name: 'columns', ins: [float([4, 3]), pick], attrs: { dim: 1 } },
  ],
  index_add: [
    { name: 'rows', ins: [float([3, 4]), pick, float([3, 4])], attrs: { dim: 0 } },
    { name: 'columns', ins: [float([4, 3]), pick, float([4, 3])], attrs: { dim: 1 } },
  ],
  gather: [
    { name: 'rows', ins: [float([3, 4]), cells], attrs: { dim: 0 } },
    { name: 'columns', ins: [float([2, 3]), cells], attrs: { dim: 1 } },
  ],
  scatter_add: [
    { name: 'rows', ins: [float([3, 4]), cells, float([2, 4])], attrs: { dim: 0 } },
    { name: 'columns', ins: [float([2, 3]), cells, float([2, 4])], attrs: { dim: 1 } },
  ],
  scatter: [{ name: 'rows', ins: [float([3, 4]), distinct, float([2, 4])], attrs: { dim: 0 } }],
  matmul: [
    { name: 'matrices', ins: [float([3, 4]), float([4, 5])], attrs: {} },
    { name: 'stacks', ins: [float([2, 3, 4]), float([2, 4, 2])], attrs: {} },
    { name: 'broadcast', ins: [float([2, 1, 3, 4]), float([3, 4, 2])], attrs: {} },
  ],
  conv2d: convolutions.map(({ name, x, w, attrs }) => ({ name, ins: [float(x), float(w)], attrs })),
  conv2d_dx: convolutions.map((c) => ({
    name: c.name,
    ins: [convolved(c), float(c.w)],
    attrs: { ...c.attrs, inputSize: pair(c.x) },
  })),
  conv2d_dw: convolutions.map((c) => ({
    name: c.name,
    ins: [float(c.x), convolved(c)],
    attrs: { ...c.attrs, kernelSize: pair(c.w) },
  })),
  max_pool2d: [
    ...maxPools.map(({ name, x, attrs }) => ({ name, ins: [float(x)], attrs })),
    ...maxPools.map(({ name, x, attrs }) => ({ name: `${name}, ties`, ins: [tiedImage(x)], attrs })),
  ],
  max_pool2d_dx: maxPools.map(({ name, x, attrs }) => ({ name, ins: [pooled(x, attrs), tiedImage(x)], attrs })),
  max_pool2d_pick: maxPools.map(({ name, x, attrs }) => ({ name, ins: [float(x), tiedImage(x)], attrs })),
  avg_pool2d: meanPools.map(({ name, x, attrs }) => ({ name, ins: [float(x)], attrs })),
  avg_pool2d_dx: meanPools.map(({ name, x, attrs }) => ({
    name,
    ins: [pooled(x, { ...attrs, dilation: [1, 1] })],
    attrs: { ...attrs, inputSize: [x[2], x[3]] },
  })),
  batch_norm_train: batches.map((shape) => ({
    name: shape.join('x'),
    ins: [float(shape), ...perChannel(shape, 2)],
    attrs: { eps: 1e-5 },
  })),
  batch_norm_eval: batches.map((shape) => ({
    name: shape.join('x'),
    ins: [float(shape), ...perChannel(shape, 3), float([shape[1]], { low: 0.5, high: 2 })],
    attrs: { eps: 1e-5 },
  })),
  sgd_step: sgdCases.map(({ name, attrs, scalars }) => ({
    name,
    ins: [float([3, 4]), float([3, 4]), float([3, 4]), literal([5], scalars)],
    attrs,
  })),
  adam_step: [adam('plain', false, false), adam('weight decay', false, true), adam('decoupled', true, true)],
};
