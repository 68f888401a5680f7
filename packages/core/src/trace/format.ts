import { describe } from '../dtype.js';
import type { Graph, GraphNode, GraphSource, ValueId } from './graph.js';
import { originText } from './origin.js';

const name = (id: ValueId): string => `%${id}`;

function sourceText(source: GraphSource): string {
  switch (source.kind) {
    case 'input':
    case 'capture':
      return `${source.kind} ${source.name}`;
    case 'constant': {
      const shown = Array.from(source.storage.data.subarray(0, 4), String).join(', ');
      return `constant [${shown}${source.storage.data.length > 4 ? ', …' : ''}]`;
    }
    case 'host':
      return `host ${source.scalar.name}`;
    case 'random':
      return `random ${source.attrs.distribution}`;
  }
}

/** `JSON.stringify`, but NaN and the infinities stay what they are. */
function attrText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(attrText).join(', ')}]`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function callText({ op, ins, attrs }: GraphNode): string {
  const named = Object.entries(attrs).map(([key, value]) => `${key}=${attrText(value)}`);
  return `${op}(${[...ins.map(name), ...named].join(', ')})`;
}

function placeText({ scope, origin }: GraphNode): string {
  const place = origin === null ? '' : originText(origin).replace(/^.*[\\/]/, '');
  const parts = [scope, place].filter((part) => part !== '');
  return parts.length === 0 ? '' : `  # ${parts.join('  ')}`;
}

/**
 * A graph as text, one line per value that comes from outside and per node, with module path and source line:
 * `%12: float32[5, 4] = matmul(%0, %2)  # layer1.conv  model.ts:10`. Then outputs, states and checks.
 * @example console.log(formatGraph(trace(step, [x]).graph));
 */
export function formatGraph(graph: Graph): string {
  const typed = (id: ValueId): string => `${name(id)}: ${describe(graph.values[id].dtype, graph.values[id].shape)}`;
  return [
    `graph ${graph.name}`,
    ...[...graph.sources].map(([id, source]) => `${typed(id)} = ${sourceText(source)}`),
    ...graph.nodes.map((node) => `${node.outs.map(typed).join(', ')} = ${callText(node)}${placeText(node)}`),
    ...graph.outputs.map((output) => `output ${output.name} = ${name(output.value)}`),
    ...graph.states.map((state) => `state ${state.name} = ${name(state.next)}`),
    ...graph.checks.map(({ condition }) => `check ${name(condition)}`),
  ].join('\n');
}
