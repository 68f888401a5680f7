/** Reading of host data, for functions whose output shape depends on the data. */
import { hostStorageOf } from '../dispatch.js';
import type { KernelArray } from '../dtype.js';
import { CallError } from '../errors.js';
import { widenHalf } from '../half.js';
import type { Tensor } from '../tensor.js';
import { recorder } from '../trace/recorder.js';

/** Throws inside a trace: `why` completes "cannot be traced". */
export function refuseTrace(name: string, why: string): void {
  if (recorder() !== null) throw new CallError(name, `cannot be traced: ${why}`);
}

/** The elements of `x`, row-major; not to be written. Throws for a tensor on a device. */
export function elementsOf(name: string, x: Tensor): KernelArray {
  const { data } = hostStorageOf(x.read(), name);
  return data instanceof Uint16Array ? widenHalf(data) : data;
}
