import { runKernel } from '../dispatch.js';
import type { Into } from '../dispatch.js';
import { describe } from '../dtype.js';
import { encode } from '../functions/create.js';
import { hostValue } from '../storage.js';
import type { Value } from '../storage.js';
import type { Graph, GraphNode, GraphSource, ValueId } from './graph.js';

/** Values by number. */
export type Values = Map<ValueId, Value>;

/** The value of a source at this moment. Random sources draw from the default generator. */
export function sourceValue(graph: Graph, id: ValueId, source: GraphSource, inputs: ReadonlyMap<string, Value>): Value {
  const { dtype, shape } = graph.values[id];
  switch (source.kind) {
    case 'input': {
      const value = inputs.get(source.name);
      if (value === undefined) throw new Error(`${graph.name}: input ${source.name} is missing`);
      if (value.dtype !== dtype || value.shape.join() !== shape.join()) {
        throw new Error(
          `${graph.name}: input ${source.name} is ${describe(value.dtype, value.shape)}, expected ${describe(dtype, shape)}`,
        );
      }
      return value;
    }
    case 'capture':
      return source.cell.value;
    case 'constant':
      return { dtype, shape, storage: source.storage };
    case 'host':
      return hostValue(dtype, shape, encode([source.scalar.read()], dtype, source.scalar.name));
    case 'random':
      return runKernel('random', [], source.attrs, [{ dtype, shape }])[0];
  }
}

/** Values of all sources, in the order in which the function asked for them. */
export function sourceValues(graph: Graph, inputs: ReadonlyMap<string, Value>): Values {
  const values: Values = new Map();
  for (const [id, source] of graph.sources) values.set(id, sourceValue(graph, id, source, inputs));
  return values;
}

/** Runs one node on the eager kernels and adds its results. */
export function runNode(graph: Graph, node: GraphNode, values: Values, into?: Into): void {
  const ins = node.ins.map((id) => {
    const value = values.get(id);
    if (value === undefined) throw new Error(`${graph.name}: value ${id} is read by ${node.op} before it is computed`);
    return value;
  });
  const outMetas = node.outs.map((id) => graph.values[id]);
  const results = runKernel(node.op, ins, node.attrs, outMetas, into);
  node.outs.forEach((id, i) => values.set(id, results[i]));
}

/**
 * Runs a graph on the eager kernels: the oracle of every provider, and the test of graph passes without a runtime.
 * @param inputs the arguments by the names that the graph gives them: `input_0`, `input_1.mask`.
 * @returns all values by number. Nothing is committed: captured tensors keep their values, checks are not looked at.
 * @throws for a missing input and one of another dtype or shape; what kernels throw.
 * @example
 * const { graph } = trace((x) => x.mul(2).sum(), [x]);
 * const values = interpret(graph, new Map([['input_0', x.read()]]));
 * values.get(graph.outputs[0].value);
 */
export function interpret(graph: Graph, inputs: ReadonlyMap<string, Value>): Values {
  const values = sourceValues(graph, inputs);
  for (const node of graph.nodes) runNode(graph, node, values);
  return values;
}
