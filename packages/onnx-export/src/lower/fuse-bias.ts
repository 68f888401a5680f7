import { isFloating } from '@reidgrad/core/graph';
import { sizesOf } from './passes.js';
import type { Pass, PassContext, PassNode } from './passes.js';
import type { Ref } from './types.js';

/** The bias as its operator takes it, if `added` is one for the output of `product`. */
function biasOf(product: PassNode, added: Ref, context: PassContext): Ref | undefined {
  const [out] = product.outs;
  const channels = out.shape[1];
  if (product.opType === 'Gemm' || product.opType === 'MatMul') {
    const isMatrix = product.ins.every((ref) => ref?.shape.length === 2);
    return isMatrix && [`${channels}`, `1,${channels}`].includes(sizesOf(added)) ? added : undefined;
  }
  const perChannel = [1, channels, ...out.shape.slice(2).map(() => 1)];
  if (product.opType !== 'Conv' || sizesOf(added) !== perChannel.join()) return undefined;
  const reshape = context.producer(added);
  const vector = reshape?.opType === 'Reshape' ? reshape.ins[0] : undefined;
  return vector && sizesOf(vector) === `${channels}` ? vector : undefined;
}

/**
 * Lets Conv and Gemm add their bias themselves, where a following Add does and nobody else reads their output: one pass
 * over the output less. ONNX Runtime does so for constant biases only, and a training step has none.
 */
export const fuseBias: Pass = (node, context) => {
  const [out] = node.outs;
  if (node.opType !== 'Add' || !isFloating(out.dtype)) return null;
  for (const [i, sum] of node.ins.entries()) {
    const added = node.ins[1 - i];
    if (sum === null || added === null || sizesOf(sum) !== sizesOf(out)) continue;
    const product = context.absorbable(sum);
    if (product === undefined || product.ins.length > 2) continue;
    const bias = biasOf(product, added, context);
    if (bias === undefined) continue;
    // In the place of the Add, which the bias precedes.
    const opType = product.opType === 'MatMul' ? 'Gemm' : product.opType;
    return [{ ...product, opType, ins: [...product.ins, bias], outs: node.outs }];
  }
  return null;
};
