/** What passes over the finished list of nodes share. */
import type { OnnxAttributes } from '../onnx/model.js';
import type { Dim } from './dynamic-dims.js';
import type { Ref, RefMeta } from './types.js';

/** A node as it stands before the graph is written. */
export interface PassNode {
  readonly name: string;
  readonly opType: string;
  readonly ins: readonly (Ref | null)[];
  readonly outs: readonly Ref[];
  readonly attributes: OnnxAttributes;
  readonly docString: string | undefined;
}

/** What a pass may ask and make. */
export interface PassContext {
  /** The node that computes `ref`; none for graph inputs and constants. */
  producer(ref: Ref): PassNode | undefined;
  /** The same where one node alone reads `ref`, and once, so that the producer can become part of it. */
  absorbable(ref: Ref): PassNode | undefined;
  /** The nodes that read `ref`, as often as they do. */
  readers(ref: Ref): readonly PassNode[];
  /** Whether `ref` is an output of the graph. */
  isOutput(ref: Ref): boolean;
  /** A new node that reshapes `x` to fixed sizes. */
  reshape(x: Ref, shape: readonly number[]): PassNode;
  /** A new node with one output. */
  make(
    opType: string,
    ins: readonly Ref[],
    out: RefMeta & { dims: readonly Dim[] },
    attributes: OnnxAttributes,
  ): PassNode;
}

/**
 * Rewrites one node: the nodes to stand in its place, of which the last has its outputs, or null to leave it. What only
 * the old node read is dropped afterwards.
 */
export type Pass = (node: PassNode, context: PassContext) => readonly PassNode[] | null;

/** The sizes of a value as text, to compare. */
export const sizesOf = (ref: Ref): string => ref.shape.join();

/**
 * Applies a pass to every node.
 * @param nodes in order.
 * @param outputs names of the graph's outputs.
 */
export function applyPass(
  pass: Pass,
  nodes: readonly PassNode[],
  outputs: ReadonlySet<string>,
  makers: Pick<PassContext, 'reshape' | 'make'>,
): PassNode[] {
  const producers = new Map<string, PassNode>();
  const readersOf = new Map<string, PassNode[]>();
  for (const node of nodes) {
    for (const out of node.outs) producers.set(out.name, node);
    for (const ref of node.ins) if (ref !== null) append(readersOf, ref.name, node);
  }
  const producer = ({ name }: Ref): PassNode | undefined => producers.get(name);
  const readers = ({ name }: Ref): readonly PassNode[] => readersOf.get(name) ?? [];
  const isOutput = ({ name }: Ref): boolean => outputs.has(name);
  const absorbable = (ref: Ref): PassNode | undefined =>
    readers(ref).length === 1 && !isOutput(ref) ? producer(ref) : undefined;
  const context: PassContext = { producer, absorbable, readers, isOutput, ...makers };
  return nodes.flatMap((node) => pass(node, context) ?? [node]);
}

/** Adds an item to the list of its key. */
export function append<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
