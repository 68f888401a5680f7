/** Trading time for memory: parts of the forward pass that the backward pass computes again. */
import { isFloating } from '../dtype.js';
import { badArgument } from '../errors.js';
import { zeros } from '../functions/create.js';
import type { Meta } from '../ops/types.js';
import { defaultGenerator } from '../random/generator.js';
import { Tensor } from '../tensor.js';
import { recorder } from '../trace/recorder.js';
import { currentScope } from '../trace/scope.js';
import { gradientsAt } from './engine.js';
import { letGo, linked, snapshot, throughNode } from './function.js';
import type { AutogradMeta } from './meta.js';
import { enable_grad, is_grad_enabled } from './mode.js';
import { TapeNode, edgeOf, lastSequence } from './tape.js';
import type { Edge } from './tape.js';

type Result = Tensor | readonly unknown[];

// Array.isArray does not narrow readonly arrays.
const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);

const tensorsOf = (result: unknown): Tensor[] =>
  (isList(result) ? result : [result]).filter((value) => value instanceof Tensor);

/** One run of the function with gradients, its tensor arguments cut off from their past by nodes of their own. */
interface Run<Out> {
  result: Out;
  /** Per argument: where its gradient arrives; null where none is wanted. */
  ins: (Edge | null)[];
}

function run<Args extends readonly unknown[], Out extends Result>(fn: (...args: Args) => Out, args: Args): Run<Out> {
  const ins: (Edge | null)[] = [];
  const inner = args.map((arg) => {
    if (!(arg instanceof Tensor) || !arg.requires_grad) {
      ins.push(null);
      return arg;
    }
    const [copy] = throughNode('checkpoint', [arg], (grads) => grads);
    ins.push(edgeOf(copy));
    return copy;
  });
  // The list has the arguments' types: only handles were exchanged.
  return { result: enable_grad(() => fn(...(inner as unknown as Args))), ins };
}

/** Leaves and earlier results that the function uses besides its arguments. Releases the tape in between. */
function closedOver(outputs: readonly Tensor[], ins: readonly (Edge | null)[], since: number): Edge[] {
  const ends = new Set(ins.flatMap((edge) => (edge !== null && 'node' in edge ? edge.node : [])));
  const seen = new Set<TapeNode>();
  const leaves = new Set<AutogradMeta>();
  const results = new Map<string, Edge>();
  const follow = (edge: Edge | null): void => {
    if (edge === null) return;
    if ('leaf' in edge) leaves.add(edge.leaf);
    else if (edge.node.seq > since) seen.add(edge.node);
    else results.set(`${edge.node.seq} ${edge.nr}`, edge);
  };
  outputs.forEach((output) => follow(edgeOf(output)));
  for (const node of seen) {
    if (ends.has(node)) continue;
    node.edges.forEach(follow);
    node.release();
  }
  return [...[...leaves].map((leaf) => ({ leaf })), ...results.values()];
}

/**
 * Runs `fn(...args)` and keeps only its arguments; the backward pass runs it again for what it needs, with the same
 * random draws. Gradients and numbers are those without it. Running statistics are updated by both runs, as in PyTorch.
 * Inside a trace it just calls `fn`.
 * @param fn gives a tensor or a list; it must compute the same again.
 * @returns what `fn` returned.
 * @throws when `fn` returns a promise or anything but a tensor or a list.
 * @example const out = torch.utils.checkpoint.checkpoint((x) => block.forward(x), x);
 */
export function checkpoint<Args extends readonly unknown[], Out extends Result>(
  fn: (...args: Args) => Out,
  ...args: Args
): Out {
  if (typeof fn !== 'function') throw badArgument('checkpoint', 'fn', fn, 'a function of the arguments after it');
  if (recorder() !== null || !is_grad_enabled()) return fn(...args);
  const draws = defaultGenerator.get_state();
  const since = lastSequence();
  const { result, ins } = run(fn, args);
  if (!(result instanceof Tensor) && !isList(result)) {
    throw badArgument('checkpoint', 'fn', result, 'a function that returns a tensor or a list');
  }
  const outputs = tensorsOf(result);
  const others = closedOver(outputs, ins, since);
  if (!outputs.some((output) => output.requires_grad)) return result;
  const saved = args.map((arg) => (arg instanceof Tensor ? snapshot(arg) : arg));
  const metas = outputs.map(({ dtype, shape }): Meta => ({ dtype, shape }));
  const edges = [...args.map((arg) => (arg instanceof Tensor ? edgeOf(arg) : null)), ...others];
  const backward = (grads: readonly (Tensor | null)[]): ((() => Tensor | null) | null)[] => {
    const now = defaultGenerator.get_state();
    defaultGenerator.set_state(draws);
    const again = run(fn, saved as unknown as Args);
    defaultGenerator.set_state(now);
    const outs = tensorsOf(again.result);
    const used = outs.flatMap((output, i) => (output.requires_grad ? [i] : []));
    const wanted = [...again.ins, ...others];
    const known = wanted.filter((edge) => edge !== null);
    const found = gradientsAt(
      used.map((i) => outs[i]),
      used.map((i) => grads[i] ?? zeros(metas[i].shape, { dtype: metas[i].dtype })),
      known,
    );
    return wanted.map((edge) => (edge === null ? null : () => found[known.indexOf(edge)]));
  };
  const release = (): void => letGo(saved.filter((value) => value instanceof Tensor));
  const node = new TapeNode('checkpoint', edges, metas, backward, release, currentScope());
  const finals = new Map(
    outputs.map((output, nr) => {
      const final = new Tensor(output.detachCopy().cell);
      return [output, output.requires_grad && isFloating(output.dtype) ? linked(final, node, nr) : final];
    }),
  );
  const final = (value: unknown): unknown => (value instanceof Tensor ? finals.get(value) : value);
  // The structure is that of `result`, with other handles in it.
  return (isList(result) ? result.map(final) : final(result)) as Out;
}
