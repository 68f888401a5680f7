/** The calls of functions.json. */
import * as torch from '@reidgrad/core';
import { Tensor } from '@reidgrad/core';
import { generate } from './goldens/inputs.js';
import type { InputSpec } from './goldens/inputs.js';
import type { FunctionArg, FunctionCase } from './goldens/load.js';

const words: Readonly<Record<string, number>> = { Infinity, NaN };
export interface Call {
  args: unknown[];
  inputs: Tensor[];
}

/** The arguments of a case; inputs ask for gradients. */
export function argumentsOf({ fn, name, call = [] }: FunctionCase, float: 'float32' | 'float64'): Call {
  const inputs: Tensor[] = [];
  const input = (spec: InputSpec): Tensor => {
    const dtype = (spec.dtype ?? 'float32') as torch.DType;
    const isFloat = dtype.startsWith('float');
    const values = generate(spec, `${fn}/${name}/${inputs.length}`).map((v) => (isFloat ? Math.fround(v) : v));
    const made = torch
      .tensor(values, { dtype: isFloat ? float : dtype })
      .reshape(spec.shape)
      .detach();
    if (isFloat) made.requires_grad_();
    inputs.push(made);
    return made;
  };
  const value = (arg: FunctionArg): unknown => {
    if (typeof arg === 'string') return words[arg] ?? (arg === 'None' ? null : arg);
    if (typeof arg !== 'object' || arg === null || Array.isArray(arg)) return arg;
    if ('$' in arg) return input(arg.$ as InputSpec);
    if ('list' in arg) return (arg.list as FunctionArg[]).map(value);
    return Object.fromEntries(Object.entries(arg).map(([key, item]) => [key, value(item as FunctionArg)]));
  };
  const args = call.map(value);
  const last = args[args.length - 1];
  if (fn === 'movedim' && typeof last === 'object' && !Array.isArray(last)) {
    args.splice(1, 1, Reflect.get(last as object, 'source'), Reflect.get(last as object, 'destination'));
  }
  if (fn === 'cross') args[2] = 1;
  if (fn === 'clamp' && args.length === 2 && !(last instanceof Tensor))
    args.splice(1, 1, null, Reflect.get(last as object, 'max'));
  return { args, inputs };
}
