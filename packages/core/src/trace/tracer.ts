import { AutogradMeta } from '../autograd/meta.js';
import type { TapeNode } from '../autograd/tape.js';
import { runKernel } from '../dispatch.js';
import { describe } from '../dtype.js';
import type { Shape } from '../dtype.js';
import { badArgument } from '../errors.js';
import type { Attrs, OpName } from '../ops/table.js';
import type { Meta } from '../ops/types.js';
import { Cell, lastCellId } from '../storage.js';
import type { HostStorage, NodeStorage, Value } from '../storage.js';
import { Tensor } from '../tensor.js';
import type { CheckMessage } from './check.js';
import type { Graph, GraphCheck, GraphNode, GraphSource, GraphState, GraphValue, ValueId } from './graph.js';
import type { HostScalar } from './host-scalar.js';
import { captureOrigin } from './origin.js';
import { withRecorder } from './recorder.js';
import type { Guard, Recorder } from './recorder.js';
import { GradSlot } from './grad-slot.js';
import { currentScope, located } from './scope.js';
import { flattenTree } from './tree.js';
import type { FixedSize, LeftGrad, Program } from './program.js';
import type { Leaf, Tree } from './tree.js';

interface Capture {
  original: Value;
  placeholder: Value;
  id: ValueId;
  lease: string | null;
}

const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i]);

