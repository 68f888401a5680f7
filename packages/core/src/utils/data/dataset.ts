import { badArgument, requireList } from '../../errors.js';
import { defaultGenerator } from '../../random/generator.js';
import type { Generator } from '../../random/generator.js';
import { Tensor } from '../../tensor.js';

/** Samples by number, as `torch.utils.data.Dataset`: `get(i)` stands for `__getitem__`, `length` for `__len__`. */
export abstract class Dataset<T> {
  /** Sample `index`, 0 to length − 1; a promise where it must be loaded. */
  abstract get(index: number): T;
  /** Number of samples. */
  abstract get length(): number;
}

/** A dataset, or anything that is one: an array, an object with `get` and `length`. */
export type DatasetLike<T> = readonly T[] | { get(index: number): T; readonly length: number };

/** @internal Throws unless `value` has a length, as lists and datasets have. */
export function requireSized(fn: string, argument: string, value: unknown): void {
  const { length } = (value ?? {}) as { length?: unknown };
  if (typeof length !== 'number') throw badArgument(fn, argument, value, 'a list, or an object with get and length');
}

/** @internal Sample `index`. Throws out of range. */
export function sampleOf<T>(dataset: DatasetLike<T>, index: number, fn = 'DataLoader'): T {
  if (!Number.isInteger(index) || index < 0 || index >= dataset.length) {
    throw badArgument(fn, 'index', index, `an integer from 0 to ${dataset.length - 1}`);
  }
  return 'get' in dataset ? dataset.get(index) : dataset[index];
}

/** Rows of tensors that have one first size: sample i is the list of their rows i. Throws where the sizes differ. */
export class TensorDataset extends Dataset<Tensor[]> {
  readonly tensors: readonly Tensor[];

  constructor(...tensors: Tensor[]) {
    super();
    if (tensors.length === 0 || tensors.some((tensor) => !(tensor instanceof Tensor) || tensor.ndim === 0)) {
      throw badArgument('TensorDataset', 'tensors', tensors, 'at least one tensor, each with rows');
    }
    if (tensors.some((tensor) => tensor.size(0) !== tensors[0].size(0))) {
      throw badArgument('TensorDataset', 'tensors', tensors, `one first size, as ${tensors[0].size(0)} in tensors[0]`);
    }
    this.tensors = tensors;
  }

  get(index: number): Tensor[] {
    return this.tensors.map((tensor) => tensor.index(index));
  }

  get length(): number {
    return this.tensors[0].size(0);
  }
}

/** The samples of a dataset at some indices. */
export class Subset<T> extends Dataset<T> {
  constructor(
    readonly dataset: DatasetLike<T>,
    readonly indices: readonly number[],
  ) {
    super();
  }

  get(index: number): T {
    return sampleOf(this.dataset, this.indices[index], 'Subset');
  }

  get length(): number {
    return this.indices.length;
  }
}

/** Datasets one after the other. Throws for none. */
export class ConcatDataset<T> extends Dataset<T> {
  readonly datasets: readonly DatasetLike<T>[];
  /** Where each dataset ends. */
  readonly cumulative_sizes: readonly number[];

  constructor(datasets: Iterable<DatasetLike<T>>) {
    super();
    this.datasets = [...(datasets ?? [])];
    if (this.datasets.length === 0) throw badArgument('ConcatDataset', 'datasets', datasets, 'at least one dataset');
    let total = 0;
    this.cumulative_sizes = this.datasets.map(({ length }) => (total += length));
  }

  get(index: number): T {
    const at = index < 0 ? index + this.length : index;
    const which = this.cumulative_sizes.findIndex((end) => at < end);
    if (which < 0 || at < 0) {
      throw badArgument('ConcatDataset', 'index', index, `an integer from ${-this.length} to ${this.length - 1}`);
    }
    return sampleOf(this.datasets[which], at - (this.cumulative_sizes[which - 1] ?? 0));
  }

  get length(): number {
    return this.cumulative_sizes[this.cumulative_sizes.length - 1];
  }
}

/**
 * Splits a dataset by a random permutation, PyTorch's for the same seed.
 * @param lengths of the parts, or fractions that add up to 1; what rounding leaves goes to the first parts.
 * @throws when the lengths do not add up.
 * @example const [train, held] = random_split(dataset, [0.9, 0.1], new torch.Generator().manual_seed(0));
 */
export function random_split<T>(
  dataset: DatasetLike<T>,
  lengths: readonly number[],
  generator: Generator = defaultGenerator,
): Subset<T>[] {
  requireSized('random_split', 'dataset', dataset);
  requireList('random_split', 'lengths', lengths, 'lengths');
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let sizes = [...lengths];
  if (Math.abs(total - 1) <= 1e-9 && total <= 1 && lengths.every((length) => length >= 0 && length <= 1)) {
    sizes = lengths.map((fraction) => Math.floor(dataset.length * fraction));
    const rest = dataset.length - sizes.reduce((sum, size) => sum + size, 0);
    for (let i = 0; i < rest; i++) sizes[i % sizes.length]++;
  }
  const sum = sizes.reduce((all, size) => all + size, 0);
  if (sum !== dataset.length || !sizes.every((size) => Number.isInteger(size) && size >= 0)) {
    throw badArgument(
      'random_split',
      'lengths',
      lengths,
      `integers that add up to ${dataset.length}, or fractions to 1`,
    );
  }
  const order = [...generator.randperm(sum)];
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return new Subset(dataset, order.slice(start - size, start));
  });
}
