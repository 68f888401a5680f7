import type { DType, Graph, GraphSource, NodeOf, TraceableOp, ValueId } from '@reidgrad/core/graph';
import type { OnnxModel, OnnxValueInfo } from '../onnx/model.js';
import { Builder } from './builder.js';
import type { NamedOutput } from './builder.js';
import { onnxTypeOf, physical } from './constants.js';
import { GraphLowering, dropExpands } from './context.js';
import { dimKey, formatDim, isSymbolic } from './dynamic-dims.js';
import type { Dim, DynamicDims } from './dynamic-dims.js';
import { fuseBias } from './fuse-bias.js';
import { lowerings } from './index.js';
import { scaleChannels } from './scale-channels.js';
import { rewriteSums } from './sums.js';
import type { Lowering, Ref, RefMeta, Target } from './types.js';

export interface LowerOptions {
  /** Captured tensors become initializers instead of inputs; only where the graph changes no state. Default false. */
  bakeCaptures?: boolean;
  /** Names of the graph's inputs, in order; default their names in the trace. */
  inputNames?: readonly string[];
  /** Names of the graph's outputs, in order; default their names in the trace. */
  outputNames?: readonly string[];
  /** Keep int64 inputs as int64 and cast them inside, which runs on the CPU. Default false: they are int32. */
  int64Inputs?: boolean;
  /** Which sizes are dynamic; `graph` then holds one example of them. */
  dynamic?: DynamicDims;
  /**
   * Outputs may come in other shapes of as many elements, for a caller that knows them: a Reshape that makes an output
   * copies it. Default false.
   */
  unshapedOutputs?: boolean;
  /** Text for a node's doc string, from the place in the user's source that made it. Default: none. */
  describeOrigin?: (origin: Error) => string;
  metadata?: Readonly<Record<string, string>>;
  docString?: string;
}

/** A graph input of the model and what to feed it from. */
export interface LoweredInput {
  name: string;
  value: ValueId;
  source: Exclude<GraphSource, { kind: 'constant' }>;
  /** The dtype to feed: int64 and uint8 values are fed as int32. */
  dtype: DType;
  dims: readonly Dim[];
}

/** A graph output of the model and what it is. */
export interface LoweredOutput {
  name: string;
  value: ValueId;
  /** `index` counts within `graph.outputs`, `graph.states` or `graph.checks`. A check is the condition as int32, 0 where it fails. */
  role: 'output' | 'state' | 'check';
  index: number;
  /** The dtype that comes out; the traced value's own dtype is `graph.values[value].dtype`. */
  dtype: DType;
  dims: readonly Dim[];
}

export interface LoweredGraph {
  model: OnnxModel;
  inputs: LoweredInput[];
  outputs: LoweredOutput[];
}

/** Ops whose inputs broadcast, so that an expanded one may be given as it was. */
const broadcasting: ReadonlySet<TraceableOp> = new Set<TraceableOp>([
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'remainder',
  'floor_divide',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'logical_and',
  'logical_or',
  'logical_xor',
  'where',
]);

/**
 * Turns a traced graph into an ONNX model for the given providers.
 *
 * @throws one line where an op has no form for the target (float64 convolutions), a capture to be baked lives on a
 * device, or a dynamic dimension stands where a fixed one is needed.
 */
export function lowerGraph(graph: Graph, target: Target, options: LowerOptions = {}): LoweredGraph {
  return new GraphLowerer(graph, target, options).run();
}

class GraphLowerer {
  private readonly builder = new Builder();
  private readonly context: GraphLowering;
  private readonly refs = new Map<ValueId, Ref>();
  private readonly inputs: LoweredInput[] = [];
  private readonly metas: Map<ValueId, RefMeta & { dims: readonly Dim[] }>;

  constructor(
    private readonly graph: Graph,
    private readonly target: Target,
    private readonly options: LowerOptions,
  ) {
    this.context = new GraphLowering(this.builder, target, options.dynamic);
    this.metas = new Map(
      graph.values.map(({ id, dtype, shape }) => [
        id,
        { dtype: physical(dtype), shape, dims: shape.map((size, i) => this.dimOf(id, i, size)) },
      ]),
    );
  }

  run(): LoweredGraph {
    const { graph, options } = this;
    this.addInputs();
    graph.nodes.forEach((node, i) => this.addNode(node, i));
    this.builder.scope = '';
    this.builder.docString = undefined;
    const outputs = this.outputs();
    const named: NamedOutput[] = outputs.map(({ name, value, role }) => ({ name, ref: this.outputRef(value, role) }));
    const passes = this.context.portable ? [rewriteSums, fuseBias] : [rewriteSums, fuseBias, scaleChannels];
    const { nodes, initializers } = this.builder.finish(named, passes);
    const used = new Set(nodes.flatMap((node) => node.inputs));
    // Arguments stay even if nothing uses them; other unused inputs would only cost a feed.
    const inputs = this.inputs.filter((input) => input.source.kind === 'input' || used.has(input.name));
    const model: OnnxModel = {
      irVersion: this.target.opset >= 21 ? 10 : 9,
      producerName: 'reidgrad',
      opsets: { '': this.target.opset },
      graph: {
        name: graph.name === '' ? 'main' : graph.name,
        nodes,
        initializers,
        inputs: inputs.map(valueInfo),
        outputs: outputs.map(valueInfo),
      },
      metadata: options.metadata ?? {},
      ...(options.docString === undefined ? {} : { docString: options.docString }),
    };
    return { model, inputs, outputs };
  }

