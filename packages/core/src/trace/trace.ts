import { AutogradMeta } from '../autograd/meta.js';
import { runKernel } from '../dispatch.js';
import { describe, numelOf } from '../dtype.js';
import type { Attrs, OpName } from '../ops/table.js';
import type { Meta } from '../ops/types.js';
import { Cell, lastCellId } from '../storage.js';
import type { HostStorage, NodeStorage, Value } from '../storage.js';
import { Tensor } from '../tensor.js';
import type { CheckMessage } from './check.js';
import type { Graph, GraphCheck, GraphNode, GraphSource, GraphState, GraphValue, ValueId } from './graph.js';
import type { HostScalar } from './host-scalar.js';
import { withRecorder } from './recorder.js';
import type { Guard, Recorder } from './recorder.js';
import { currentScope } from './scope.js';
import { buildTree, flattenTree } from './tree.js';
import type { Tree } from './tree.js';

interface Capture {
  original: Value;
  placeholder: Value;
  id: ValueId;
}

/** A `.grad` that the function left behind. */
export interface LeftGrad {
  meta: AutogradMeta;
  value: ValueId;
}

/** A traced function: its graph, and what a runner needs to call it again in place of the function. */
export interface Program {
  graph: Graph;
  /** Structure of the result; its places are `graph.outputs` in order. */
  outputTree: Tree;
  guards: readonly Guard[];
  /** JavaScript that must run after each successful run (step counters). */
  commitHooks: readonly (() => void)[];
  /** Gradients in `.grad` at the end: transient, unless the caller keeps them. */
  leftGrads: readonly LeftGrad[];
  /** Leaves whose `.grad` the function set to null. */
  clearedGrads: readonly AutogradMeta[];
}

/** Options of `trace`. */
export interface TraceOptions {
  /** Name of the graph, for errors. Default: the function's name. */
  name?: string;
  /** Where the function was given, as `file:line`. */
  madeAt?: string;
}

/** Records one run of a function on symbolic tensors. */
export class Trace implements Recorder {
  private readonly values: GraphValue[] = [];
  private readonly sources = new Map<ValueId, GraphSource>();
  private readonly nodes: GraphNode[] = [];
  private readonly checks: GraphCheck[] = [];
  private readonly captures = new Map<Cell, Capture>();
  private readonly constants = new Map<HostStorage, ValueId>();
  private readonly hosts = new Map<string, Value>();
  private readonly guardsByKey = new Map<object, Map<string, Guard>>();
  private readonly gradsBefore = new Map<AutogradMeta, { grad: Tensor | null; gone: string | null }>();
  private readonly linksBefore = new Map<Tensor, AutogradMeta>();
  private readonly names = new Map<Cell, string>();
  private readonly commitHooks: (() => void)[] = [];
  /** 0-d values known while tracing; arithmetic on them is done at once. */
  private readonly known = new Map<ValueId, Value>();
  private readonly startCell = lastCellId();

  constructor(
    private readonly name: string,
    private readonly madeAt: string,
  ) {}

  private symbol(meta: Meta): Value {
    const id = this.values.length;
    this.values.push({ id, dtype: meta.dtype, shape: meta.shape });
    const storage: NodeStorage = { kind: 'node', trace: this, id, madeAt: this.madeAt };
    return { dtype: meta.dtype, shape: meta.shape, storage };
  }

  private source(meta: Meta, source: GraphSource): Value {
    const value = this.symbol(meta);
    this.sources.set(this.idOf(value), source);
    return value;
  }

  owns(storage: NodeStorage): boolean {
    return storage.trace === this;
  }

  /** The number of a symbolic value; literals become constants. */
  private idOf(value: Value): ValueId {
    const { storage } = value;
    if (storage.kind === 'node') {
      if (this.owns(storage)) return storage.id;
      throw new Error(
        `trace: ${describe(value.dtype, value.shape)} escaped the trace of ${storage.madeAt}; return it from the function`,
      );
    }
    if (storage.kind === 'device') {
      throw new Error(`trace: ${describe(value.dtype, value.shape)} on ${storage.device} was made inside the trace`);
    }
    const before = this.constants.get(storage);
    if (before !== undefined) return before;
    storage.holders++;
    const id = this.idOf(this.source(value, { kind: 'constant', storage }));
    this.constants.set(storage, id);
    return id;
  }

  read(cell: Cell): Value {
    const { value } = cell;
    if (value.storage.kind === 'node') {
      this.idOf(value);
      return value;
    }
    if (cell.id > this.startCell) return value;
    const placeholder = this.source(value, { kind: 'capture', cell, name: '' });
    this.captures.set(cell, { original: value, placeholder, id: this.idOf(placeholder) });
    cell.value = placeholder;
    return placeholder;
  }

