/** Checks of arguments that every loss makes, with one wording. Shapes and dtypes throw at once; data goes through `check`. */
import { check, no_grad, Tensor } from '@reidgrad/core';
import { badArgument, indexText, isFloating, isInteger, show } from '@reidgrad/core/graph';

/** How a loss names itself and its two arguments in errors. */
export interface CallNames {
  /** The class or function. */
  fn: string;
  embeddings: string;
  labels: string;
  /** The call as it should be, for swapped arguments: `forward(inputs, targets)`. */
  call: string;
}

/** Throws unless `x` is a tensor. */
export function requireTensor(fn: string, name: string, x: unknown): void {
  if (!(x instanceof Tensor)) throw badArgument(fn, name, x, 'a tensor');
}

/** Throws unless `value` is a finite number. */
export function requireNumber(fn: string, name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw badArgument(fn, name, value, 'a finite number');
}

/** Throws unless `value` is an instance of `type`. */
export function requireInstance(
  fn: string,
  name: string,
  value: unknown,
  type: abstract new (...args: never[]) => object,
): void {
  if (!(value instanceof type)) throw badArgument(fn, name, value, `an instance of ${type.name}`);
}

/** Throws unless `x` is a floating matrix with at least one row. */
export function requireMatrix(fn: string, name: string, x: Tensor): void {
  requireTensor(fn, name, x);
  if (x.ndim !== 2 || !isFloating(x.dtype)) {
    throw badArgument(fn, name, x, 'a floating matrix [rows, features]');
  }
  if (x.size(0) === 0) throw badArgument(fn, name, x, 'at least one row');
}

/** Throws unless `x` is a floating tensor. */
export function requireFloating(fn: string, name: string, x: Tensor): void {
  requireTensor(fn, name, x);
  if (!isFloating(x.dtype)) throw badArgument(fn, name, x, 'a floating tensor; convert it with .float()');
}

/** Throws unless the two have the same dtype and, on the given dims, the same sizes. */
export function requireAlike(fn: string, names: [string, string], a: Tensor, b: Tensor, dims: readonly number[]): void {
  const same = a.ndim === b.ndim && dims.every((dim) => a.size(dim) === b.size(dim));
  if (same && a.dtype === b.dtype) return;
  const sizes = a.shape.map((size, dim) => (dims.includes(dim) ? String(size) : '…')).join(', ');
  throw badArgument(fn, names[1], b, `${a.dtype}[${sizes}], as ${names[0]} ${show(a)} has it`);
}

/** Throws unless `labels` is a vector of integers. */
export function requireLabels(fn: string, name: string, labels: Tensor): void {
  requireTensor(fn, name, labels);
  if (!isInteger(labels.dtype)) {
    throw badArgument(fn, name, labels, `integers [rows]; convert it with .long()`);
  }
  if (labels.ndim !== 1) {
    throw badArgument(fn, name, labels, `one dim [rows]; flatten it with .view(-1)`);
  }
}

/**
 * Requires logits [N, K] and labels [N] from 0 to K − 1.
 * @param classes the K that the logits must have; left out: any.
 * @throws at once for rank, dtype and sizes; through `check` for the labels, naming the row.
 */
export function requireClasses(
  fn: string,
  [logitsName, labelsName]: readonly [string, string],
  logits: Tensor,
  labels: Tensor,
  classes?: number,
): void {
  requireMatrix(fn, logitsName, logits);
  requireLabels(fn, labelsName, labels);
  const columns = logits.size(1);
  if (classes !== undefined && columns !== classes) {
    throw badArgument(fn, logitsName, logits, `one column per class, ${classes}`);
  }
  requireLabelsBelow(fn, labelsName, labels, columns);
  if (logits.size(0) === labels.size(0)) return;
  throw badArgument(fn, labelsName, labels, `one label per row of ${logitsName} ${show(logits)}`);
}

/** Checks that labels are from 0 to `classes` − 1; the error names the rows where not. */
export function requireLabelsBelow(fn: string, name: string, labels: Tensor, classes: number): void {
  check(labels.ge(0).logical_and(labels.lt(classes)), (rows) =>
    indexText(fn, name, labels, rows, [0, classes - 1], 'row'),
  );
}

/**
 * Requires embeddings [N, D] and labels [N] that belong together, and features whose squares are finite: with a NaN,
 * every distance of its row is one, and which row it was is lost in the loss.
 * @throws at once for rank, dtype and swapped arguments; through `check` for the features.
 */
export function requireBatch(names: CallNames, embeddings: Tensor, labels: Tensor): void {
  const { fn } = names;
  requireTensor(fn, names.embeddings, embeddings);
  requireTensor(fn, names.labels, labels);
  if (embeddings.ndim === 1 && labels.ndim === 2 && isFloating(labels.dtype)) {
    const swapped = `[rows, features]; it and ${names.labels} are swapped, the call is ${names.call}`;
    throw badArgument(fn, names.embeddings, embeddings, swapped);
  }
  requireMatrix(fn, names.embeddings, embeddings);
  requireLabels(fn, names.labels, labels);
  if (embeddings.size(0) !== labels.size(0)) {
    throw badArgument(fn, names.labels, labels, `one label per row of ${names.embeddings} ${show(embeddings)}`);
  }
  requireFiniteRows(fn, names.embeddings, embeddings);
}

/** Checks that the squares of each row have a finite sum; the error names the first row without. */
function requireFiniteRows(fn: string, name: string, x: Tensor): void {
  // The same expression as in the distances, so that a compiled graph computes it once.
  const norms = no_grad(() => x.mul(x).sum(1, true));
  check(
    norms.lt(Infinity),
    ([row]) =>
      `${fn}: ${name}: row ${row} has a feature that is NaN, infinite or too large to be squared, expected finite ones`,
  );
}
