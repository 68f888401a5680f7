import { isFloating } from '@reidgrad/core/graph';
import { append } from './passes.js';
import type { Pass, PassContext, PassNode } from './passes.js';
import { matrixProductOf, productOf, sameDims, sliceOf } from './sum-parts.js';
import type { Product, Slice, Term } from './sum-parts.js';
import type { Ref } from './types.js';

/**
 * Rewrites the sums that autograd leaves:
 *
 * * Products with a shared factor become the product of a sum: G·X + Gᵀ·X, what the gradient of X·Xᵀ adds up, is one
 *   matrix product (G + Gᵀ)·X instead of two, and u∘X + v∘X with columns u and v goes over X once.
 * * Slices amid zeros that fill the whole, what the gradients of the parts of a split tensor add up, become a Concat.
 *
 * Parts that something else uses too stay as they are. Values change by rounding only.
 */
export const rewriteSums: Pass = (node, context) => {
  const [root] = node.outs;
  if (!isSum(node) || !isFloating(root.dtype) || isPartOfSum(root, context)) return null;
  return new Sum(root, context).rewritten();
};

const isSum = ({ opType }: PassNode): boolean => opType === 'Add' || opType === 'Sub';

/** Whether a sum of the same dims uses this value, and nobody else. */
function isPartOfSum(ref: Ref, context: PassContext): boolean {
  const [reader, ...others] = context.readers(ref);
  if (reader === undefined || others.length > 0 || context.isOutput(ref)) return false;
  return isSum(reader) && sameDims(ref, reader.outs[0]);
}

/** One sum with all that only it uses. */
class Sum {
  private readonly made: PassNode[] = [];

  constructor(
    private readonly root: Ref,
    private readonly context: PassContext,
  ) {}

  /** The nodes that take the place of the sum; null where nothing can be joined in it. */
  rewritten(): PassNode[] | null {
    const { root } = this;
    const terms = this.terms(root, 1);
    const occurrences = countBy(terms, ({ ref }) => ref.name);
    const slices = new Map<number, Slice[]>();
    const products = new Map<string, Product[]>();
    const others: Term[] = [];
    for (const term of terms) {
      // What is used elsewhere has to be computed anyway.
      const isOurs =
        occurrences.get(term.ref.name) === this.context.readers(term.ref).length && !this.context.isOutput(term.ref);
      const producer = isOurs ? this.context.producer(term.ref) : undefined;
      const slice = producer && sliceOf(term, producer);
      const product = producer && this.product(term, producer);
      if (slice !== undefined) append(slices, slice.axis, slice);
      else if (product !== undefined) append(products, product.key, product);
      else others.push(term);
    }
    const whole = [...slices.values()].map((group) => ({ group, pieces: piecesOf(group, root) }));
    const isJoined = whole.some(({ pieces }) => pieces !== undefined);
    if (!isJoined && [...products.values()].every(({ length }) => length === 1)) return null;
    for (const { group, pieces } of whole) others.push(...(pieces ? [this.stitched(pieces)] : group));
    for (const group of products.values()) others.push(group.length === 1 ? group[0] : this.joined(group));
    this.add(others, root);
    // The last node gives the value that the sum gave.
    return this.made.map((node, i) => (i === this.made.length - 1 ? { ...node, outs: [root] } : node));
  }

  /** The terms of a sum, through the sums and negations that only it uses. */
  private terms(ref: Ref, sign: 1 | -1): Term[] {
    const node = this.context.producer(ref);
    if (node === undefined || !(ref === this.root || isPartOfSum(ref, this.context))) return [{ ref, sign }];
    const [a, b] = node.ins as Ref[];
    if (node.opType === 'Neg') return this.terms(a, flip(sign));
    if (!isSum(node)) return [{ ref, sign }];
    return [...this.terms(a, sign), ...this.terms(b, node.opType === 'Sub' ? flip(sign) : sign)];
  }

  /** `term` as a product of matrices, or of a large and a small factor. */
  private product(term: Term, node: PassNode): Product | undefined {
    if (node.opType === 'Mul') return productOf(term, node, this.root);
    const [source] = node.ins;
    if (node.opType !== 'Transpose' || source === null || source.shape.length !== 2) {
      return matrixProductOf(term, node, false);
    }
    const inner = this.context.absorbable(source);
    return inner && matrixProductOf(term, inner, true);
  }

  /** The slices of each place added up, and all places one behind the other. */
  private stitched(pieces: readonly Slice[][]): Term {
    const parts = pieces.map((slices) => this.add(slices.map(({ source, sign }) => ({ ref: source, sign }))));
    return { ref: this.emit('Concat', parts, this.root, { axis: pieces[0][0].axis }), sign: 1 };
  }

  /** The product of the shared factor with the sum of the others. */
  private joined(group: readonly Product[]): Term {
    const [{ multiply, sign }] = group;
    const isTransposed = group.every(({ transposed }) => transposed);
    const parts = group.map(({ own, transposed, sign: its }): Term => ({
      ref: transposed && !isTransposed ? this.transpose(own) : own,
      sign: its === sign ? 1 : -1,
    }));
    const { opType, ins, attributes } = multiply(this.add(parts), isTransposed);
    return { ref: this.emit(opType, ins, this.root, attributes), sign };
  }

  private transpose(x: Ref): Ref {
    const spec = { ...x, shape: [...x.shape].reverse(), dims: [...x.dims].reverse() };
    return this.emit('Transpose', [x], spec, { perm: [1, 0] });
  }

  /** Adds terms up. The sum has the dims of `spec`, or of all terms alike. */
  private add(terms: readonly Term[], spec?: Ref): Ref {
    const first = terms.find(({ sign }) => sign === 1) ?? terms[0];
    const like = spec ?? first.ref;
    let total = first.sign === 1 ? first.ref : this.emit('Neg', [first.ref], like);
    for (const term of terms) {
      if (term !== first) total = this.emit(term.sign === 1 ? 'Add' : 'Sub', [total, term.ref], like);
    }
    return total;
  }

  private emit(
    opType: string,
    ins: readonly Ref[],
    { dtype, shape, dims }: Ref,
    attributes: PassNode['attributes'] = {},
  ): Ref {
    const node = this.context.make(opType, ins, { dtype, shape, dims }, attributes);
    this.made.push(node);
    return node.outs[0];
  }
}

const flip = (sign: 1 | -1): 1 | -1 => (sign === 1 ? -1 : 1);

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
