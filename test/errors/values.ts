/** The arguments of the bad calls. */
import * as torch from '@reidgrad/core';
import { interpreter, compileWith } from '@reidgrad/core/graph';

/** Calls by the function they misuse; `name (case)` where a function has several. A call may be asynchronous. */
export type BadCalls = Readonly<Record<string, () => unknown>>;

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** An argument that the types forbid and that JavaScript lets through: the one place that says so to the compiler. */
export function wrong<T>(value: unknown): T {
  return value as T;
}

/** A float32 tensor of ones; its name says its shape. */
export const float = (...shape: number[]): torch.Tensor => torch.ones(shape);
/** An int64 tensor of zeros. */
export const long = (...shape: number[]): torch.Tensor => torch.zeros(shape, { dtype: torch.long });
/** An int64 vector. */
export const longs = (...values: number[]): torch.Tensor => torch.tensor(values, { dtype: torch.long });
/** A bool tensor of `false`. */
export const bool = (...shape: number[]): torch.Tensor => torch.zeros(shape, { dtype: torch.bool });
/** A parameter of ones. */
export const leaf = (...shape: number[]): torch.Tensor => torch.ones(shape, { requires_grad: true });
/** A list where a tensor is expected, as in code ported from NumPy. */
export const list = wrong<torch.Tensor>([1, 2]);

/** Tensors that were kept from a compiled function: no method can read them. */
const kept: torch.Tensor[] = [];
const keeping = (x: torch.Tensor): void => void kept.push(x.mul(2), x.long());
await compileWith(keeping, interpreter, { name: 'step' })(float(2, 3));
/** float32[2, 3] and int64[2, 3]. */
export const [escaped, escapedIntegers] = kept;

/** The function at `name` of `holder`; a name that is none fails the test that calls it. */
export function functionOf(holder: object, name: string): AnyFunction {
  const found: unknown = Reflect.get(holder, name);
  if (typeof found !== 'function') throw new Error(`${name} is not a function here`);
  return (...args) => Reflect.apply(found, holder, args) as unknown;
}

/** One bad call for each of several functions of `holder`, whose names stand in `names`. */
export function each(prefix: string, holder: object, names: string, call: (fn: AnyFunction) => unknown): BadCalls {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [`${prefix}.${name}`, () => call(functionOf(holder, name))]),
  );
}