  /** An argument of the function. */
  input(name: string, value: Meta): Value {
    return this.source({ dtype: value.dtype, shape: value.shape }, { kind: 'input', name });
  }

  record<N extends OpName>(op: N, ins: readonly Value[], attrs: Attrs<N>, outs: readonly Meta[]): Value[] {
    const [first] = ins;
    const [out] = outs;
    // A copy of a value that never changes is the value.
    if ((op === 'expand' || op === 'reshape') && first?.shape.join() === out.shape.join()) return [first];
    if (op === 'random') {
      return [this.source(out, { kind: 'random', attrs: attrs as Attrs<'random'> })];
    }
    const ids = ins.map((value) => this.idOf(value));
    const folded = this.fold(op, ids, attrs, outs);
    if (folded !== null) return [folded];
    const results = outs.map((meta) => this.symbol(meta));
    const node = {
      op,
      ins: ids,
      outs: results.map((value) => this.idOf(value)),
      attrs,
      scope: currentScope(),
      origin: captureOrigin(),
    };
    // One union member per op: `op` and `attrs` come from the same N.
    this.nodes.push(node as unknown as GraphNode);
    if (op === 'full' && numelOf(out.shape) === 1 && out.shape.length === 0) {
      this.known.set(node.outs[0], runKernel(op, [], attrs, outs)[0]);
    }
    return results;
  }

  /** Arithmetic on known numbers is done now: `b - 1` of a gradient is a number like any other. */
  private fold<N extends OpName>(op: N, ids: readonly ValueId[], attrs: Attrs<N>, outs: readonly Meta[]): Value | null {
    const [out] = outs;
    if (ids.length === 0 || outs.length !== 1 || out.shape.length !== 0) return null;
    const values: Value[] = [];
    for (const id of ids) {
      const value = this.known.get(id);
      if (value === undefined) return null;
      values.push(value);
    }
    const [result] = runKernel(op, values, attrs, outs);
    const number = withRecorder(null, () => new Tensor(new Cell(result)).item());
    return this.record('full', [], { shape: [], dtype: out.dtype, value: number }, outs)[0];
  }

  guard(key: object, property: string, guard: Guard): void {
    let properties = this.guardsByKey.get(key);
    if (properties === undefined) {
      properties = new Map<string, Guard>();
      this.guardsByKey.set(key, properties);
    }
    if (!properties.has(property)) properties.set(property, guard);
  }

  gradRead(meta: AutogradMeta): void {
    if (this.gradsBefore.has(meta)) return;
    const was = meta.peekGrad();
    this.guard(meta, 'grad', {
      holds: () => meta.peekGrad() === was,
      describe: () => `a .grad was ${was === null ? 'null' : 'a tensor'} and was replaced`,
    });
  }

  gradWrite(meta: AutogradMeta): void {
    if (!this.gradsBefore.has(meta)) this.gradsBefore.set(meta, { grad: meta.peekGrad(), gone: meta.gradGone });
  }

  linkWrite(tensor: Tensor): void {
    if (tensor.cell.id <= this.startCell && !this.linksBefore.has(tensor)) {
      this.linksBefore.set(tensor, tensor.autograd);
    }
  }

  hostScalar(scalar: HostScalar): Value {
    const before = this.hosts.get(scalar.name);
    if (before !== undefined) return before;
    const value = this.source({ dtype: scalar.dtype, shape: [] }, { kind: 'host', scalar });
    this.hosts.set(scalar.name, value);
    return value;
  }

  check(condition: Value, message: CheckMessage): void {
    this.checks.push({ condition: this.idOf(condition), message });
  }

  nameState(cell: Cell, name: string): void {
    if (!this.names.has(cell)) this.names.set(cell, name);
  }

  onCommit(hook: () => void): void {
    this.commitHooks.push(hook);
  }

