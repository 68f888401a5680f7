import { get_default_dtype } from '../autograd/mode.js';
import { dispatch } from '../dispatch.js';
import { allocate, isFloating, isInteger, numelOf } from '../dtype.js';
import type { DType, HostArray, Shape } from '../dtype.js';
import { api, badArgument, requireCount, show } from '../errors.js';
import { roundToHalf } from '../half.js';
import { Cell, hostValue } from '../storage.js';
import { Tensor } from '../tensor.js';
import { recorder } from '../trace/recorder.js';

/** A literal: a number or boolean, or nested arrays of them. */
export type Literal = number | boolean | readonly Literal[];
export type TypedArrayIn = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** Options that factories share. */
export interface FactoryOptions {
  /** Default: `get_default_dtype()`, or what the function says. */
  dtype?: DType;
  /** Ask for gradients. Default false. */
  requires_grad?: boolean;
  /** Accepted for ported code and ignored: eager tensors live on the host. */
  device?: unknown;
}

/** @internal Wraps host data as a new tensor. */
export function wrap(dtype: DType, shape: Shape, data: HostArray): Tensor {
  return new Tensor(new Cell(hostValue(dtype, shape, data)));
}

function finish(tensor: Tensor, options: FactoryOptions): Tensor {
  if (options.requires_grad) tensor.requires_grad = true;
  return tensor;
}

function literalShape(literal: Literal): number[] {
  const shape: number[] = [];
  for (let at = literal; Array.isArray(at); at = at[0] as Literal) {
    shape.push(at.length);
    if (at.length === 0) break;
  }
  return shape;
}

function flatten(literal: Literal, shape: Shape, dim: number, out: (number | boolean)[]): void {
  if (Array.isArray(literal)) {
    const list: readonly Literal[] = literal;
    if (list.length !== shape[dim]) {
      const expected = dim < shape.length ? `a list of length ${shape[dim]}` : 'a number';
      throw badArgument('tensor', 'data', list, `${expected} at dim ${dim}, like those before it`);
    }
    for (const item of list) flatten(item, shape, dim + 1, out);
    return;
  }
  if (dim !== shape.length || (typeof literal !== 'number' && typeof literal !== 'boolean')) {
    throw badArgument('tensor', 'data', literal, 'numbers or booleans, in nested lists of equal length');
  }
  out.push(literal);
}

/** Converts numbers to the host bytes of `dtype`; int64 beyond 2^53 and fractions for integer dtypes throw. */
export function encode(values: ArrayLike<number | boolean>, dtype: DType, what: string): HostArray {
  // Typed arrays of the dtype's own kind are copied as they are.
  if (dtype === 'float32' && values instanceof Float32Array) return values.slice();
  if (dtype === 'float64' && values instanceof Float64Array) return values.slice();
  if (dtype === 'int32' && values instanceof Int32Array) return values.slice();
  if (dtype === 'uint8' && values instanceof Uint8Array) return values.slice();
  const numbers = Float64Array.from(values as ArrayLike<number>, Number);
  if (dtype === 'float16') return roundToHalf(numbers);
  const out = allocate(dtype, numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i];
    if (dtype === 'bool') out[i] = x !== 0 ? 1 : 0;
    else if (isInteger(dtype)) {
      if (dtype === 'int64' && !(Math.abs(x) <= 2 ** 53)) {
        throw badArgument(what, `data[${i}]`, x, 'an integer of at most 2^53, what int64 holds here');
      }
      if (!Number.isFinite(x)) throw badArgument(what, `data[${i}]`, x, `a finite number for ${dtype}`);
      out[i] = Math.trunc(x);
    } else out[i] = x;
  }
  return out;
}

function dtypeOfArray(data: TypedArrayIn): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  return 'uint8';
}

function isTypedArray(data: unknown): data is TypedArrayIn {
  return ArrayBuffer.isView(data) && !(data instanceof DataView);
}

/**
 * A tensor with a copy of `data`, as `torch.tensor`. JavaScript cannot tell 1 from 1.0, so array literals of numbers
 * become the default dtype (float32); ask for labels with `{ dtype: torch.long }` or `new torch.LongTensor([...])`.
 * Booleans give bool, typed arrays their own type.
 * @throws for ragged literals and for numbers the dtype cannot hold.
 * @example tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 */
export const tensor = api(
  'tensor data: options=',
  (data: Literal | TypedArrayIn | Tensor, options: FactoryOptions = {}): Tensor => {
    if (data instanceof Tensor) {
      const copy = data.detach().clone();
      return finish(options.dtype === undefined ? copy : copy.to(options.dtype), options);
    }
    if (isTypedArray(data)) {
      const dtype = options.dtype ?? dtypeOfArray(data);
      const numbers = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
      return finish(wrap(dtype, [numbers.length], encode(numbers, dtype, 'tensor')), options);
    }
    const shape = literalShape(data);
    const values: (number | boolean)[] = [];
    flatten(data, shape, 0, values);
    const allBooleans = values.length > 0 && values.every((value) => typeof value === 'boolean');
    const dtype = options.dtype ?? (allBooleans ? 'bool' : get_default_dtype());
    return finish(wrap(dtype, shape, encode(values, dtype, 'tensor')), options);
  },
);

