import { Tensor } from '../tensor.js';
import { Parameter } from './parameter.js';

/** What was copied already, so that what is shared stays shared. */
export type CopyMemo = Map<object, unknown>;

/** A thing that copies itself, as modules do. */
export interface DeepCopied {
  deepcopy(memo: CopyMemo): unknown;
}

const copiesItself = (value: object): value is DeepCopied =>
  'deepcopy' in value && typeof value.deepcopy === 'function';

/** A copy of a module's field: tensors, modules, arrays and plain objects anew, functions and other objects as they are. */
export function deepCopy(value: unknown, memo: CopyMemo): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (memo.has(value)) return memo.get(value);
  const keep = <T>(copy: T): T => {
    memo.set(value, copy);
    return copy;
  };
  if (value instanceof Parameter) return keep(new Parameter(value.detachCopy(), value.requires_grad));
  if (value instanceof Tensor) return keep(value.detachCopy().requires_grad_(value.is_leaf && value.requires_grad));
  if (copiesItself(value)) return keep(value.deepcopy(memo));
  if (Array.isArray(value)) return keep(value.map((item) => deepCopy(item, memo)));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return keep(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deepCopy(item, memo)])));
}
