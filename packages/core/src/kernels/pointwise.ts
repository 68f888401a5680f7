import { isInteger, numelOf } from '../dtype.js';
import { CallError, badArgument } from '../errors.js';
import type { PointwiseOps } from '../ops/table.js';
import type { Block, KernelTable } from '../ops/types.js';
import { binaryLoop, type BinaryName } from './binary.js';
import { planBroadcast } from './broadcast.js';
import { writeChecked } from './int64.js';
import { Odometer } from './strides.js';
import { clampLoop, toBoolLoop, toInt64Loop, unaryLoops } from './unary.js';

type UnaryKernel = (ins: readonly Block[], outs: readonly Block[]) => void;

function unary(name: keyof typeof unaryLoops): UnaryKernel {
  const loop = unaryLoops[name];
  return ([a], [out]) => writeChecked(name, out, (o) => loop(a.data, o, o.length));
}

/** Ops that divide integers and therefore throw on a zero divisor. */
const dividing: ReadonlySet<BinaryName> = new Set<BinaryName>(['floor_divide', 'remainder']);

function binary(name: BinaryName): UnaryKernel {
  return ([a, b], [out]) => {
    if (numelOf(out.shape) === 0) return;
    if (dividing.has(name) && isInteger(b.dtype) && b.data.includes(0)) {
      throw new CallError(name, 'other: has a 0, expected divisors that are not 0 for integers');
    }
    const loop = binaryLoop(name, a.dtype);
    const layout = planBroadcast(out.shape, [a.shape, b.shape]);
    const last = layout.sizes.length - 1;
    const n = layout.sizes[last];
    const [, as, bs] = layout.strides.map((s) => s[last]);
    writeChecked(name, out, (o) => {
      const at = new Odometer(layout, last, [0, 0, 0]);
      for (let left = at.count; left > 0; left--, at.next()) {
        loop(a.data, at.offsets[1], as, b.data, at.offsets[2], bs, o, at.offsets[0], n);
      }
    });
  };
}

function where([condition, a, b]: readonly Block[], [out]: readonly Block[]): void {
  if (numelOf(out.shape) === 0) return;
  const layout = planBroadcast(out.shape, [condition.shape, a.shape, b.shape]);
  const last = layout.sizes.length - 1;
  const n = layout.sizes[last];
  const [, cs, as, bs] = layout.strides.map((s) => s[last]);
  const at = new Odometer(layout, last, [0, 0, 0, 0]);
  const [c, x, y, o] = [condition.data, a.data, b.data, out.data];
  for (let left = at.count; left > 0; left--, at.next()) {
    const [oo, co, ao, bo] = at.offsets;
    for (let i = 0; i < n; i++) o[oo + i] = c[co + i * cs] !== 0 ? x[ao + i * as] : y[bo + i * bs];
  }
}

function gate([x, condition]: readonly Block[], outs: readonly Block[]): void {
  where([condition, x, { data: new Float64Array(1), shape: [], dtype: x.dtype }], outs);
}

function cast([a]: readonly Block[], [out]: readonly Block[]): void {
  if (out.dtype === 'bool') toBoolLoop(a.data, out.data, out.data.length);
  else if (out.dtype === 'int64') {
    if (a.data.some(Number.isNaN)) throw badArgument('to', 'input', NaN, 'numbers for int64');
    writeChecked('to', out, (o) => toInt64Loop(a.data, o, o.length));
  } else out.data.set(a.data);
}

function clamp([a]: readonly Block[], [out]: readonly Block[], attrs: { min?: number; max?: number }): void {
  const { min = -Infinity, max = Infinity } = attrs;
  // A NaN bound makes everything NaN, as in PyTorch.
  if (Number.isNaN(min) || Number.isNaN(max)) out.data.fill(NaN);
  else clampLoop(a.data, out.data, out.data.length, min, max);
}

export const pointwiseKernels: KernelTable<PointwiseOps> = {
  neg: unary('neg'),
  abs: unary('abs'),
  sign: unary('sign'),
  exp: unary('exp'),
  expm1: unary('expm1'),
  log: unary('log'),
  log1p: unary('log1p'),
  sqrt: unary('sqrt'),
  rsqrt: unary('rsqrt'),
  reciprocal: unary('reciprocal'),
  sigmoid: unary('sigmoid'),
  tanh: unary('tanh'),
  relu: unary('relu'),
  sin: unary('sin'),
  cos: unary('cos'),
  tan: unary('tan'),
  asin: unary('asin'),
  acos: unary('acos'),
  atan: unary('atan'),
  erf: unary('erf'),
  floor: unary('floor'),
  ceil: unary('ceil'),
  round: unary('round'),
  trunc: unary('trunc'),
  softplus: unary('softplus'),
  isnan: unary('isnan'),
  logical_not: unary('logical_not'),
  cast,
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  pow: binary('pow'),
  maximum: binary('maximum'),
  minimum: binary('minimum'),
  remainder: binary('remainder'),
  floor_divide: binary('floor_divide'),
  eq: binary('eq'),
  ne: binary('ne'),
  lt: binary('lt'),
  le: binary('le'),
  gt: binary('gt'),
  ge: binary('ge'),
  logical_and: binary('logical_and'),
  logical_or: binary('logical_or'),
  logical_xor: binary('logical_xor'),
  where,
  gate,
  clamp,
};
