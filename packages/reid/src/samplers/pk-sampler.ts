import { z } from 'zod';
import type { RandomState } from './random-source.js';
import { randomInteger, randomStateSchema, shuffled, Xoshiro128 } from './random-source.js';

/** Where a {@link PKSampler} stands, JSON-safe, for checkpoints. */
export const pkSamplerStateSchema = z.object({
  random: randomStateSchema,
  /** Identities of the running epoch, in drawing order. */
  order: z.array(z.int()),
  /** How many of them were already drawn. */
  position: z.int().min(0),
  /** Epochs completed. */
  epoch: z.int().min(0),
});
export type PKSamplerState = z.infer<typeof pkSamplerStateSchema>;

/** Options of {@link PKSampler}. */
export interface PKSamplerOptions {
  /** P: how many identities a batch holds. */
  readonly identities: number;
  /** K: how many images of each. */
  readonly images: number;
  /** Seed of the sampler's own generator: an integer from 0 to 2^32 - 1. */
  readonly seed: number;
}

/**
 * Draws batches of P identities with K images each, as losses on triplets need them. Images of one identity stand
 * together: `[a, a, b, b, ...]` for K = 2.
 *
 * Within an epoch no identity comes twice; identities left over that do not fill a batch wait for the next epoch's
 * shuffle. An identity with fewer than K images has them drawn with replacement (as in Bag of Tricks), others without.
 *
 * @example
 * const sampler = new PKSampler(dataset.train.map((image) => image.pid), { identities: 32, images: 2, seed: 0 });
 * for (let step = 0; step < sampler.batchesPerEpoch; step++) {
 *   const indices = sampler.next(); // 64 indices into dataset.train
 * }
 */
export class PKSampler {
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  readonly #identities: number;
  readonly #images: number;
  readonly #indicesOf = new Map<number, number[]>();
  readonly #random: Xoshiro128;
  #order: number[] = [];
  #position = 0;
  #epoch = 0;

  /**
   * @param pids the identity of each training image, in the order of the data set
   * @throws RangeError when P or K is not a positive integer, or there are fewer than P identities.
   */
  constructor(pids: readonly number[], options: PKSamplerOptions) {
    for (const name of ['identities', 'images'] as const) {
      if (!Number.isInteger(options[name]) || options[name] < 1) {
        throw new RangeError(`PKSampler: ${name} is ${options[name]}; expected a positive integer`);
      }
    }
    pids.forEach((pid, index) => {
      const indices = this.#indicesOf.get(pid);
      if (indices === undefined) {
        this.#indicesOf.set(pid, [index]);
      } else {
        indices.push(index);
      }
    });
    if (this.#indicesOf.size < options.identities) {
      const found = this.#indicesOf.size;
      throw new RangeError(`PKSampler: identities is ${options.identities}; expected at most the ${found} in pids`);
    }
    this.#identities = options.identities;
    this.#images = options.images;
    this.#random = new Xoshiro128(options.seed);
    this.batchSize = options.identities * options.images;
    this.batchesPerEpoch = Math.floor(this.#indicesOf.size / options.identities);
    this.#startEpoch();
  }

  /** How many epochs are complete. */
  get epoch(): number {
    return this.#epoch;
  }

  #startEpoch(): void {
    this.#order = shuffled(this.#random, [...this.#indicesOf.keys()]);
    this.#position = 0;
  }

  /** The indices of the next batch, P * K of them; a new epoch begins by itself. */
  next(): number[] {
    if (this.#position + this.#identities > this.#order.length) {
      this.#startEpoch();
    }
    const batch: number[] = [];
    for (const pid of this.#order.slice(this.#position, this.#position + this.#identities)) {
      batch.push(...this.#drawImages(this.#indicesOf.get(pid) ?? []));
    }
    this.#position += this.#identities;
    if (this.#position + this.#identities > this.#order.length) {
      this.#epoch++;
    }
    return batch;
  }

  #drawImages(indices: readonly number[]): number[] {
    if (indices.length >= this.#images) {
      return shuffled(this.#random, indices).slice(0, this.#images);
    }
    return Array.from({ length: this.#images }, () => indices[randomInteger(this.#random, indices.length)]);
  }

  /** A copy of where the sampler stands. */
  state(): PKSamplerState {
    const random: RandomState = this.#random.state();
    return { random, order: [...this.#order], position: this.#position, epoch: this.#epoch };
  }

  /**
   * Goes on from a saved state, in the middle of an epoch too.
   * @throws RangeError when the state is malformed or was saved for other identities.
   */
  setState(state: PKSamplerState): void {
    const parsed = pkSamplerStateSchema.safeParse(state);
    if (!parsed.success) {
      const [{ path, message }] = parsed.error.issues;
      throw new RangeError(
        `PKSampler.setState: state.${path.join('.')} is unusable (${message}); expected what state() gives`,
      );
    }
    const checked = parsed.data;
    const distinct = new Set(checked.order);
    const known = checked.order.length === this.#indicesOf.size && distinct.size === checked.order.length;
    if (!known || checked.order.some((pid) => !this.#indicesOf.has(pid))) {
      const got = `${checked.order.length} identities`;
      throw new RangeError(
        `PKSampler.setState: state is for ${got}; expected the data set's own ${this.#indicesOf.size}`,
      );
    }
    this.#random.setState(checked.random);
    this.#order = [...checked.order];
    this.#position = checked.position;
    this.#epoch = checked.epoch;
  }
}
