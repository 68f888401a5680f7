/** Orders of samples. Each iteration is one epoch. */
import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { badArgument, requireCount } from '../../errors.js';
import { multinomial } from '../../functions/counting.js';
import { tensor } from '../../functions/create.js';
import { Generator, defaultGenerator } from '../../random/generator.js';
import { requireSized } from './dataset.js';

/** Gives the indices of an epoch, as `torch.utils.data.Sampler`; a batch sampler gives lists of them. */
export abstract class Sampler<T = number> implements Iterable<T> {
  abstract [Symbol.iterator](): Iterator<T>;
  /** How many it gives. */
  abstract get length(): number;
}

interface Sized {
  readonly length: number;
}

/** 0, 1, 2, … */
export class SequentialSampler extends Sampler {
  constructor(readonly data_source: Sized) {
    super();
    requireSized('SequentialSampler', 'data_source', data_source);
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.data_source.length; i++) yield i;
  }

  get length(): number {
    return this.data_source.length;
  }
}

/** @internal A seed from `generator` as PyTorch draws one; of its 63 bits the low 32 decide. */
export function drawSeed(generator: Generator): number {
  return generator.randint_(new Float64Array(1), 0, 2 ** 52)[0];
}

/** Options of RandomSampler. */
export interface RandomSamplerOptions {
  /** Draw with repetition. Default false. */
  replacement?: boolean;
  /** Default: as many as the data has. */
  num_samples?: number | null;
  /** Default: a new one per epoch, seeded from the default generator. */
  generator?: Generator | null;
}

/** All indices in random order, PyTorch's for the same seed. Throws unless `num_samples` is a positive integer. */
export class RandomSampler extends Sampler {
  readonly replacement: boolean;
  private readonly wanted: number | null;
  private readonly generator: Generator | null;

  constructor(
    readonly data_source: Sized,
    ...args: Positional<RandomSamplerOptions, 'replacement num_samples'>
  ) {
    super();
    const options = named('RandomSampler', 'replacement num_samples', args);
    requireSized('RandomSampler', 'data_source', data_source);
    this.replacement = options.replacement ?? false;
    this.wanted = options.num_samples ?? null;
    this.generator = options.generator ?? null;
    requireCount('RandomSampler', 'num_samples', this.length);
  }

  *[Symbol.iterator](): Iterator<number> {
    const n = this.data_source.length;
    const total = this.length;
    const generator = this.generator ?? new Generator().manual_seed(drawSeed(defaultGenerator));
    // PyTorch draws repetitions in blocks of 32, and a whole permutation for what is left, needed or not.
    const size = this.replacement ? 32 : n;
    for (let start = 0; start <= total - (total % size); start += size) {
      const count = Math.min(size, total - start);
      if (this.replacement) yield* generator.randint_(new Float64Array(count), 0, n);
      else yield* generator.randperm(n).subarray(0, count);
    }
  }

  get length(): number {
    return this.wanted ?? this.data_source.length;
  }
}

/**
 * `num_samples` indices with probabilities in proportion to `weights`, with repetition unless `replacement` is false.
 * @throws for weights that are negative or all 0, and for too many samples without repetition.
 */
export class WeightedRandomSampler extends Sampler {
  readonly weights: readonly number[];
  readonly replacement: boolean;

  constructor(
    weights: Iterable<number>,
    readonly num_samples: number,
    ...args: Positional<{ replacement?: boolean; generator?: Generator | null }, 'replacement'>
  ) {
    super();
    const options = named('WeightedRandomSampler', 'replacement', args);
    this.weights = [...(weights ?? [])];
    if (this.weights.length === 0) {
      throw badArgument('WeightedRandomSampler', 'weights', weights, 'a list of at least one weight');
    }
    this.replacement = options.replacement ?? true;
    this.generator = options.generator ?? defaultGenerator;
    requireCount('WeightedRandomSampler', 'num_samples', num_samples);
  }

  private readonly generator: Generator;

  *[Symbol.iterator](): Iterator<number> {
    const { replacement, generator } = this;
    const drawn = multinomial(tensor(this.weights, { dtype: 'float64' }), this.num_samples, { replacement, generator });
    yield* Array.from(drawn.toTypedArray(), Number);
  }

  get length(): number {
    return this.num_samples;
  }
}

/** Lists of `batch_size` indices of a sampler; the last may be shorter unless `drop_last`. Throws for a size below 1. */
export class BatchSampler extends Sampler<number[]> {
  constructor(
    readonly sampler: Iterable<number> & Sized,
    readonly batch_size: number,
    readonly drop_last: boolean,
  ) {
    super();
    requireCount('BatchSampler', 'batch_size', batch_size);
  }

  *[Symbol.iterator](): Iterator<number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length < this.batch_size) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.drop_last) yield batch;
  }

  get length(): number {
    const batches = this.sampler.length / this.batch_size;
    return this.drop_last ? Math.floor(batches) : Math.ceil(batches);
  }
}
