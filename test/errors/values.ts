/** The arguments of the bad calls. */
import * as torch from '@reidgrad/core';

/** Calls by the function they misuse; `name (case)` where a function has several. */
export type BadCalls = Readonly<Record<string, () => unknown>>;

/** An argument that the types forbid and that JavaScript lets through: the one place that says so to the compiler. */
export function wrong<T>(value: unknown): T {
  return value as T;
}

/** A float32 tensor of ones; its name says its shape. */
export const float = (...shape: number[]): torch.Tensor => torch.ones(shape);
/** An int64 tensor of zeros. */
export const long = (...shape: number[]): torch.Tensor => torch.zeros(shape, { dtype: torch.long });
/** A bool tensor of `false`. */
export const bool = (...shape: number[]): torch.Tensor => torch.zeros(shape, { dtype: torch.bool });
/** A list where a tensor is expected, as in code ported from NumPy. */
export const list = wrong<torch.Tensor>([1, 2]);
