import { CallError, badArgument, isTensor, requireOptions, requireTensor, show } from '../errors.js';
import { add, ones_like, zeros } from '../functions/index.js';
import { numelOf } from '../dtype.js';
import type { Tensor } from '../tensor.js';
import { checkGradient } from './anomaly.js';
import type { AutogradMeta } from './meta.js';
import { enable_grad, is_grad_enabled, no_grad } from './mode.js';
import type { Edge, TapeNode } from './tape.js';

/** Options of `backward` and `autograd.grad`. */
export interface BackwardOptions {
  /** Keep saved values, so that backward can run again. Default: the value of `create_graph`. */
  retain_graph?: boolean;
  /** Record the backward itself, for derivatives of higher order. Default false. */
  create_graph?: boolean;
}

/** Gradients at nodes, in descending order of application. */
class Pending {
  private readonly grads = new Map<TapeNode, (Tensor | null)[]>();
  private readonly queue: TapeNode[] = [];

  add(node: TapeNode, nr: number, grad: Tensor): void {
    let slots = this.grads.get(node);
    if (slots === undefined) {
      slots = node.outMetas.map(() => null);
      this.grads.set(node, slots);
      let at = this.queue.length;
      while (at > 0 && (this.queue[at - 1]?.seq ?? 0) > node.seq) at--;
      this.queue.splice(at, 0, node);
    }
    const before = slots[nr] ?? null;
    slots[nr] = before === null ? grad : add(before, grad);
  }

  /** The latest node with its gradients. */
  pop(): { node: TapeNode; grads: (Tensor | null)[] } | null {
    const node = this.queue.pop();
    if (node === undefined) return null;
    const grads = this.grads.get(node) ?? [];
    this.grads.delete(node);
    return { node, grads };
  }
}

function rootGradient(root: Tensor, given: Tensor | null | undefined, name: string, argument: string): Tensor {
  if (given) {
    if (!isTensor(given)) throw badArgument(name, argument, given, `a tensor of the shape of ${show(root)}`);
    if (given.shape.join() !== root.shape.join()) {
      throw badArgument(name, argument, given, `the shape of ${show(root)}`);
    }
    return given;
  }
  if (numelOf(root.shape) !== 1) {
    const way = 'sum() or mean() it first, or pass a gradient of its shape';
    throw new CallError(name, `got ${show(root)}, expected a scalar, whose gradient is 1; ${way}`);
  }
  return no_grad(() => ones_like(root));
}

function applyHooks(meta: AutogradMeta, grad: Tensor): Tensor {
  let result = grad;
  for (const hook of meta.hooks ?? []) result = hook(result) ?? result;
  return result;
}

/** Gradients of leaves, summed over all uses before hooks see them. */
type LeafGrads = Map<AutogradMeta, Tensor>;

function accumulate(meta: AutogradMeta, incoming: Tensor, createGraph: boolean): void {
  const grad = applyHooks(meta, incoming);
  const before = meta.grad;
  // A clone or copy: another leaf may receive the same gradient, and `.grad` is written in place.
  if (before === null) meta.grad = createGraph ? grad.clone() : grad.detachCopy();
  else if (createGraph) meta.grad = add(before, grad);
  else no_grad(() => before.add_(grad));
}

/** Limits a walk to what `autograd.grad` asks for; nothing else is run or freed. */
interface Wanted {
  leaves: ReadonlySet<AutogradMeta>;
  /** Nodes on the way to an input. */
  nodes: ReadonlySet<TapeNode>;
  /** Outputs of nodes that are inputs themselves. */
  results: ReadonlyMap<TapeNode, Map<number, Tensor>>;
}

/**
 * Nodes from which a wanted leaf or result is reached, without recursion: tapes are deep.
 * @param stopAtResults whether what results were computed from is left alone.
 */
