/**
 * A traced graph as a file sees it: everything that our host would do becomes inputs, outputs and nodes. State is paired
 * inputs and outputs; numbers that follow from the run count are state, too.
 */
import type { Graph, GraphNode, GraphSource, GraphValue, HostStorage, Recurrence, ValueId } from '@reidgrad/core/graph';

/** What stands behind an input that is not an argument. */
export interface BoundInput {
  name: string;
  value: ValueId;
  /** First value, stored in the file. */
  initial: HostStorage | number;
}

export interface PortableGraph {
  graph: Graph;
  states: { input: BoundInput; output: string; shape: readonly number[] }[];
  scalars: BoundInput[];
  random: { name: string; value: ValueId; distribution: string }[];
}

interface Builder {
  values: GraphValue[];
  nodes: GraphNode[];
  sources: Map<ValueId, GraphSource>;
}

function addValue(builder: Builder, like: GraphValue): ValueId {
  const id = builder.values.length;
  builder.values.push({ ...like, id });
  return id;
}

/** Puts `next = mul * current + add` in front of the nodes; `next` is the value that they read. */
function addRecurrence(builder: Builder, next: GraphValue, recurrence: Recurrence, name: string): ValueId {
  const current = addValue(builder, next);
  builder.sources.set(current, { kind: 'input', name });
  const node = (op: 'mul' | 'add', ins: ValueId[], out: ValueId): GraphNode => ({
    op,
    ins,
    outs: [out],
    attrs: {},
    scope: '',
    origin: null,
  });
  const constant = (value: number): ValueId => {
    const id = addValue(builder, next);
    const attrs = { shape: [], dtype: next.dtype, value };
    builder.nodes.push({ op: 'full', ins: [], outs: [id], attrs, scope: '', origin: null });
    return id;
  };
  let value = current;
  if (recurrence.mul !== 1) {
    const scaled = addValue(builder, next);
    builder.nodes.push(node('mul', [value, constant(recurrence.mul)], scaled));
    value = scaled;
  }
  builder.nodes.push(node('add', [value, constant(recurrence.add)], next.id));
  return current;
}

/** `graph` with captures, host numbers and random draws as inputs, and state as outputs. Throws for state on a device. */
export function portableGraph(graph: Graph): PortableGraph {
  const builder: Builder = { values: [...graph.values], nodes: [], sources: new Map() };
  const outputs = [...graph.outputs];
  const states: PortableGraph['states'] = [];
  const scalars: BoundInput[] = [];
  const random: PortableGraph['random'] = [];
  const stateOf = new Map(graph.states.map((state) => [state.current, state]));
  for (const [id, source] of graph.sources) {
    const value = graph.values[id];
    if (source.kind === 'capture') {
      const state = stateOf.get(id);
      if (state === undefined) {
        builder.sources.set(id, source);
        continue;
      }
      const { storage } = source.cell.value;
      if (storage.kind !== 'host') throw new Error(`export: ${source.name} lives on a ${storage.kind}; sync it first`);
      builder.sources.set(id, { kind: 'input', name: source.name });
      const output = `${source.name}.next`;
      outputs.push({ name: output, value: state.next });
      states.push({ input: { name: source.name, value: id, initial: storage }, output, shape: value.shape });
    } else if (source.kind === 'host') {
      const { name, recurrence } = source.scalar;
      if (recurrence === undefined) {
        builder.sources.set(id, { kind: 'input', name });
        scalars.push({ name, value: id, initial: source.scalar.read() });
        continue;
      }
      const current = addRecurrence(builder, value, recurrence, name);
      outputs.push({ name: `${name}.next`, value: id });
      states.push({
        input: { name, value: current, initial: recurrence.init },
        output: `${name}.next`,
        shape: [],
      });
    } else if (source.kind === 'random') {
      const name = `random_${random.length}`;
      builder.sources.set(id, { kind: 'input', name });
      random.push({ name, value: id, distribution: source.attrs.distribution });
    } else builder.sources.set(id, source);
  }
  return {
    graph: {
      ...graph,
      values: builder.values,
      sources: builder.sources,
      nodes: [...builder.nodes, ...graph.nodes],
      outputs,
      states: [],
    },
    states,
    scalars,
    random,
  };
}

/** How many nodes stand before those of the trace: attribute tables count from there. */
export function insertedNodes(before: Graph, after: PortableGraph): number {
  return after.graph.nodes.length - before.nodes.length;
}
