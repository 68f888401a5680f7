import { isFloating, numelOf } from '@reidgrad/core/graph';
import type { OnnxAttributes } from '../onnx/model.js';
import type { OutputSpec, PendingNode, Place } from './builder.js';
import { formatDims } from './dynamic-dims.js';
import type { Ref } from './types.js';

/** Makes a node, which is not yet in any list. */
export type MakeNode = (
  opType: string,
  ins: readonly Ref[],
  specs: readonly OutputSpec[],
  attributes: OnnxAttributes,
  place: Place,
) => PendingNode;

/** A value that is added or subtracted. */
interface Term {
  ref: Ref;
  sign: 1 | -1;
}

/** A term as a product with the factor that it may share. */
interface Product extends Term {
  /** Equal for terms whose sum is one product. */
  key: string;
  /** The factor that differs, and whether it is meant transposed. */
  own: Ref;
  transposed: boolean;
  /** `own times the shared factor`. */
  multiply: (own: Ref, transposed: boolean) => { opType: string; ins: Ref[]; attributes: OnnxAttributes };
}

/**
 * Sums of products that share a factor become the product of a sum: G·X + Gᵀ·X, what the gradient of X·Xᵀ adds up, is
 * one matrix product (G + Gᵀ)·X instead of two, and u∘X + v∘X with columns u and v goes over X once.
 *
 * Products that something else uses too stay as they are. Sums change by rounding only.
 * @param nodes in order, without dead ones.
 * @param outputs names of values that must stay.
 * @returns nodes in order; those that are not needed any more are still among them.
 */
export function shareFactors(
  nodes: readonly PendingNode[],
  outputs: ReadonlySet<string>,
  make: MakeNode,
): PendingNode[] {
  return new Sharing(nodes, outputs, make).run();
}

class Sharing {
  private readonly producers = new Map<string, PendingNode>();
  private readonly uses = new Map<string, number>();
  /** Values that a sum of the same dims uses, and nobody else: parts of that sum. */
  private readonly inner = new Set<string>();
  private readonly result: PendingNode[] = [];

  constructor(
    private readonly nodes: readonly PendingNode[],
    outputs: ReadonlySet<string>,
    private readonly make: MakeNode,
  ) {
    for (const node of nodes) {
      for (const out of node.outs) this.producers.set(out.name, node);
      for (const ref of node.ins) if (ref !== null) this.uses.set(ref.name, (this.uses.get(ref.name) ?? 0) + 1);
    }
    for (const name of outputs) this.uses.set(name, (this.uses.get(name) ?? 0) + 1);
    for (const node of nodes.filter(isSum)) {
      for (const ref of node.ins)
        if (ref && sameDims(ref, node.outs[0]) && this.isUsedOnce(ref)) this.inner.add(ref.name);
    }
  }

  run(): PendingNode[] {
    for (const node of this.nodes) {
      if (!isSum(node) || this.inner.has(node.outs[0].name) || !this.rewrite(node)) this.result.push(node);
    }
    return this.result;
  }

  private isUsedOnce(ref: Ref): boolean {
    return this.uses.get(ref.name) === 1;
  }

  /** The terms of a sum, through the sums and negations that only it uses. */
  private terms(ref: Ref, sign: 1 | -1, root: Ref): Term[] {
    const node = this.producers.get(ref.name);
    const isRoot = ref === root;
    if (node === undefined || !(isRoot || this.inner.has(ref.name))) return [{ ref, sign }];
    const [a, b] = node.ins as Ref[];
    if (node.opType === 'Neg') return this.terms(a, flip(sign), root);
    if (!isSum(node)) return [{ ref, sign }];
    return [...this.terms(a, sign, root), ...this.terms(b, node.opType === 'Sub' ? flip(sign) : sign, root)];
  }

  /** `term` as a product of matrices, or of a large and a small factor. */
  private product(term: Term, root: Ref): Product | undefined {
    const node = this.producers.get(term.ref.name);
    if (node === undefined) return undefined;
    if (node.opType === 'Mul') return productOf(term, node, root);
    const [source] = node.ins;
    if (node.opType !== 'Transpose' || source === null || source.shape.length !== 2 || !this.isUsedOnce(source)) {
      return matrixProductOf(term, node, false);
    }
    const inner = this.producers.get(source.name);
    return inner && matrixProductOf(term, inner, true);
  }

  /** Replaces a sum, if factors can be shared in it. */
  private rewrite(node: PendingNode): boolean {
    const [root] = node.outs;
    if (!isFloating(root.dtype)) return false;
    const terms = this.terms(root, 1, root);
    const occurrences = countBy(terms, ({ ref }) => ref.name);
    const groups = new Map<string, Product[]>();
    const others: Term[] = [];
    for (const term of terms) {
      // Used elsewhere, the product has to be computed anyway.
      const isOurs = occurrences.get(term.ref.name) === this.uses.get(term.ref.name);
      const product = isOurs ? this.product(term, root) : undefined;
      if (product === undefined) others.push(term);
      else groups.set(product.key, [...(groups.get(product.key) ?? []), product]);
    }
    if ([...groups.values()].every(({ length }) => length === 1)) return false;
    const sums = [...groups.values()].map((group) => (group.length === 1 ? group[0] : this.joined(group, node)));
    this.add([...others, ...sums], node, root);
    return true;
  }

