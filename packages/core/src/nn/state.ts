/** Loading of state dicts. */
import { no_grad } from '../autograd/mode.js';
import { CallError, badArgument, show } from '../errors.js';
import { Tensor } from '../tensor.js';

/** Tensors by dotted path, in PyTorch's order. */
export type StateDict = Record<string, Tensor>;

/** What `load_state_dict` did not match; both lists are empty after a strict load. */
export interface IncompatibleKeys {
  missing_keys: string[];
  unexpected_keys: string[];
}

/** A hint where the names match but for a prefix that a wrapper put there (DataParallel). */
function prefixHint(keys: readonly string[], own: StateDict): string[] | null {
  const prefix = 'module.';
  const wrapped = keys.length > 0 && keys.every((key) => key.startsWith(prefix));
  if (!wrapped || !keys.some((key) => key.slice(prefix.length) in own)) return null;
  return [`the keys match without their prefix '${prefix}', strip it before loading`];
}

/**
 * Copies `source` into the tensors of `own`.
 * @param optional names that may be missing without a complaint.
 * @throws with all problems in one message, before anything is copied.
 */
export function loadInto(
  name: string,
  own: StateDict,
  source: Readonly<Record<string, Tensor>>,
  optional: ReadonlySet<string>,
  strict: boolean,
): IncompatibleKeys {
  if (typeof source !== 'object' || source === null) {
    throw badArgument('load_state_dict', 'state_dict', source, `an object of tensors for ${name}`);
  }
  const missing_keys = Object.keys(own).filter((key) => !(key in source) && !optional.has(key));
  const unexpected_keys = Object.keys(source).filter((key) => !(key in own));
  const common = Object.keys(own).filter((key) => key in source);
  const problems: string[] = [];
  if (strict && missing_keys.length > 0) problems.push(`missing keys: ${missing_keys.join(', ')}`);
  if (strict && unexpected_keys.length > 0) problems.push(`unexpected keys: ${unexpected_keys.join(', ')}`);
  const wrong = common.flatMap((key) => {
    const given: unknown = source[key];
    if (given instanceof Tensor && given.shape.join() === own[key].shape.join()) return [];
    return [`${key} got ${show(given)}, expected ${show(own[key])}`];
  });
  if (wrong.length > 0) problems.push(`size mismatches: ${wrong.join(', ')}`);
  if (problems.length > 0) {
    const loose = wrong.length === 0 ? ['{ strict: false } loads the keys that match'] : [];
    const text = [...problems, ...(prefixHint(unexpected_keys, own) ?? loose)].join('; ');
    throw new CallError('load_state_dict', `state_dict: does not fit ${name}: ${text}`);
  }
  no_grad(() => {
    for (const key of common) own[key].copy_(source[key]);
  });
  return { missing_keys, unexpected_keys };
}
