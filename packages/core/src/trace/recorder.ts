import type { AutogradMeta } from '../autograd/meta.js';
import type { TapeNode } from '../autograd/tape.js';
import type { Attrs, OpName } from '../ops/table.js';
import type { Meta } from '../ops/types.js';
import type { Cell, NodeStorage, Value } from '../storage.js';
import type { Tensor } from '../tensor.js';
import type { HostScalar } from './host-scalar.js';

/** A read that a trace depends on; a compiled call checks it again and retraces when it changed. */
export interface Guard {
  holds(): boolean;
  /** What changed, for `explain()`: `model.layer1.training was true and is false`. */
  describe(): string;
}

/** What a running trace is told. `Trace` implements it; this interface keeps dispatch and autograd free of it. */
export interface Recorder {
  /** Appends a node and returns its symbolic outputs. */
  record<N extends OpName>(op: N, ins: readonly Value[], attrs: Attrs<N>, outs: readonly Meta[]): Value[];
  /** The symbolic value of `cell` (captured on first read). */
  read(cell: Cell): Value;
  owns(storage: NodeStorage): boolean;
  guard(key: object, property: string, guard: Guard): void;
  gradRead(meta: AutogradMeta): void;
  gradWrite(meta: AutogradMeta): void;
  hostScalar(scalar: HostScalar): Value;
  check(condition: Value, message: (failing: readonly number[]) => string): void;
  /** A readable name for a cell, should it become state: `model.layer1.weight`. The first one stays. */
  nameState(cell: Cell, name: string): void;
  /** The tape link of a tensor is about to be replaced. */
  linkWrite(tensor: Tensor): void;
  /** A node was put on the tape. Throws where it continues a tape from before the trace. */
  taped(node: TapeNode): void;
  onCommit(hook: () => void): void;
  /** The trace holds for this size only. */
  fixSize(size: number, why: string): void;
}

let current: Recorder | null = null;

/** The trace that is running, if any. */
export function recorder(): Recorder | null {
  return current;
}

/** Runs `fn` with `next` as the running trace (`null` steps outside of it). */
export function withRecorder<T>(next: Recorder | null, fn: () => T): T {
  const previous = current;
  current = next;
  try {
    return fn();
  } finally {
    current = previous;
  }
}
