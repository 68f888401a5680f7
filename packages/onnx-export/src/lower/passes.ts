/** What passes over the finished list of nodes share. */
import type { OnnxAttributes } from '../onnx/model.js';
import type { Ref } from './types.js';

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
  /** A new node that reshapes `x` to fixed sizes. */
  reshape(x: Ref, shape: readonly number[]): PassNode;
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
  reshape: PassContext['reshape'],
): PassNode[] {
  const producers = new Map<string, PassNode>();
  const reads = new Map<string, number>();
  for (const node of nodes) {
    for (const out of node.outs) producers.set(out.name, node);
    for (const ref of node.ins) if (ref !== null) reads.set(ref.name, (reads.get(ref.name) ?? 0) + 1);
  }
  const producer = ({ name }: Ref): PassNode | undefined => producers.get(name);
  const absorbable = (ref: Ref): PassNode | undefined =>
    reads.get(ref.name) === 1 && !outputs.has(ref.name) ? producer(ref) : undefined;
  return nodes.flatMap((node) => pass(node, { producer, absorbable, reshape }) ?? [node]);
}
