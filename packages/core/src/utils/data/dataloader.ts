import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { CallError, badArgument, requireCount } from '../../errors.js';
import { defaultGenerator } from '../../random/generator.js';
import type { Generator } from '../../random/generator.js';
import { default_collate } from './collate.js';
import type { Collated } from './collate.js';
import { requireSized, sampleOf } from './dataset.js';
import type { DatasetLike } from './dataset.js';
import { BatchSampler, RandomSampler, SequentialSampler, drawSeed } from './sampler.js';

const ORDER = 'batch_size shuffle sampler batch_sampler num_workers collate_fn';

type Indices<T> = Iterable<T> & { readonly length: number };

/** Options of DataLoader; PyTorch's names and defaults. */
export interface DataLoaderOptions<T, Batch> {
  /** Samples per batch; null: every sample alone, not collated. Default 1. */
  batch_size?: number | null;
  /** A new random order every epoch. Default false. */
  shuffle?: boolean;
  /** The order of samples, instead of `shuffle`. */
  sampler?: Indices<number> | null;
  /** The batches, instead of `batch_size`, `shuffle`, `sampler` and `drop_last`. */
  batch_sampler?: Indices<readonly number[]> | null;
  /** Makes one batch of samples. Default `default_collate`. */
  collate_fn?: ((samples: T[]) => Batch) | null;
  /** Leave out a last batch that is not full. Default false. */
  drop_last?: boolean;
  /** Source of the order. Default: PyTorch's default generator. */
  generator?: Generator | null;
  /** Batches that asynchronous iteration loads ahead. Default 2. */
  prefetch_factor?: number;
  /** Accepted for ported code and ignored. */
  num_workers?: number;
  pin_memory?: boolean;
  persistent_workers?: boolean;
}

/**
 * Batches of a dataset, in PyTorch's order for the same seed: `for (const batch of loader)`, or for samples that are
 * promises `for await (const batch of loader)`, which loads some batches ahead.
 * @throws for options that exclude each other.
 * @example for (const [images, labels] of new DataLoader(dataset, { batch_size: 64, shuffle: true })) ...
 */
export class DataLoader<T, Batch = Collated<Awaited<T>>> implements Iterable<Batch>, AsyncIterable<Batch> {
  readonly batch_size: number | null;
  readonly sampler: Indices<number>;
  readonly batch_sampler: Indices<readonly number[]> | null;
  readonly drop_last: boolean;
  private readonly collate: (samples: Awaited<T>[]) => Batch;
  private readonly generator: Generator;
  private readonly ahead: number;

  constructor(
    readonly dataset: DatasetLike<T>,
    ...args: Positional<DataLoaderOptions<Awaited<T>, Batch>, typeof ORDER>
  ) {
    const options = named<DataLoaderOptions<Awaited<T>, Batch>, typeof ORDER>('DataLoader', ORDER, args);
    requireSized('DataLoader', 'dataset', dataset);
    const { shuffle = false, sampler = null, batch_sampler = null, drop_last = false, generator = null } = options;
    if (sampler !== null && shuffle) {
      throw badArgument('DataLoader', 'sampler', sampler, 'none beside shuffle: true');
    }
    if (batch_sampler !== null && ((options.batch_size ?? 1) !== 1 || shuffle || sampler !== null || drop_last)) {
      throw badArgument(
        'DataLoader',
        'batch_sampler',
        batch_sampler,
        'none beside batch_size, shuffle, sampler or drop_last',
      );
    }
    if (options.batch_size === null && drop_last) {
      throw badArgument('DataLoader', 'drop_last', drop_last, 'false where batch_size is null');
    }
    this.ahead = options.prefetch_factor ?? 2;
    requireCount('DataLoader', 'prefetch_factor', this.ahead);
    const batch_size = options.batch_size === undefined ? 1 : options.batch_size;
    if (batch_size !== null && !(Number.isInteger(batch_size) && batch_size > 0)) {
      throw badArgument('DataLoader', 'batch_size', batch_size, 'a positive integer, or null for single samples');
    }
    this.batch_size = batch_sampler === null ? batch_size : null;
    this.drop_last = drop_last;
    this.generator = generator ?? defaultGenerator;
    this.sampler = sampler ?? (shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset));
    this.batch_sampler =
      batch_sampler ?? (batch_size === null ? null : new BatchSampler(this.sampler, batch_size, drop_last));
    const isAlone = this.batch_sampler === null;
    // Without a function of the caller's, Batch is what default_collate gives, or the sample itself.
    const usual = ((samples: Awaited<T>[]) => (isAlone ? samples[0] : default_collate(samples))) as unknown;
    this.collate = options.collate_fn ?? (usual as (samples: Awaited<T>[]) => Batch);
  }

  /** Number of batches. */
  get length(): number {
    return (this.batch_sampler ?? this.sampler).length;
  }

  private *batches(): IterableIterator<readonly number[]> {
    if (this.batch_sampler !== null) yield* this.batch_sampler;
    else for (const index of this.sampler) yield [index];
  }

  private load(indices: readonly number[]): T[] {
    return indices.map((index) => sampleOf(this.dataset, index));
  }

  *[Symbol.iterator](): IterableIterator<Batch> {
    // PyTorch draws the seed of its workers before anything else, also without workers.
    drawSeed(this.generator);
    for (const indices of this.batches()) {
      const samples = this.load(indices);
      if (samples.some((sample) => sample instanceof Promise)) {
        const got = 'dataset: its samples are promises';
        throw new CallError('DataLoader', `${got}; iterate with \`for await (const batch of loader)\``);
      }
      // None of them is a promise.
      yield this.collate(samples as Awaited<T>[]);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    drawSeed(this.generator);
    const queue: Promise<Awaited<T>[]>[] = [];
    const batches = this.batches();
    const fill = (): void => {
      while (queue.length < this.ahead) {
        const next = batches.next();
        if (next.done === true) return;
        const loading = Promise.all(this.load(next.value));
        // A failure is reported where its batch is awaited.
        loading.catch(() => undefined);
        queue.push(loading);
      }
    };
    fill();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      fill();
      yield this.collate(await next);
    }
  }
}
