/**
 * Which nodes run on the host. On CPU an optimizer update is faster as one loop over host arrays than as a dozen nodes
 * per parameter with copies in and out (ResNet-50 with Adam: 150 ms against 550), so it and what follows from it leave
 * the graph.
 */
import type { Graph, GraphNode, OpName, ValueId } from '@reidgrad/core/graph';

/** Optimizer updates. Each writes every element of its outputs, so that these may be arrays used before. */
export const hostOps: ReadonlySet<OpName> = new Set<OpName>(['sgd_step', 'adam_step']);

export interface Partition {
  /** What the runtime computes: the graph without the host's nodes; its outputs are what the host and the caller need. */
  device: Graph;
  /** In order, after the device's run. */
  host: readonly GraphNode[];
}

/** Splits a graph; `wanted` are the values that must be known at the end. */
export function partition(graph: Graph, wanted: readonly ValueId[], onHost: boolean): Partition {
  const byHost = new Set<ValueId>();
  const tail = new Set<GraphNode>();
  /** Values that follow from numbers the host knows anyway: learning rates, constants. */
  const free = new Set<ValueId>();
  for (const [id, { kind }] of graph.sources) if (kind === 'host' || kind === 'constant') free.add(id);
  const freeNodes = new Map<ValueId, GraphNode>();
  for (const node of graph.nodes) {
    if (onHost && (hostOps.has(node.op) || node.ins.some((id) => byHost.has(id)))) {
      tail.add(node);
      for (const id of node.outs) byHost.add(id);
    } else if (node.ins.every((id) => free.has(id))) {
      for (const id of node.outs) {
        free.add(id);
        freeNodes.set(id, node);
      }
    }
  }
  const host = new Set<GraphNode>(tail);
  const take = (id: ValueId): void => {
    const node = freeNodes.get(id);
    if (node === undefined || host.has(node)) return;
    host.add(node);
    node.ins.forEach(take);
  };
  for (const node of tail) node.ins.forEach(take);
  const knownToHost = new Set([...host].flatMap((node) => node.outs));
  const needed = new Set([...wanted, ...[...host].flatMap((node) => node.ins)]);
  const fetched = [...needed].filter((id) => !graph.sources.has(id) && !knownToHost.has(id));
  const checks = new Set(graph.checks.map(({ condition }) => condition));
  return {
    device: {
      ...graph,
      nodes: graph.nodes.filter((node) => !tail.has(node)),
      outputs: fetched.filter((id) => !checks.has(id)).map((id) => ({ name: `value_${id}`, value: id })),
      states: [],
      checks: graph.checks.filter(({ condition }) => fetched.includes(condition)),
    },
    host: graph.nodes.filter((node) => host.has(node)),
  };
}
