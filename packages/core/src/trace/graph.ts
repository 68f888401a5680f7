/**
 * What a trace produces: a small typed graph that knows nothing of ONNX. Values are numbered; nodes stand in the order
 * in which they ran.
 */
import type { DType, Shape } from '../dtype.js';
import type { Attrs, RandomAttrs, TraceableOp } from '../ops/table.js';
import type { Cell, HostStorage } from '../storage.js';
import type { HostScalar } from './host-scalar.js';

export type ValueId = number;

export interface GraphValue {
  id: ValueId;
  dtype: DType;
  shape: Shape;
}

/** One application of an op. The union over all ops, so that `node.op` narrows `node.attrs`. */
export type GraphNode = { [N in TraceableOp]: NodeOf<N> }[TraceableOp];

export interface NodeOf<N extends TraceableOp> {
  op: N;
  ins: readonly ValueId[];
  outs: readonly ValueId[];
  attrs: Attrs<N>;
  /** Path of the module whose `forward` was running, as `layer1.0.conv1`. */
  scope: string;
  /** Its stack names the user's line; formatted only when asked for. */
  origin: Error | null;
}

/** Where a value that no node computes comes from. */
export type GraphSource =
  /** Argument `name` of the traced function. */
  | { kind: 'input'; name: string }
  /** A tensor that existed before the trace: parameters, buffers, optimizer state. The cell of a `.grad` may be exchanged between runs. */
  | { kind: 'capture'; cell: Cell; name: string }
  /** A literal made during the trace. */
  | { kind: 'constant'; storage: HostStorage }
  /** A number read anew before each run (learning rate, step count). */
  | { kind: 'host'; scalar: HostScalar }
  /** Filled by the default generator before each run. */
  | { kind: 'random'; attrs: RandomAttrs };

/** A captured cell that the function rebinds: `next` becomes its value when the run succeeded. */
export interface GraphState {
  cell: Cell;
  name: string;
  /** The captured value; `null` where the function never read the old one. */
  current: ValueId | null;
  next: ValueId;
}

/** `condition` (bool, any shape) must hold everywhere, or `message` is thrown and no state changes. */
export interface GraphCheck {
  condition: ValueId;
  /** Receives the flat indices at which the condition fails. */
  message: (failing: readonly number[]) => string;
}

export interface Graph {
  /** The traced function's name, for errors and the ONNX graph name. */
  name: string;
  values: readonly GraphValue[];
  sources: ReadonlyMap<ValueId, GraphSource>;
  nodes: readonly GraphNode[];
  /** Named outputs in order. */
  outputs: readonly { name: string; value: ValueId }[];
  states: readonly GraphState[];
  checks: readonly GraphCheck[];
}