/** A tensor with a copy of a typed array, of the array's dtype, as `torch.from_numpy` (which shares; this copies). */
export const from_numpy = api('from_numpy', (data: TypedArrayIn, shape?: Shape): Tensor => {
  if (!isTypedArray(data)) throw badArgument('from_numpy', 'ndarray', data, 'a typed array; tensor() takes lists');
  if (shape !== undefined && numelOf(shape) !== data.length) {
    throw badArgument('from_numpy', 'shape', shape, `sizes of ${data.length} elements in all`);
  }
  const flat = tensor(data);
  return shape === undefined ? flat : flat.reshape(shape);
});

/** Sizes as a list, or one after the other: `zeros(2, 3)`, `zeros([2, 3])`, `zeros([2, 3], { dtype })`. */
export type SizeArgs<O = FactoryOptions> = [shape: Shape, options?: O] | [...sizes: number[]] | [...(number | O)[]];

/** @internal Splits the two ways of passing sizes. */
export function parseSizes<O extends FactoryOptions = FactoryOptions>(
  name: string,
  args: readonly unknown[],
  argument = 'size',
): { shape: number[]; options: Partial<O> } {
  const last = args[args.length - 1];
  const hasOptions = typeof last === 'object' && last !== null && !Array.isArray(last);
  const options: Partial<O> = hasOptions ? last : {};
  const rest = hasOptions ? args.slice(0, -1) : args;
  const sizes: readonly unknown[] = rest.length === 1 && Array.isArray(rest[0]) ? (rest[0] as unknown[]) : rest;
  const shape = sizes.map((size) => {
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) {
      throw badArgument(name, argument, sizes, 'non-negative integers');
    }
    return size;
  });
  return { shape, options };
}

/** @internal `value` in a shape; integer dtypes take its whole part. */
export function constantOf(shape: Shape, value: number, dtype: DType): Tensor {
  return dispatch('full', [], { shape, dtype, value: isInteger(dtype) ? Math.trunc(value) : value });
}

function constant(shape: Shape, value: number, dtype: DType, options: FactoryOptions): Tensor {
  return finish(constantOf(shape, value, dtype), options);
}

/** A tensor of `shape` filled with `value`. dtype: bool for a boolean, else the default dtype. */
export const full = api(
  'full size~ fill_value: options=',
  (shape: Shape, value: number | boolean, options: FactoryOptions = {}): Tensor => {
    const dtype = options.dtype ?? (typeof value === 'boolean' ? 'bool' : get_default_dtype());
    return constant(parseSizes('full', [shape]).shape, Number(value), dtype, options);
  },
);

/** Zeros. `zeros(2, 3)` or `zeros([2, 3], { dtype })`. */
export const zeros = api('zeros', (...args: SizeArgs): Tensor => {
  const { shape, options } = parseSizes('zeros', args);
  return constant(shape, 0, options.dtype ?? get_default_dtype(), options);
});

/** Ones. `ones(2, 3)` or `ones([2, 3], { dtype })`. */
export const ones = api('ones', (...args: SizeArgs): Tensor => {
  const { shape, options } = parseSizes('ones', args);
  return constant(shape, 1, options.dtype ?? get_default_dtype(), options);
});

/** A tensor to be filled; here zeros, since JavaScript has no uninitialised memory. */
export const empty = api('empty', (...args: SizeArgs): Tensor => zeros(...args));

/** Zeros of the shape and dtype of `x`. */
export const zeros_like = api('zeros_like input options=', (x: Tensor, options: FactoryOptions = {}): Tensor =>
  constant(x.shape, 0, options.dtype ?? x.dtype, options),
);

/** Ones of the shape and dtype of `x`. */
export const ones_like = api('ones_like input options=', (x: Tensor, options: FactoryOptions = {}): Tensor =>
  constant(x.shape, 1, options.dtype ?? x.dtype, options),
);

/** `value` in the shape and dtype of `x`. */
export const full_like = api(
  'full_like input fill_value: options=',
  (x: Tensor, value: number, options: FactoryOptions = {}): Tensor =>
    constant(x.shape, value, options.dtype ?? x.dtype, options),
);

/** A tensor of the shape and dtype of `x`; zeros here. */
export const empty_like: typeof zeros_like = /* @__PURE__ */ api('empty_like input options=', zeros_like);

/** @internal A 0-d constant. */
export function scalarTensor(value: number, dtype: DType): Tensor {
  return constantOf([], value, dtype);
}