  private dimOf(id: ValueId, i: number, size: number): Dim {
    const expression = this.options.dynamic?.dims.get(dimKey(id, i));
    return expression === undefined ? size : { expression, example: size };
  }

  private meta(id: ValueId): RefMeta & { dims: readonly Dim[] } {
    const meta = this.metas.get(id);
    if (meta === undefined)
      throw new Error(`lowerGraph: graph ${this.graph.name} uses value ${id}, which it does not list`);
    return meta;
  }

  private ref(id: ValueId): Ref {
    const ref = this.refs.get(id);
    if (ref === undefined)
      throw new Error(`lowerGraph: graph ${this.graph.name} uses value ${id} before it is computed`);
    return ref;
  }

  private addInputs(): void {
    let arguments_ = 0;
    for (const [id, source] of this.graph.sources) {
      const meta = this.meta(id);
      if (source.kind === 'constant') {
        this.refs.set(id, this.builder.constant(meta.dtype, meta.shape, source.storage.data));
        continue;
      }
      const wanted =
        source.kind === 'input' ? (this.options.inputNames?.[arguments_++] ?? source.name) : nameOf(source);
      const name = this.builder.uniqueName(wanted);
      if (source.kind === 'capture' && this.options.bakeCaptures === true) {
        const { storage } = source.cell.value;
        if (storage.kind !== 'host')
          throw new Error(`lowerGraph: ${name} lives on a ${storage.kind}, expected host data to bake; sync it first`);
        this.refs.set(id, this.builder.initializer(name, meta.dtype, meta.shape, storage.data));
        continue;
      }
      const isWide =
        this.options.int64Inputs === true &&
        this.graph.values.some((value) => value.id === id && value.dtype === 'int64');
      const input: LoweredInput = { name, value: id, source, dtype: isWide ? 'int64' : meta.dtype, dims: meta.dims };
      this.inputs.push(input);
      const ref = this.context.register({ name, dtype: input.dtype, shape: meta.shape, dims: meta.dims });
      this.refs.set(id, isWide ? this.context.cast(ref, 'int32') : ref);
    }
  }

  private addNode<N extends TraceableOp>(node: NodeOf<N>, index: number): void {
    const outs = node.outs.map((id) => this.meta(id));
    let ins = node.ins.map((id) => this.ref(id));
    this.context.begin(
      index,
      node.op,
      [...ins, ...outs].map((meta) => meta.dims),
    );
    this.builder.scope = node.scope;
    const { describeOrigin } = this.options;
    this.builder.docString =
      describeOrigin !== undefined && node.origin !== null ? describeOrigin(node.origin) : undefined;
    if (broadcasting.has(node.op)) ins = dropExpands(this.context, ins, outs[0].dims);
    const lowering: Lowering<N> = lowerings[node.op];
    const results = lowering(this.context, ins, node.attrs, outs);
    node.outs.forEach((id, i) => this.refs.set(id, results[i]));
  }

  private outputRef(value: ValueId, role: LoweredOutput['role']): Ref {
    const ref = this.ref(value);
    if (role === 'check') return this.context.cast(ref, 'int32');
    const producer = this.options.unshapedOutputs === true ? this.context.producer(ref) : undefined;
    return (producer?.opType === 'Reshape' ? producer.ins[0] : null) ?? ref;
  }

  private outputs(): LoweredOutput[] {
    const { graph, options } = this;
    const wanted = [
      ...graph.outputs.map((output, index) => ({
        role: 'output' as const,
        index,
        value: output.value,
        name: options.outputNames?.[index] ?? output.name,
      })),
      ...graph.states.map((state, index) => ({
        role: 'state' as const,
        index,
        value: state.next,
        name: `${state.name}.next`,
      })),
      ...graph.checks.map((check, index) => ({
        role: 'check' as const,
        index,
        value: check.condition,
        name: `check_${index}`,
      })),
    ];
    return wanted.map((output) => {
      const meta = this.meta(output.value);
      return {
        ...output,
        name: this.builder.uniqueName(output.name),
        dtype: output.role === 'check' ? 'int32' : meta.dtype,
        dims: this.outputRef(output.value, output.role).dims,
      };
    });
  }
}

function nameOf(source: Exclude<GraphSource, { kind: 'constant' | 'input' }>): string {
  if (source.kind === 'capture') return source.name;
  return source.kind === 'host' ? source.scalar.name : `random_${source.attrs.distribution}`;
}

/** Dynamic dims are named by their expression, so that equal names mean equal sizes. */
function valueInfo(value: { name: string; dtype: DType; dims: readonly Dim[] }): OnnxValueInfo {
  return {
    name: value.name,
    elemType: onnxTypeOf[value.dtype],
    dims: value.dims.map((dim) => (isSymbolic(dim) ? formatDim(dim) : dim)),
  };
}
