/** Small graphs written by hand, for tests; runs anywhere. */
import type {
  Attrs,
  DType,
  Graph,
  GraphNode,
  GraphSource,
  GraphValue,
  NodeOf,
  TraceableOp,
} from '@reidgrad/core/graph';

export type Data = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Builds a graph node by node. */
export class GraphWriter {
  readonly values: GraphValue[] = [];
  readonly sources = new Map<number, GraphSource>();
  readonly nodes: GraphNode[] = [];
  private readonly outputs: { name: string; value: number }[] = [];

  input(name: string, shape: readonly number[], dtype: DType = 'float32'): number {
    return this.source({ kind: 'input', name }, shape, dtype);
  }

  constant(data: Float32Array | Float64Array, shape: readonly number[], dtype: DType = 'float32'): number {
    return this.source({ kind: 'constant', storage: { kind: 'host', data, holders: 0 } }, shape, dtype);
  }

  source(source: GraphSource, shape: readonly number[], dtype: DType): number {
    const id = this.value(shape, dtype);
    this.sources.set(id, source);
    return id;
  }

  /** Appends an op with one output and returns its value. */
  op<N extends TraceableOp>(
    op: N,
    ins: readonly number[],
    attrs: Attrs<N>,
    shape: readonly number[],
    dtype: DType = 'float32',
    scope = '',
  ): number {
    return this.ops(op, ins, attrs, [{ shape, dtype }], scope)[0];
  }

  ops<N extends TraceableOp>(
    op: N,
    ins: readonly number[],
    attrs: Attrs<N>,
    metas: readonly { shape: readonly number[]; dtype: DType }[],
    scope = '',
  ): number[] {
    const outs = metas.map(({ shape, dtype }) => this.value(shape, dtype));
    const node: NodeOf<N> = { op, ins, outs, attrs, scope, origin: null };
    // Any NodeOf is a member of the union; the compiler cannot see it for a generic N.
    this.nodes.push(node as GraphNode);
    return outs;
  }

  output(name: string, value: number): void {
    this.outputs.push({ name, value });
  }

  graph(parts: Partial<Pick<Graph, 'states' | 'checks'>> = {}): Graph {
    const { values, sources, nodes, outputs } = this;
    return { name: 'test', values, sources, nodes, outputs, states: [], checks: [], ...parts };
  }

  private value(shape: readonly number[], dtype: DType): number {
    const id = this.values.length;
    this.values.push({ id, shape, dtype });
    return id;
  }
}

export interface Fed {
  shape: readonly number[];
  data: Data;
}

/** Deterministic values in [−1, 1). */
export function sequence(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