/**
 * `start, start + step, …` below `end`, as `torch.arange(end)`, `(start, end)`, `(start, end, step)`.
 * dtype: int64 when all three are integers, else the default dtype.
 * @throws for a step of 0 or one that leads away from `end`.
 */
export const arange: typeof arangeOf = /* @__PURE__ */ api('arange', arangeOf);

function arangeOf(end: number, options?: FactoryOptions): Tensor;
function arangeOf(start: number, end: number, options?: FactoryOptions): Tensor;
function arangeOf(start: number, end: number, step: number, options?: FactoryOptions): Tensor;
function arangeOf(...args: (number | FactoryOptions | undefined)[]): Tensor {
  const numbers = args.filter((arg) => typeof arg === 'number');
  const options = args.find((arg) => typeof arg === 'object') ?? {};
  const [start, end, step] = numbers.length === 1 ? [0, numbers[0], 1] : [...numbers, 1];
  if (end === undefined || numbers.length === 0) throw badArgument('arange', 'end', args[0], 'a number');
  if (start === undefined || step === undefined || step === 0 || (end - start) / step < 0) {
    throw badArgument('arange', 'step', step, `a step that leads from start ${show(start)} to end ${show(end)}`);
  }
  const dtype = options.dtype ?? (numbers.every(Number.isInteger) ? 'int64' : get_default_dtype());
  // In double and rounded once, as PyTorch; a trace stays in the dtype, since GPUs have no float64.
  const inDouble = isFloating(dtype) && recorder() === null;
  let result = dispatch('arange', [], { n: Math.ceil((end - start) / step), dtype: inDouble ? 'float64' : dtype });
  if (step !== 1) result = result.mul(step);
  if (start !== 0) result = result.add(start);
  result = result.to(dtype);
  return finish(result, options);
}

/** `steps` numbers from `start` to `end`, both included. */
export const linspace = api(
  'linspace start: end: options= steps',
  (start: number, end: number, { steps, ...options }: { steps: number } & FactoryOptions): Tensor => {
    requireCount('linspace', 'steps', steps, 0);
    const dtype = options.dtype ?? get_default_dtype();
    const values = Float64Array.from({ length: steps }, (_, i) =>
      i < steps / 2 ? start + ((end - start) / (steps - 1)) * i : end - ((end - start) / (steps - 1)) * (steps - 1 - i),
    );
    if (steps === 1) values[0] = start;
    return finish(wrap(dtype, [steps], encode(values, dtype, 'linspace')), options);
  },
);

/** The identity matrix, n x n or n x m. */
export const eye = api('eye n: options= m', (n: number, options: { m?: number } & FactoryOptions = {}): Tensor => {
  const { m = n } = options;
  parseSizes('eye', [n, m], 'n, m');
  const rows = dispatch('arange', [], { n, dtype: 'int64' }).unsqueeze(1);
  const columns = dispatch('arange', [], { n: m, dtype: 'int64' }).unsqueeze(0);
  return finish(rows.eq(columns).to(options.dtype ?? get_default_dtype()), options);
});

type LegacyArgs = [data: Literal | TypedArrayIn] | number[];

/** A legacy constructor: `new LongTensor([1, 2])` or, with sizes, zeros: `new FloatTensor(2, 3)`. */
export interface LegacyConstructor {
  new (...args: LegacyArgs): Tensor;
}

function legacy(name: string, dtype: DType): LegacyConstructor {
  const fromData = api(name, (data: Literal | TypedArrayIn) => tensor(data, { dtype }));
  const ofSizes = api(name, (...sizes: number[]) => zeros(sizes, { dtype }));
  // A constructor that returns an object yields that object, so `new LongTensor(...)` is a Tensor.
  return class {
    constructor(...args: LegacyArgs) {
      const [first] = args;
      return args.length === 1 && typeof first !== 'number' ? fromData(first) : ofSizes(...(args as number[]));
    }
  } as unknown as LegacyConstructor;
}

/** `new LongTensor([...])`: int64. */
export const LongTensor = /* @__PURE__ */ legacy('LongTensor', 'int64');
/** `new IntTensor([...])`: int32. */
export const IntTensor = /* @__PURE__ */ legacy('IntTensor', 'int32');
/** `new FloatTensor([...])`: float32. */
export const FloatTensor = /* @__PURE__ */ legacy('FloatTensor', 'float32');
/** `new DoubleTensor([...])`: float64. */
export const DoubleTensor = /* @__PURE__ */ legacy('DoubleTensor', 'float64');
/** `new ByteTensor([...])`: uint8. */
export const ByteTensor = /* @__PURE__ */ legacy('ByteTensor', 'uint8');
/** `new BoolTensor([...])`: bool. */
export const BoolTensor = /* @__PURE__ */ legacy('BoolTensor', 'bool');

/** @internal Whether `x` is a tensor; PyTorch's `is_tensor`. */
export function is_tensor(x: unknown): x is Tensor {
  return x instanceof Tensor;
}
