import { scalarTensor } from '../functions/create.js';
import { stack } from '../functions/shape.js';
import type { DType } from '../dtype.js';
import type { Tensor } from '../tensor.js';
import { hostScalar } from '../trace/host.js';
import type { HostScalar } from '../trace/host-scalar.js';
import { recorder } from '../trace/recorder.js';
import type { Recorder } from '../trace/recorder.js';

/**
 * The numbers of one traced step. ReID recipes have a group per parameter, hundreds with the same numbers: groups whose
 * numbers are equal share one graph input, and a guard sees to it that a compiled call retraces when they part.
 */
class SharedScalars {
  private readonly scalars = new Map<string, { scalar: HostScalar; tensor: Tensor }>();
  private readonly numbers = new Map<Tensor, number>();
  private readonly stacks = new Map<string, Tensor>();

  constructor(private readonly trace: Recorder) {}

  one(kind: string, scalar: HostScalar): Tensor {
    const key = JSON.stringify([kind, scalar.dtype, String(scalar.read()), scalar.recurrence]);
    const found = this.scalars.get(key);
    if (found === undefined) {
      const tensor = hostScalar(scalar);
      this.scalars.set(key, { scalar, tensor });
      this.numbers.set(tensor, this.numbers.size);
      return tensor;
    }
    const first = found.scalar;
    this.trace.guard(this, `${scalar.name} equal to ${first.name}`, {
      holds: () => Object.is(scalar.read(), first.read()),
      describe: () =>
        `${scalar.name} was equal to ${first.name} and is now ${scalar.read()} instead of ${first.read()}`,
    });
    return found.tensor;
  }

  stacked(scalars: readonly (Tensor | number)[], dtype: DType): Tensor {
    const key = scalars.map((scalar) => (typeof scalar === 'number' ? `=${scalar}` : this.numbers.get(scalar)));
    // A scalar computed from others is known to nobody else.
    const known = key.includes(undefined) ? undefined : this.stacks.get(`${dtype} ${key.join()}`);
    if (known !== undefined) return known;
    const made = stackOf(scalars, dtype);
    if (!key.includes(undefined)) this.stacks.set(`${dtype} ${key.join()}`, made);
    return made;
  }
}

const shared = new WeakMap<Recorder, SharedScalars>();

function sharedOf(trace: Recorder): SharedScalars {
  const found = shared.get(trace) ?? new SharedScalars(trace);
  shared.set(trace, found);
  return found;
}

function stackOf(scalars: readonly (Tensor | number)[], dtype: DType): Tensor {
  return stack(scalars.map((scalar) => (typeof scalar === 'number' ? scalarTensor(scalar, dtype) : scalar)));
}

/** A number of a group as 0-d tensor; inside a trace the same one for all groups in which `kind` has this value. */
export function groupScalar(kind: string, scalar: HostScalar): Tensor {
  const trace = recorder();
  return trace === null ? hostScalar(scalar) : sharedOf(trace).one(kind, scalar);
}

/** Numbers as one 1-d tensor; inside a trace the same one for the same scalars. */
export function groupScalars(scalars: readonly (Tensor | number)[], dtype: DType): Tensor {
  const trace = recorder();
  return trace === null ? stackOf(scalars, dtype) : sharedOf(trace).stacked(scalars, dtype);
}
