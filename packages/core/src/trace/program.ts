/** What a traced function became. */
import type { AutogradMeta } from '../autograd/meta.js';
import type { Tensor } from '../tensor.js';
import type { GradSlot } from './grad-slot.js';
import type { Graph, ValueId } from './graph.js';
import type { Guard } from './recorder.js';
import type { Tree } from './tree.js';

/** A `.grad` that the function left behind. */
export interface LeftGrad {
  /** The leaf that has it, or the place of an argument among the function's tensors. */
  leaf: AutogradMeta | number;
  value: ValueId;
  /**
   * The function looked at the slot before it wrote: it adds to what it finds, so the next call must find this. False
   * where every call begins by overwriting.
   */
  accumulates: boolean;
}

/** A size that the trace made a loop or a branch of. */
export interface FixedSize {
  size: number;
  /** Why it cannot be dynamic, and the fix. */
  why: string;
}

/** A traced function: its graph, and what a runner needs to call it again in place of the function. */
export interface Program {
  graph: Graph;
  /** Structure of the result; its places are `graph.outputs` in order. */
  outputTree: Tree;
  guards: readonly Guard[];
  /** JavaScript that must run after each successful run (step counters). */
  commitHooks: readonly (() => void)[];
  /** In the order in which they were met; the same at every call with these shapes. */
  fixedSizes: readonly FixedSize[];
  /** Gradients in `.grad` at the end: transient where they do not accumulate, unless the caller keeps them. */
  leftGrads: readonly LeftGrad[];
  /** `.grad` slots that the function set to tensors made before it. */
  assignedGrads: readonly { meta: AutogradMeta; grad: Tensor }[];
  /** Captured gradients; those of later calls may be other tensors. */
  gradSlots: readonly GradSlot[];
  /** Leaves whose `.grad` the function set to null. */
  clearedGrads: readonly AutogradMeta[];
}
