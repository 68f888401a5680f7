import type { DType } from '../dtype.js';

/**
 * How a scalar goes on without our host, in an exported training step: `next = mul * current + add`, from `init`.
 * The graph uses `next`. Bias corrections are c <- beta c + (1 - beta), a step count is c <- c + 1.
 */
export interface Recurrence {
  init: number;
  mul: number;
  add: number;
}

/**
 * A number that user code changes between runs (learning rate, momentum, step count): in a trace it is a graph input
 * of shape `[]` that is read anew before each run, so schedules never retrace.
 */
export interface HostScalar {
  /** Unique in its graph and readable, as `optimizer.group0.lr`. */
  name: string;
  dtype: DType;
  read(): number;
  /** Present where the number follows from the number of runs alone. */
  recurrence?: Recurrence;
}
