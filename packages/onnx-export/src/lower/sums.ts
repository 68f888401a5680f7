import { isFloating } from '@reidgrad/core/graph';
import type { OnnxAttributes } from '../onnx/model.js';
import type { OutputSpec, PendingNode, Place } from './builder.js';
import { matrixProductOf, productOf, sameDims, sliceOf } from './sum-parts.js';
import type { Product, Slice, Term } from './sum-parts.js';
import type { Ref } from './types.js';

/** Makes a node, which is not yet in any list. */
export type MakeNode = (
  opType: string,
  ins: readonly Ref[],
  specs: readonly OutputSpec[],
  attributes: OnnxAttributes,
  place: Place,
) => PendingNode;

/**
 * Rewrites the sums that autograd leaves:
 *
 * * Products with a shared factor become the product of a sum: G·X + Gᵀ·X, what the gradient of X·Xᵀ adds up, is one
 *   matrix product (G + Gᵀ)·X instead of two, and u∘X + v∘X with columns u and v goes over X once.
 * * Slices amid zeros that fill the whole, what the gradients of the parts of a split tensor add up, become a Concat.
 *
 * Parts that something else uses too stay as they are. Values change by rounding only.
 * @param nodes in order, without dead ones.
 * @param outputs names of values that must stay.
 * @returns nodes in order; those that are not needed any more are still among them.
 */
export function rewriteSums(
  nodes: readonly PendingNode[],
  outputs: ReadonlySet<string>,
  make: MakeNode,
): PendingNode[] {
  return new Sums(nodes, outputs, make).run();
}

class Sums {
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
  private product(term: Term, node: PendingNode, root: Ref): Product | undefined {
    if (node.opType === 'Mul') return productOf(term, node, root);
    const [source] = node.ins;
    if (node.opType !== 'Transpose' || source === null || source.shape.length !== 2 || !this.isUsedOnce(source)) {
      return matrixProductOf(term, node, false);
    }
    const inner = this.producers.get(source.name);
    return inner && matrixProductOf(term, inner, true);
  }

  /** Replaces a sum, if something can be joined in it. */
  private rewrite(node: PendingNode): boolean {
    const [root] = node.outs;
    if (!isFloating(root.dtype)) return false;
    const terms = this.terms(root, 1, root);
    const occurrences = countBy(terms, ({ ref }) => ref.name);
    const slices = new Map<string, Slice[]>();
    const products = new Map<string, Product[]>();
    const others: Term[] = [];
    for (const term of terms) {
      // What is used elsewhere has to be computed anyway.
      const isOurs = occurrences.get(term.ref.name) === this.uses.get(term.ref.name);
      const producer = isOurs ? this.producers.get(term.ref.name) : undefined;
      const slice = producer && sliceOf(term, producer);
      const product = producer && this.product(term, producer, root);
      if (slice !== undefined) append(slices, String(slice.axis), slice);
      else if (product !== undefined) append(products, product.key, product);
      else others.push(term);
    }
    const whole = [...slices.values()].map((group) => ({ group, pieces: piecesOf(group, root) }));
    const isJoined = whole.some(({ pieces }) => pieces !== undefined);
    if (!isJoined && [...products.values()].every(({ length }) => length === 1)) return false;
    for (const { group, pieces } of whole) others.push(...(pieces ? [this.stitched(pieces, root, node)] : group));
    for (const group of products.values()) others.push(group.length === 1 ? group[0] : this.joined(group, node));
    this.add(others, node, root);
    return true;
  }

  /** The slices of each place added up, and all places one behind the other. */
  private stitched(pieces: readonly Slice[][], root: Ref, like: PendingNode): Term {
    const parts = pieces.map((slices) =>
      this.add(
        slices.map(({ source, sign }) => ({ ref: source, sign })),
        like,
      ),
    );
    return { ref: this.emit('Concat', parts, root, { axis: pieces[0][0].axis }, like), sign: 1 };
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

function append<T>(groups: Map<string, T[]>, key: string, item: T): void {
  groups.set(key, [...(groups.get(key) ?? []), item]);
}

/** The slices by their places in order, if these fill all of the axis once; none where there is only one place. */
function piecesOf(slices: readonly Slice[], root: Ref): Slice[][] | undefined {
  const places = new Map<string, Slice[]>();
  for (const slice of slices) append(places, `${slice.start} ${slice.end}`, slice);
  const pieces = [...places.values()].sort(([a], [b]) => a.start - b.start);
  let end = 0;
  for (const [slice] of pieces) {
    if (slice.start !== end) return undefined;
    end = slice.end;
  }
  return pieces.length > 1 && end === root.shape[slices[0].axis] ? pieces : undefined;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