/** What keeps a polynomial of sizes one, so that it can be told for a dynamic axis. Not div: 1 / n stays two numbers. */
const folded: ReadonlySet<OpName> = new Set<OpName>(['add', 'sub', 'mul', 'neg', 'cast']);

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
  private readonly gradsRead = new Set<AutogradMeta>();
  private readonly slots: GradSlot[] = [];
  private readonly linksBefore = new Map<Tensor, AutogradMeta>();
  private readonly requiresGradBefore = new Map<AutogradMeta, boolean>();
  /** Leaves that the function made itself: nobody sees their gradients later. */
  private readonly ownLeaves = new Set<AutogradMeta>();
  /** The guard of a leaf comes just before the read that tells whether the leaf is older than the trace. */
  private pending: { key: AutogradMeta; guard: Guard } | null = null;
  private readonly tape = new WeakSet<TapeNode>();
  private readonly names = new Map<Cell, string>();
  private readonly commitHooks: (() => void)[] = [];
  private readonly fixedSizes: FixedSize[] = [];
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
    this.settleLeaf(cell.id <= this.startCell);
    if (value.storage.kind === 'node') {
      this.idOf(value);
      return value;
    }
    if (cell.id > this.startCell) return value;
    const placeholder = this.source(value, { kind: 'capture', cell, name: '' });
    // A run may have leased the cell: the value is swapped back before anyone else sees it.
    this.captures.set(cell, { original: value, placeholder, id: this.idOf(placeholder), lease: cell.lease });
    cell.lease = null;
    cell.value = placeholder;
    const { dtype, shape } = value;
    const was = describe(dtype, shape);
    this.guard(cell, 'value', {
      holds: () => cell.value.dtype === dtype && sameShape(cell.value.shape, shape),
      describe: () => `${this.stateName(cell)} was ${was} and is now ${describe(cell.value.dtype, cell.value.shape)}`,
    });
    return placeholder;
  }

  private stateName(cell: Cell): string {
    return this.names.get(cell) ?? 'a captured tensor';
  }

  private settleLeaf(isOld: boolean): void {
    const { pending } = this;
    this.pending = null;
    if (pending === null) return;
    const { key, guard } = pending;
    if (isOld && !this.requiresGradBefore.has(key)) {
      this.requiresGradBefore.set(key, key.leafRequiresGrad);
      this.guard(key, 'requires_grad of the leaf', guard);
    }
    // What the tape saved of an old leaf is a new handle with the leaf's own side.
    if (!this.requiresGradBefore.has(key)) this.ownLeaves.add(key);
    else this.ownLeaves.delete(key);
  }

  taped(node: TapeNode): void {
    for (const edge of node.edges) {
      if (edge === null || !('node' in edge) || this.tape.has(edge.node)) continue;
      const [{ dtype, shape }] = edge.node.outMetas;
      throw new Error(
        `${this.name}: ${describe(dtype, shape)} was computed before the trace by ${edge.node.name} and requires grad, ` +
          'so gradients would leave the traced function; pass it in as an argument, or use its detach()',
      );
    }
    this.tape.add(node);
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
    if (op === 'full' && out.shape.length === 0) {
      this.known.set(node.outs[0], runKernel(op, [], attrs, outs)[0]);
    }
    return results;
  }

  /** Such arithmetic on known numbers is done now: `b - 1` of a gradient is a number like any other. */
  private fold<N extends OpName>(op: N, ids: readonly ValueId[], attrs: Attrs<N>, outs: readonly Meta[]): Value | null {
    const [out] = outs;
    if (!folded.has(op) || outs.length !== 1 || out.shape.length !== 0) return null;
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
    if (property === 'requires_grad' && key instanceof AutogradMeta) {
      this.pending = { key, guard };
      return;
    }
    let properties = this.guardsByKey.get(key);
    if (properties === undefined) {
      properties = new Map<string, Guard>();
      this.guardsByKey.set(key, properties);
    }
    if (!properties.has(property)) properties.set(property, guard);
  }

  gradRead(meta: AutogradMeta): void {
    this.guardHooks(meta);
    if (this.gradsBefore.has(meta) || this.gradsRead.has(meta)) return;
    this.gradsRead.add(meta);
    const was = meta.peekGrad();
    if (was !== null) this.slots.push(new GradSlot(meta, was));
    else {
      this.guard(meta, 'grad', {
        holds: () => meta.peekGrad() === null && meta.gradGone === null,
        describe: () => 'a .grad was null and is a tensor now',
      });
    }
  }

  private guardHooks(meta: AutogradMeta): void {
    const was = [...(meta.hooks ?? [])];
    this.guard(meta, 'hooks', {
      holds: () => (meta.hooks ?? []).length === was.length && was.every((hook, i) => meta.hooks?.[i] === hook),
      describe: () => `the hooks of a leaf were ${was.length} and are now ${meta.hooks?.length ?? 0}, or others`,
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
    const inModule = located();
    this.checks.push({ condition: this.idOf(condition), message: (failing) => inModule(message(failing)) });
  }

  nameState(cell: Cell, name: string): void {
    if (!this.names.has(cell)) this.names.set(cell, name);
  }

  onCommit(hook: () => void): void {
    this.commitHooks.push(hook);
  }

  fixSize(size: number, why: string): void {
    this.fixedSizes.push({ size, why });
  }

  /** What the function left in `.grad` slots. */
  private gradsAfter(twins: readonly Tensor[]): Pick<Program, 'leftGrads' | 'assignedGrads' | 'clearedGrads'> {
    const leftGrads: LeftGrad[] = [];
    const assignedGrads: { meta: AutogradMeta; grad: Tensor }[] = [];
    const clearedGrads: AutogradMeta[] = [];
    for (const [meta, { grad: before }] of this.gradsBefore) {
      const grad = meta.peekGrad();
      const argument = twins.findIndex((twin) => twin.autograd === meta);
      if (argument < 0 && (this.ownLeaves.has(meta) || meta.grad_fn !== null)) continue;
      if (grad === null) {
        if (argument < 0) clearedGrads.push(meta);
      } else if (grad.cell.id <= this.startCell) {
        if (grad !== before) assignedGrads.push({ meta, grad });
      } else {
        const value = withRecorder(this, () => this.idOf(grad.read()));
        leftGrads.push({ leaf: argument < 0 ? meta : argument, value, accumulates: this.gradsRead.has(meta) });
      }
    }
    return { leftGrads, assignedGrads, clearedGrads };
  }

  /** Captured cells that the function changed. */
  private statesAfter(): GraphState[] {
    const states: GraphState[] = [];
    const taken = new Set<string>();
    for (const [cell, { placeholder, id }] of this.captures) {
      const wanted = this.names.get(cell) ?? `state_${id}`;
      // Two models in one function may have parameters of equal paths.
      let name = wanted;
      for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
      taken.add(name);
      this.sources.set(id, { kind: 'capture', cell, name });
      const { value } = cell;
      if (value !== placeholder) states.push({ cell, name, current: id, next: this.idOf(value) });
    }
    return states;
  }

  /** Puts every cell, gradient and link back as it was, and drops what only a running trace needs. */
  private restore(): void {
    for (const [cell, { original, lease }] of this.captures) {
      cell.lease = null;
      cell.value = original;
      cell.lease = lease;
    }
    for (const [meta, { grad, gone }] of this.gradsBefore) {
      meta.pokeGrad(grad);
      meta.gradGone = gone;
    }
    for (const [tensor, link] of this.linksBefore) tensor.autograd = link;
    // Escaped tensors refer to the trace, and it must not keep the values of this moment alive.
    for (const map of [
      this.captures,
      this.gradsBefore,
      this.linksBefore,
      this.guardsByKey,
      this.known,
      this.constants,
    ]) {
      map.clear();
    }
    this.ownLeaves.clear();
    this.gradsRead.clear();
  }

  private outputs(result: unknown): { tree: Tree; outputs: Graph['outputs'] } {
    const { tree, leaves } = flattenTree(result, this.name, 'result');
    const outputs = leaves.map(({ path, tensor }) => {
      if (tensor.selection !== null) {
        throw badArgument(this.name, 'result', tensor, 'a tensor whose length is known; reduce the selection first');
      }
      const value = withRecorder(this, () => tensor.read());
      return { name: path === '' ? 'output' : /^\d/.test(path) ? `output_${path}` : path, value: this.idOf(value) };
    });
    return { tree, outputs };
  }

  /**
   * Runs `fn` under this trace on symbolic twins of `leaves`. State is as before afterwards, whether it threw or not.
   */
  run(leaves: readonly Leaf[], fn: (twins: readonly Tensor[]) => unknown): Program {
    const twins = leaves.map((leaf) => this.twin(leaf));
    const before = twins.map(({ cell }) => cell.value);
    let finished = false;
    try {
      const { tree, outputs } = this.outputs(withRecorder(this, () => fn(twins)));
      twins.forEach((twin, i) => {
        if (twin.cell.value === before[i]) return;
        throw new Error(
          `${this.name}: ${leaves[i].path}: is written in place, which a compiled call cannot do to the caller's tensor; ` +
            'clone() it first and return the result',
        );
      });
      const grads = this.gradsAfter(twins);
      for (const { leaf } of grads.leftGrads) {
        if (typeof leaf !== 'number' || leaves[leaf].tensor.is_leaf) continue;
        throw new Error(
          `${this.name}: ${leaves[leaf].path}: is a result that requires grad, and gradients would stop at it; ` +
            'pass its detach(), or compile what computes it too',
        );
      }
      const states = this.statesAfter();
      const guards = [...this.guardsByKey.values()].flatMap((properties) => [...properties.values()]);
      finished = true;
      return {
        graph: {
          name: this.name,
          values: this.values,
          sources: this.sources,
          nodes: this.nodes,
          outputs,
          states,
          checks: this.checks,
        },
        outputTree: tree,
        guards: [...guards, ...this.slots],
        gradSlots: this.slots.map((slot) => slot.connect(this.sources, states)),
        commitHooks: this.commitHooks,
        fixedSizes: this.fixedSizes,
        ...grads,
      };
    } finally {
      if (!finished) {
        for (const storage of this.constants.keys()) storage.holders--;
        for (const [meta, was] of this.requiresGradBefore) meta.leafRequiresGrad = was;
      }
      this.restore();
    }
  }

  /** The symbolic twin of an argument. */
  private twin({ path, tensor }: Leaf): Tensor {
    const { dtype, shape } = tensor.cell.value;
    const meta = new AutogradMeta();
    meta.leafRequiresGrad = tensor.requires_grad;
    const twin = new Tensor(new Cell(this.source({ dtype, shape }, { kind: 'input', name: path })), meta);
    twin.name = path;
    return twin;
  }
}