function nodesTowards(roots: readonly TapeNode[], wanted: Omit<Wanted, 'nodes'>, stopAtResults = false): Set<TapeNode> {
  const seen = new Set<TapeNode>(roots);
  const isEnd = (node: TapeNode): boolean => stopAtResults && wanted.results.has(node);
  for (const node of seen) {
    if (isEnd(node)) continue;
    for (const edge of node.edges) if (edge !== null && 'node' in edge) seen.add(edge.node);
  }
  const towards = new Set<TapeNode>();
  // Inputs of a node were applied before it, so in ascending order they are decided first.
  for (const node of [...seen].sort((a, b) => a.seq - b.seq)) {
    const leads = node.edges.some((edge) => {
      if (edge === null || isEnd(node)) return false;
      if ('leaf' in edge) return wanted.leaves.has(edge.leaf);
      return towards.has(edge.node) || wanted.results.has(edge.node);
    });
    if (leads) towards.add(node);
  }
  return towards;
}

function walk(
  roots: readonly { tensor: Tensor; grad: Tensor }[],
  options: Required<BackwardOptions>,
  wanted: Wanted | null,
): LeafGrads {
  const pending = new Pending();
  const leaves: LeafGrads = new Map();
  const deliver = (meta: AutogradMeta, grad: Tensor): void => {
    if (wanted !== null && !wanted.leaves.has(meta)) return;
    const before = leaves.get(meta);
    leaves.set(meta, before === undefined ? grad : add(before, grad));
  };
  for (const { tensor, grad } of roots) {
    const { grad_fn: node, output_nr: nr } = tensor.autograd;
    if (node === null) deliver(tensor.autograd, grad);
    else pending.add(node, nr, grad);
  }
  for (let next = pending.pop(); next !== null; next = pending.pop()) {
    const { node, grads } = next;
    for (const { nr, hook } of node.outputHooks ?? []) {
      const grad = grads[nr];
      if (grad) grads[nr] = hook(grad) ?? grad;
    }
    const results = wanted?.results.get(node);
    if (results) grads.forEach((grad, nr) => grad && results.set(nr, grad));
    if (wanted !== null && !wanted.nodes.has(node)) continue;
    const thunks = node.run(grads);
    node.edges.forEach((edge, i) => {
      const thunk = thunks[i];
      if (edge === null || !thunk) return;
      const needed =
        wanted === null ||
        ('leaf' in edge ? wanted.leaves.has(edge.leaf) : wanted.nodes.has(edge.node) || wanted.results.has(edge.node));
      if (!needed) return;
      const grad = thunk();
      if (grad === null) return;
      checkGradient(node, i, grad);
      if ('leaf' in edge) deliver(edge.leaf, grad);
      else pending.add(edge.node, edge.nr, grad);
    });
    if (!options.retain_graph) node.release();
  }
  return leaves;
}

function complete(options: BackwardOptions): Required<BackwardOptions> {
  const create_graph = options.create_graph ?? false;
  return { create_graph, retain_graph: options.retain_graph ?? create_graph };
}

/** The engine behind `Tensor.backward`: accumulates into the `.grad` of every leaf. */
export function backward(root: Tensor, gradient?: Tensor | null, options: BackwardOptions = {}): void {
  if (!root.requires_grad) {
    const why = 'nothing on the way to it asked for gradients, or it was computed in no_grad or from detached tensors';
    throw new CallError('backward', `${show(root)} does not require grad and has no grad_fn: ${why}`);
  }
  const full = complete(options);
  const grad = rootGradient(root, gradient, 'backward', 'gradient');
  const mode = full.create_graph ? enable_grad : no_grad;
  mode(() => {
    for (const [meta, g] of walk([{ tensor: root, grad }], full, null)) accumulate(meta, g, full.create_graph);
  });
}

/**
 * @internal Gradients at `edges` of outputs whose own gradients are `grads`; nothing behind an edge is touched, and no
 * hook of a leaf runs. For a part of the tape that is recomputed.
 */
