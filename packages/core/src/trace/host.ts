import { scalarTensor } from '../functions/create.js';
import { Cell } from '../storage.js';
import { Tensor } from '../tensor.js';
import type { HostScalar } from './host-scalar.js';
import { recorder } from './recorder.js';

/**
 * A number that the host changes between runs, as 0-d tensor: a constant eagerly, a graph input that is read anew before
 * each run inside a trace.
 * @example hostScalar({ name: 'optimizer.group0.lr', dtype: 'float32', read: () => group.lr });
 */
export function hostScalar(scalar: HostScalar): Tensor {
  const trace = recorder();
  if (trace === null) return scalarTensor(scalar.read(), scalar.dtype);
  return new Tensor(new Cell(trace.hostScalar(scalar)));
}

/** Runs `hook` now, or inside a trace after each compiled run that succeeded. For counters such as step numbers. */
export function onCommit(hook: () => void): void {
  const trace = recorder();
  if (trace === null) hook();
  else trace.onCommit(hook);
}