  /** Puts every cell, gradient and link back as it was, and says what the function had changed. */
  private restore(): { states: GraphState[]; leftGrads: LeftGrad[]; clearedGrads: AutogradMeta[] } {
    const states: GraphState[] = [];
    for (const [cell, { original, placeholder, id }] of this.captures) {
      const { value } = cell;
      cell.value = original;
      const name = this.names.get(cell) ?? `state_${id}`;
      this.sources.set(id, { kind: 'capture', cell, name });
      if (value === placeholder) continue;
      states.push({ cell, name, current: id, next: this.idOf(value) });
    }
    const leftGrads: LeftGrad[] = [];
    const clearedGrads: AutogradMeta[] = [];
    for (const [meta, { grad, gone }] of this.gradsBefore) {
      const now = meta.peekGrad();
      meta.pokeGrad(grad);
      meta.gradGone = gone;
      if (now === null) clearedGrads.push(meta);
      else if (now !== grad) {
        const { storage } = now.cell.value;
        if (storage.kind === 'node' && this.owns(storage)) leftGrads.push({ meta, value: storage.id });
      }
    }
    for (const [tensor, link] of this.linksBefore) tensor.autograd = link;
    return { states, leftGrads, clearedGrads };
  }

  /** Runs `fn` under this trace. State is as before afterwards, whether it threw or not. */
  run(fn: () => unknown): Program {
    let restored = false;
    try {
      const result = withRecorder(this, fn);
      if (result instanceof Promise) {
        throw new Error(`trace: ${this.name} returned a promise; a traced function must be synchronous`);
      }
      const { tree, leaves } = flattenTree(result, `result of ${this.name}`);
      const outputs = leaves.map(({ path, tensor }, i) => {
        if (tensor.selection !== null) {
          throw new Error(`trace: ${this.name} returns a boolean-mask selection, whose length is unknown; reduce it first`);
        }
        const value = withRecorder(this, () => tensor.read());
        return { name: path === '' ? 'output' : /^\d/.test(path) ? `output_${path}` : path, value: this.idOf(value), i };
      });
      restored = true;
      const { states, leftGrads, clearedGrads } = this.restore();
      return {
        graph: {
          name: this.name,
          values: this.values,
          sources: this.sources,
          nodes: this.nodes,
          outputs: outputs.map(({ name, value }) => ({ name, value })),
          states,
          checks: this.checks,
        },
        outputTree: tree,
        guards: [...this.guardsByKey.values()].flatMap((properties) => [...properties.values()]),
        commitHooks: this.commitHooks,
        leftGrads,
        clearedGrads,
      };
    } finally {
      if (!restored) this.restore();
    }
  }
}

/** Frames kept per node: enough to reach the user's line through gradients and modules. */
const originFrames = 24;

function captureOrigin(): Error {
  // V8's property, absent from the language's types and harmless elsewhere.
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', originFrames);
  const origin = new Error('origin');
  Reflect.set(Error, 'stackTraceLimit', limit);
  return origin;
}

/** `file:line` of the code that called reidgrad, from a recorded stack. */
export function originText(origin: Error | null): string {
  const frames = (origin?.stack ?? '').split('\n').slice(1);
  const own = /[\\/](core|losses|onnx-export)[\\/](src|dist)[\\/]|node:internal/;
  const frame = frames.find((line) => !own.test(line) || /\.test\./.test(line));
  const place = /\(?([^()\s]+:\d+):\d+\)?$/.exec(frame ?? '');
  return place === null ? 'unknown place' : place[1].replace(/^file:\/\//, '');
}

/** The symbolic twin of each tensor in `leaves`. */
export function symbolicInputs(trace: Trace, leaves: readonly { path: string; tensor: Tensor }[]): Tensor[] {
  return leaves.map(({ path, tensor }) => {
    const { dtype, shape } = tensor.cell.value;
    const meta = new AutogradMeta();
    meta.leafRequiresGrad = tensor.requires_grad;
    const twin = new Tensor(new Cell(trace.input(path, { dtype, shape })), meta);
    twin.name = path;
    return twin;
  });
}

/**
 * Runs `fn` once on symbolic twins of `args` and returns what it did as a program. Nothing is computed and no state changes.
 * @throws what `fn` throws; reads of data (`item()`, `tolist()`); promises.
 * @example trace((x) => x.mul(2).sum(), [x]).graph.nodes;
 */
export function trace<Args extends readonly unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  options: TraceOptions = {},
): Program {
  const name = options.name ?? (fn.name === '' ? 'function' : fn.name);
  const { tree, leaves } = flattenTree(args, `arguments of ${name}`);
  const running = new Trace(name, options.madeAt ?? name);
  const twins = symbolicInputs(
    running,
    leaves.map(({ path, tensor }) => ({ path: inputName(path), tensor })),
  );
  // The structure is that of `args`, with other tensors in it.
  const symbolic = buildTree(tree, twins) as Args;
  return running.run(() => fn(...symbolic));
}

/** `input_0`, `input_1.mask`: the default names of arguments. */
export function inputName(path: string): string {
  return `input_${path}`;
}
