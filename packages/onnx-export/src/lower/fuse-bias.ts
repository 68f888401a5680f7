import { isFloating } from '@reidgrad/core/graph';
import type { OnnxAttributes } from '../onnx/model.js';
import type { Ref } from './types.js';

/** A node as it stands before the graph is written. */
export interface FusableNode {
  readonly name: string;
  readonly opType: string;
  readonly ins: readonly (Ref | null)[];
  readonly outs: readonly Ref[];
  readonly attributes: OnnxAttributes;
  readonly docString: string | undefined;
}

const sizes = (ref: Ref): string => ref.shape.join();

/** The bias as its operator takes it, if `added` is one for the output of `product`. */
function biasOf(product: FusableNode, added: Ref, nodes: ReadonlyMap<string, FusableNode>): Ref | undefined {
  const [out] = product.outs;
  const channels = out.shape[1];
  if (product.opType === 'Gemm' || product.opType === 'MatMul') {
    const isMatrix = product.ins.every((ref) => ref?.shape.length === 2);
    return isMatrix && (sizes(added) === `${channels}` || sizes(added) === `1,${channels}`) ? added : undefined;
  }
  if (product.opType !== 'Conv' || sizes(added) !== [1, channels, ...out.shape.slice(2).map(() => 1)].join()) return;
  const reshape = nodes.get(added.name);
  const vector = reshape?.opType === 'Reshape' ? reshape.ins[0] : undefined;
  return vector && sizes(vector) === `${channels}` ? vector : undefined;
}

/**
 * Lets Conv and Gemm add their bias themselves, where a following Add does and nobody else reads their output: one pass
 * over the output less. ONNX Runtime does so for constant biases only, and a training step has none.
 * @param nodes in order.
 * @param outputs names of the graph's outputs.
 */
export function fuseBias<N extends FusableNode>(nodes: readonly N[], outputs: ReadonlySet<string>): N[] {
  const producers = new Map<string, N>();
  const uses = new Map<string, number>();
  for (const node of nodes) {
    for (const out of node.outs) producers.set(out.name, node);
    for (const ref of node.ins) if (ref !== null) uses.set(ref.name, (uses.get(ref.name) ?? 0) + 1);
  }
  const absorbed = new Set<N>();
  const fuse = (node: N): N => {
    if (node.opType !== 'Add' || !isFloating(node.outs[0].dtype)) return node;
    for (const [i, ref] of node.ins.entries()) {
      const product = ref === null ? undefined : producers.get(ref.name);
      const other = node.ins[1 - i];
      if (ref === null || other === null || product === undefined || product.ins.length > 2) continue;
      if (uses.get(ref.name) !== 1 || outputs.has(ref.name) || sizes(ref) !== sizes(node.outs[0])) continue;
      const bias = biasOf(product, other, producers);
      if (bias === undefined) continue;
      absorbed.add(product);
      // In the place of the Add, which the bias precedes.
      const opType = product.opType === 'MatMul' ? 'Gemm' : product.opType;
      return { ...product, opType, ins: [...product.ins, bias], outs: node.outs };
    }
    return node;
  };
  return nodes.map(fuse).filter((node) => !absorbed.has(node));
}
