/** A JSON form of loaded values, the same as that of test/goldens/serialization.py. */
import { Tensor, nn } from '@reidgrad/core';

const words = new Map([
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
]);

/** JSON has no -0; Python writes it as `-0.0`, which JSON reads as -0. */
const number = (value: number): number | string => words.get(value) ?? value;

function tensorForm(tensor: Tensor): unknown {
  return {
    [tensor instanceof nn.Parameter ? 'parameter' : 'tensor']: tensor.dtype,
    shape: [...tensor.shape],
    data: Array.from(tensor.toTypedArray(), Number).map((value) =>
      tensor.dtype === 'bool' ? Number(value) : number(value),
    ),
    requires_grad: tensor.requires_grad,
  };
}

const dictForm = (entries: readonly (readonly [unknown, unknown])[]): unknown => ({
  dict: entries.map(([key, value]) => [describeValue(key), describeValue(value)]),
});

/** @throws for values of other kinds. */
export function describeValue(value: unknown): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return { number: number(value) };
  if (value instanceof Tensor) return tensorForm(value);
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return { list: value.map(describeValue) };
  if (value instanceof Set) return { set: [...(value as Set<number>)].sort().map(describeValue) };
  if (value instanceof Map) return dictForm([...(value as Map<unknown, unknown>)]);
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return dictForm(Object.entries(value));
  throw new Error(`describeValue: no form for a ${typeof value}`);
}