export function gradientsAt(
  outputs: readonly Tensor[],
  grads: readonly Tensor[],
  edges: readonly Edge[],
): (Tensor | null)[] {
  const leaves = new Set<AutogradMeta>();
  const results = new Map<TapeNode, Map<number, Tensor>>();
  for (const edge of edges) {
    if ('leaf' in edge) leaves.add(edge.leaf);
    else results.set(edge.node, new Map());
  }
  const roots = outputs.map((tensor, i) => ({ tensor, grad: grads[i] }));
  const starts = outputs.flatMap((output) => output.grad_fn ?? []);
  const nodes = nodesTowards(starts, { leaves, results }, true);
  // Under create_graph the gradients are on the tape themselves, which needs what was saved.
  const found = walk(roots, complete({ create_graph: is_grad_enabled() }), { leaves, results, nodes });
  return edges.map((edge) =>
    'leaf' in edge ? (found.get(edge.leaf) ?? null) : (results.get(edge.node)?.get(edge.nr) ?? null),
  );
}

/** Options of `autograd.grad`. */
export interface GradOptions extends BackwardOptions {
  /** Gradients of the outputs; needed for outputs that are not scalars. */
  grad_outputs?: Tensor | readonly (Tensor | null)[] | null;
  /** Give `null` for inputs that the outputs do not depend on, instead of throwing. Default false. */
  allow_unused?: boolean;
  /** Give zeros for such inputs. Default false. */
  materialize_grads?: boolean;
}

// Array.isArray does not narrow readonly arrays.
const isList = <T>(x: object): x is readonly T[] => Array.isArray(x);
const asList = (x: Tensor | readonly Tensor[]): readonly Tensor[] => (isList<Tensor>(x) ? x : [x]);

/**
 * Gradients of `outputs` with respect to `inputs`, as `torch.autograd.grad`: nothing is accumulated in `.grad`.
 * @returns one gradient per input; `null` only with `allow_unused`.
 * @throws when an input does not require grad, or is not used and `allow_unused` is false.
 * @example const [dx] = autograd.grad(loss, [x], { create_graph: true });
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { allow_unused: true },
): (Tensor | null)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  requireOptions('autograd.grad', options);
  const outs = asList(outputs);
  const ins = asList(inputs);
  const given = options.grad_outputs;
  const gradOutputs = given === null || given === undefined ? [] : isList<Tensor | null>(given) ? given : [given];
  const full = complete(options);
  const requireGrad = (argument: string, x: Tensor): void => {
    requireTensor('autograd.grad', argument, x);
    if (!x.requires_grad) throw badArgument('autograd.grad', argument, x, 'a tensor that requires grad');
  };
  ins.forEach((input, i) => requireGrad(`inputs[${i}]`, input));
  const metas = ins.map((input) => input.autograd);
  const leafTargets = new Set(metas.filter((meta) => meta.grad_fn === null));
  const results = new Map<TapeNode, Map<number, Tensor>>();
  for (const { grad_fn: node } of metas) if (node !== null) results.set(node, new Map());
  const mode = full.create_graph ? enable_grad : no_grad;
  const leaves = mode(() => {
    const roots = outs.map((tensor, i) => {
      requireGrad(`outputs[${i}]`, tensor);
      return { tensor, grad: rootGradient(tensor, gradOutputs[i], 'autograd.grad', `grad_outputs[${i}]`) };
    });
    const starts = roots.flatMap(({ tensor }) => tensor.autograd.grad_fn ?? []);
    const targets = { leaves: leafTargets, results };
    const found = walk(roots, full, { ...targets, nodes: nodesTowards(starts, targets) });
    for (const [meta, g] of found) found.set(meta, applyHooks(meta, g));
    return found;
  });
  return metas.map((meta, i) => {
    const input = ins[i];
    const found = meta.grad_fn === null ? leaves.get(meta) : results.get(meta.grad_fn)?.get(meta.output_nr);
    if (found !== undefined) return found;
    if (options.materialize_grads) return zeros(input.shape, { dtype: input.dtype });
    if (options.allow_unused) return null;
    const expected = 'a tensor that the outputs depend on; { allow_unused: true } gives null for it';
    throw badArgument('autograd.grad', `inputs[${i}]`, input, expected);
  });
}