  /** The product of the shared factor with the sum of the others. */
  private joined(group: readonly Product[], like: PendingNode): Term {
    const [{ multiply, sign }] = group;
    const isTransposed = group.every(({ transposed }) => transposed);
    const parts = group.map(({ own, transposed, sign: its }): Term => ({
      ref: transposed && !isTransposed ? this.transpose(own, like) : own,
      sign: its === sign ? 1 : -1,
    }));
    const sum = this.add(parts, like);
    const { opType, ins, attributes } = multiply(sum, isTransposed);
    return { ref: this.emit(opType, ins, like.outs[0], attributes, like), sign };
  }

  private transpose(x: Ref, like: PendingNode): Ref {
    const spec = { dtype: x.dtype, shape: [...x.shape].reverse(), dims: [...x.dims].reverse() };
    return this.emit('Transpose', [x], spec, { perm: [1, 0] }, like);
  }

  /** Adds terms up, to `into` if it is given. The dims are those of `into`, or of all terms alike. */
  private add(terms: readonly Term[], like: PendingNode, into?: Ref): Ref {
    const first = terms.find(({ sign }) => sign === 1) ?? terms[0];
    const rest = terms.filter((term) => term !== first);
    const spec = into ?? first.ref;
    let total = first.ref;
    if (first.sign === -1) total = this.emit('Neg', [total], spec, {}, like);
    for (const { ref, sign } of rest) total = this.emit(sign === 1 ? 'Add' : 'Sub', [total, ref], spec, {}, like);
    // The last node gives the value that the sum gave.
    const last = this.result.at(-1);
    if (into !== undefined && last !== undefined) this.result[this.result.length - 1] = { ...last, outs: [into] };
    return total;
  }

  private emit(
    opType: string,
    ins: readonly Ref[],
    { dtype, shape, dims }: OutputSpec,
    attributes: OnnxAttributes,
    place: Place,
  ): Ref {
    const node = this.make(opType, ins, [{ dtype, shape, dims }], attributes, place);
    this.result.push(node);
    return node.outs[0];
  }
}

const isSum = ({ opType }: PendingNode): boolean => opType === 'Add' || opType === 'Sub';
const flip = (sign: 1 | -1): 1 | -1 => (sign === 1 ? -1 : 1);
const sameDims = (a: Ref, b: Ref): boolean => formatDims(a.dims) === formatDims(b.dims);

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** A factor as large as the sum, and one that is broadcast to it. */
function productOf(term: Term, { ins }: PendingNode, root: Ref): Product | undefined {
  const [a, b] = ins as [Ref, Ref];
  const [large, small] = sameDims(a, root) ? [a, b] : [b, a];
  if (!sameDims(large, root) || numelOf(small.shape) >= numelOf(large.shape)) return undefined;
  return {
    ...term,
    key: `${large.name} ${formatDims(small.dims)}`,
    own: small,
    transposed: false,
    multiply: (own) => ({ opType: 'Mul', ins: [own, large], attributes: {} }),
  };
}

/** A product of two matrices, with the right one as the shared factor. */
function matrixProductOf(term: Term, node: PendingNode, isTransposed: boolean): Product | undefined {
  const { opType, attributes, ins } = node;
  const [left, right, bias] = ins as [Ref, Ref, Ref | undefined];
  const isPlain = Object.keys(attributes).every((name) => name === 'transA' || name === 'transB');
  if ((opType !== 'Gemm' && opType !== 'MatMul') || bias !== undefined || !isPlain) return undefined;
  if (left.shape.length !== 2 || right.shape.length !== 2) return undefined;
  const a = { ref: left, transposed: attributes.transA === 1 };
  const b = { ref: right, transposed: attributes.transB === 1 };
  // (A B)ᵀ = Bᵀ Aᵀ.
  const [own, shared] = isTransposed ? [turned(b), turned(a)] : [a, b];
  return {
    ...term,
    key: `${shared.ref.name} ${shared.transposed}`,
    own: own.ref,
    transposed: own.transposed,
    multiply: (sum, transposed) => ({
      opType: 'Gemm',
      ins: [sum, shared.ref],
      attributes: { transA: transposed ? 1 : 0, transB: shared.transposed ? 1 : 0 },
    }),
  };
}

const turned = ({ ref, transposed }: { ref: Ref; transposed: boolean }): { ref: Ref; transposed: boolean } => ({
  ref,
  transposed: !transposed,
});
