/** Sums of products in Einstein's notation. */
import type { CallError } from '../errors.js';
import { badArgument, dims, requireTensor } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { diagonal } from './arrange.js';
import { cast, mul, promotedType } from './pointwise.js';
import { sum } from './reduce.js';
import { matmul } from './linalg.js';
import { permute, reshape } from './shape.js';

/** A tensor with one label per dim. Labels of dims under an ellipsis are `.0`, `.1`, … counted from the last. */
interface Labelled {
  x: Tensor;
  labels: readonly string[];
}

const refuse = (argument: string, got: unknown, expected: string): CallError =>
  badArgument('einsum', argument, got, expected);

/** The labels that `text` names; `hidden(n)` dims stand for its ellipsis where it names n others. */
function labelsOf(equation: string, text: string, hiddenDims: (named: number) => number): string[] {
  const letters = text.replace('...', '');
  if (/[^A-Za-z]/.test(letters)) {
    throw refuse('equation', equation, `letters and at most one '...' for each tensor, unlike '${text}'`);
  }
  const count = hiddenDims(letters.length);
  if (!text.includes('...')) return [...letters];
  const hidden = Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);
  const before = text.indexOf('...');
  return [...letters.slice(0, before), ...hidden, ...letters.slice(before)];
}

/** Takes the diagonal where a label occurs twice in one operand. */
function withoutRepeats({ x, labels }: Labelled): Labelled {
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice === undefined) return { x, labels };
  const [a, b] = [labels.indexOf(twice), labels.lastIndexOf(twice)];
  const rest = labels.filter((_, i) => i !== a && i !== b);
  return withoutRepeats({ x: diagonal(x, 0, a, b), labels: [...rest, twice] });
}

/** Sums over dims whose label nobody needs. */
function keepOnly({ x, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const gone = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  if (gone.length === 0) return { x, labels };
  return { x: sum(x, { dim: gone, dtype: x.dtype }), labels: labels.filter((label) => needed.has(label)) };
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The product of two operands, summed over the labels that both have and nobody needs later. */
function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const sizes = new Map<string, number>();
  for (const { x, labels } of [a, b]) {
    labels.forEach((label, i) => sizes.set(label, Math.max(sizes.get(label) ?? 1, x.shape[i])));
  }
  // A dim of size 1 against a longer one broadcasts: the short side drops it and the long side keeps it.
  const squeezed = [a, b].map(({ x, labels }) => {
    const kept = labels.filter((label, i) => x.shape[i] === sizes.get(label));
    return {
      x: reshape(
        x,
        kept.map((label) => sizes.get(label) ?? 1),
      ),
      labels: kept,
    };
  });
  const [left, right] = squeezed;
  const alone = (one: Labelled, other: Labelled): Labelled => keepOnly(one, new Set([...needed, ...other.labels]));
  const [l, r] = [alone(left, right), alone(right, left)];
  const shared = l.labels.filter((label) => r.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const summed = shared.filter((label) => !needed.has(label));
  const own = ({ labels }: Labelled): string[] => labels.filter((label) => !shared.includes(label));
  const [rows, columns] = [own(l), own(r)];
  const sizesOf = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label) ?? 1);
  const arrange = ({ x, labels }: Labelled, order: readonly string[]): Tensor =>
    permute(
      x,
      order.map((label) => labels.indexOf(label)),
    );
  const labels = [...batch, ...rows, ...columns];
  if (summed.length === 0) {
    const wide = reshape(arrange(l, [...batch, ...rows]), [
      ...sizesOf(batch),
      ...sizesOf(rows),
      ...columns.map(() => 1),
    ]);
    const tall = reshape(arrange(r, [...batch, ...columns]), [
      ...sizesOf(batch),
      ...rows.map(() => 1),
      ...sizesOf(columns),
    ]);
    return { x: mul(wide, tall), labels };
  }
  const inner = product(sizesOf(summed));
  const matrices = matmul(
    reshape(arrange(l, [...batch, ...rows, ...summed]), [...sizesOf(batch), product(sizesOf(rows)), inner]),
    reshape(arrange(r, [...batch, ...summed, ...columns]), [...sizesOf(batch), inner, product(sizesOf(columns))]),
  );
  return { x: reshape(matrices, sizesOf(labels)), labels };
}

/**
 * The sum of products that `equation` names, from left to right: `einsum('ij,jk->ik', a, b)` is a matrix product. Supports
 * an ellipsis (broadcast), labels repeated in one operand (diagonals), and a result left out (labels that occur once,
 * in alphabetical order, after the ellipsis).
 * @throws one line naming the equation where it does not fit the operands.
 */
export function einsum(equation: string, ...operands: (Tensor | readonly Tensor[])[]): Tensor {
  const tensors = operands.flat() as readonly Tensor[];
  for (const [i, x] of tensors.entries()) requireTensor('einsum', `operands[${i}]`, x);
  if (typeof equation !== 'string') throw badArgument('einsum', 'equation', equation, "a string like 'ij,jk->ik'");
  const [inputs, output] = equation.replace(/\s+/g, '').split('->');
  const texts = inputs.split(',');
  if (texts.length !== tensors.length) {
    throw refuse('operands', tensors, `${texts.length} tensors, as equation '${equation}' names`);
  }
  const dtype = promotedType(...tensors);
  const named = texts.map((text, i) => ({
    x: cast(tensors[i], dtype),
    labels: labelsOf(equation, text, (named) => {
      const more = tensors[i].ndim - named;
      if (more === 0 || (more > 0 && text.includes('...'))) return more;
      throw refuse(`operands[${i}]`, tensors[i], `${dims(named)}, as '${text}' of equation '${equation}' names`);
    }),
  }));
  const sizes = new Map<string, number>();
  for (const [k, { x, labels }] of named.entries()) {
    labels.forEach((label, i) => {
      const before = sizes.get(label) ?? 1;
      if (before !== 1 && x.shape[i] !== 1 && before !== x.shape[i]) {
        const where = `'${label}' of equation '${equation}'`;
        throw refuse(`operands[${k}]`, x, `size ${before} at dim ${i}, for ${where} as before`);
      }
      sizes.set(label, Math.max(before, x.shape[i]));
    });
  }
  const all = named.flatMap(({ labels }) => labels);
  const hidden = Math.max(0, ...named.map(({ labels }) => labels.filter((label) => label.startsWith('.')).length));
  const implicit = [...new Set(all)].filter(
    (label) => /^[A-Za-z]$/.test(label) && all.filter((l) => l === label).length === 1,
  );
  const wanted = output ?? `...${implicit.sort().join('')}`;
  const result = labelsOf(equation, wanted, () => (wanted.includes('...') ? hidden : 0));
  for (const label of result) {
    if (!sizes.has(label) || result.indexOf(label) !== result.lastIndexOf(label)) {
      throw refuse('equation', equation, `labels of operands in its result, each once, unlike '${label}'`);
    }
  }
  const parts = named.map((part) => withoutRepeats(part));
  let total = parts[0];
  for (const [i, part] of parts.entries()) {
    const needed = new Set([...result, ...parts.slice(i + 1).flatMap(({ labels }) => labels)]);
    total = i === 0 ? keepOnly(part, needed) : contract(total, part, needed);
  }
  return permute(
    total.x,
    result.map((label) => total.labels.indexOf(label)),
  );
}
