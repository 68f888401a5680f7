/** State dicts out of what `load` gives. */
import type { StateDict } from '../nn/state.js';
import { Tensor } from '../tensor.js';
import { PythonObject } from './values.js';

const kindOf = (value: unknown): string =>
  value instanceof PythonObject ? `an object of class ${value.className}` : value === null ? 'null' : typeof value;

/** The entries of a dict, `null` where it is none or has other keys than names and numbers. */
function entriesOf(value: unknown): [string, unknown][] | null {
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)];
    if (!entries.every(([key]) => typeof key === 'string' || typeof key === 'number')) return null;
    return entries.map(([key, item]) => [String(key), item]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Tensor) return null;
  return value instanceof PythonObject ? null : Object.entries(value);
}

/** A pickled module's dict of parameters, buffers or modules. */
function field(module: PythonObject, name: string): [string, unknown][] {
  const state = entriesOf(module.state) ?? [];
  const found = entriesOf(state.find(([key]) => key === name)?.[1]);
  if (found === null) {
    throw new Error(
      `stateDictOf: got an object of class ${module.className} without ${name}, expected a pickled nn.Module`,
    );
  }
  return found;
}

/** Modules of one network: a module may be held many times, but a file must not make it endless. */
const MAX_MODULES = 1e5;
const MAX_DEPTH = 500;

function collect(
  module: PythonObject,
  prefix: string,
  out: Map<string, Tensor>,
  count: { modules: number },
  depth = 0,
): void {
  if (++count.modules > MAX_MODULES || depth > MAX_DEPTH) {
    throw new Error(`stateDictOf: got modules without end, expected a network that does not contain itself`);
  }
  const state = entriesOf(module.state) ?? [];
  const passing = state.find(([key]) => key === '_non_persistent_buffers_set')?.[1];
  const buffers = field(module, '_buffers').filter(([name]) => !(passing instanceof Set && passing.has(name)));
  for (const [name, value] of [...field(module, '_parameters'), ...buffers]) {
    if (value instanceof Tensor) out.set(prefix + name, value.detach());
    else if (value !== null) throw new Error(`stateDictOf: '${prefix}${name}' is ${kindOf(value)}, expected a tensor`);
  }
  for (const [name, child] of field(module, '_modules')) {
    if (child instanceof PythonObject) collect(child, `${prefix}${name}.`, out, count, depth + 1);
    else if (child !== null) throw new Error(`stateDictOf: '${prefix}${name}' is ${kindOf(child)}, expected a module`);
  }
}

/**
 * The state dict of what `load` gave: of a pickled `nn.Module` (`torch.save(model, f)`, loaded with `weights_only: false`)
 * what its `state_dict()` gives in Python, of a dict of tensors that dict itself.
 * @throws for a dict with other values than tensors, naming the first, and for objects that are no modules.
 * @example
 * const model = load(await readFile('whole-model.pth'), { weights_only: false });
 * net.load_state_dict(stateDictOf(model));
 */
export function stateDictOf(value: unknown): StateDict {
  if (value instanceof PythonObject) {
    const out = new Map<string, Tensor>();
    collect(value, '', out, { modules: 0 });
    return Object.fromEntries(out);
  }
  const entries = entriesOf(value);
  if (entries === null)
    throw new Error(`stateDictOf: got ${kindOf(value)}, expected a dict of tensors or a pickled nn.Module`);
  return Object.fromEntries(
    entries.map(([key, item]): [string, Tensor] => {
      if (item instanceof Tensor) return [key, item];
      throw new Error(
        `stateDictOf: '${key}' is ${kindOf(item)}, expected a tensor; take the state dict out of the checkpoint`,
      );
    }),
  );
}
