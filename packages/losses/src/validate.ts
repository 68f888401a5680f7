/** Checks of arguments that every loss makes, with one wording. Shapes and dtypes throw at once; data goes through `check`. */
import { check, describeTensor, isFloating, isInteger, no_grad, Tensor } from '@reidgrad/core';

/** How a loss names itself and its two arguments in errors. */
export interface CallNames {
  /** The class or function. */
  fn: string;
  embeddings: string;
  labels: string;
  /** The call as it should be, for swapped arguments: `forward(inputs, targets)`. */
  call: string;
}

/** `float32[6, 2]`. */
function got(x: Tensor): string {
  return describeTensor(x.dtype, x.shape);
}

/** What is not a tensor, in words. Callers without type checks get here. */
function kindOf(x: unknown): string {
  if (x === null) return 'null';
  return Array.isArray(x) ? 'an array' : typeof x;
}

/** Throws unless `x` is a tensor. */
function requireTensor(fn: string, name: string, x: unknown): void {
  if (!(x instanceof Tensor)) throw new Error(`${fn}: ${name} must be a tensor, got ${kindOf(x)}`);
}

/** Throws unless `value` is a finite number. */
export function requireNumber(fn: string, name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  throw new Error(`${fn}: ${name} must be a finite number, got ${text}`);
}

/** Throws unless `x` is a floating matrix with at least one row. */
export function requireMatrix(fn: string, name: string, x: Tensor): void {
  requireTensor(fn, name, x);
  if (x.ndim !== 2 || !isFloating(x.dtype)) {
    throw new Error(`${fn}: ${name} must be a floating matrix [rows, features], got ${got(x)}`);
  }
  if (x.size(0) === 0) throw new Error(`${fn}: ${name} must have at least one row, got ${got(x)}`);
}

/** Throws unless `x` is a floating tensor. */
export function requireFloating(fn: string, name: string, x: Tensor): void {
  requireTensor(fn, name, x);
  if (!isFloating(x.dtype)) throw new Error(`${fn}: ${name} must be a floating tensor, got ${got(x)}`);
}

/** Throws unless the two have the same dtype and, on the given dims, the same sizes. */
export function requireAlike(fn: string, names: [string, string], a: Tensor, b: Tensor, dims: readonly number[]): void {
  const same = a.ndim === b.ndim && dims.every((dim) => a.size(dim) === b.size(dim));
  if (same && a.dtype === b.dtype) return;
  throw new Error(`${fn}: ${names[0]} ${got(a)} and ${names[1]} ${got(b)} do not fit each other`);
}

/** Throws unless `labels` is a vector of integers. */
export function requireLabels(fn: string, name: string, labels: Tensor): void {
  requireTensor(fn, name, labels);
  if (!isInteger(labels.dtype)) {
    throw new Error(`${fn}: ${name} must be integers [rows], got ${got(labels)}; convert them with ${name}.long()`);
  }
  if (labels.ndim !== 1) {
    throw new Error(`${fn}: ${name} must have one dim [rows], got ${got(labels)}; flatten them with ${name}.view(-1)`);
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
    throw new Error(`${fn}: ${logitsName} must have one column per class, ${classes}, got ${got(logits)}`);
  }
  requireLabelsBelow(fn, labelsName, labels, columns);
  if (logits.size(0) === labels.size(0)) return;
  throw new Error(
    `${fn}: ${logitsName} ${got(logits)} and ${labelsName} ${got(labels)} differ in their number of rows`,
  );
}

/** Checks that labels are from 0 to `classes` − 1; the error names the first row where not. */
export function requireLabelsBelow(fn: string, name: string, labels: Tensor, classes: number): void {
  check(
    labels.ge(0).logical_and(labels.lt(classes)),
    ([row]) => `${fn}: row ${row} of ${name} is not a class from 0 to ${classes - 1}`,
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
    throw new Error(
      `${fn}: ${names.embeddings} and ${names.labels} are swapped: got ${names.embeddings} ${got(embeddings)} and ` +
        `${names.labels} ${got(labels)}, expected ${names.call}`,
    );
  }
  requireMatrix(fn, names.embeddings, embeddings);
  requireLabels(fn, names.labels, labels);
  if (embeddings.size(0) !== labels.size(0)) {
    throw new Error(
      `${fn}: ${names.embeddings} ${got(embeddings)} and ${names.labels} ${got(labels)} differ in their number of rows`,
    );
  }
  requireFiniteRows(fn, names.embeddings, embeddings);
}

/** Checks that the squares of each row have a finite sum; the error names the first row without. */
function requireFiniteRows(fn: string, name: string, x: Tensor): void {
  // The same expression as in the distances, so that a compiled graph computes it once.
  const norms = no_grad(() => x.mul(x).sum(1, true));
  check(
    norms.lt(Infinity),
    ([row]) => `${fn}: row ${row} of ${name} has a feature that is NaN, infinite or too large to be squared`,
  );
}
