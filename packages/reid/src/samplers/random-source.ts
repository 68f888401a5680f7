import { requireList } from '@reidgrad/core/graph';
import { z } from 'zod';

/** Where samplers and augmentations take their random numbers from. */
export interface RandomSource {
  /** The next number, uniform in [0, 1). */
  next(): number;
}

const uint32 = z.int().min(0).max(0xffffffff);

/** The state of a {@link Xoshiro128}: four unsigned 32-bit words, not all zero. JSON-safe, for checkpoints. */
export const randomStateSchema = z
  .tuple([uint32, uint32, uint32, uint32])
  .refine((words) => words.some((word) => word !== 0), { error: 'expected at least one word that is not zero' });
export type RandomState = z.infer<typeof randomStateSchema>;

/** One step of splitmix32: spreads a small seed over the generator's words. */
function splitmix32(counter: number): number {
  let z = counter >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/**
 * The generator xoshiro128** of Blackman and Vigna ("Scrambled linear pseudorandom number generators", 2021): the same
 * seed gives the same numbers on every machine. It is not `torch.manual_seed`'s generator: data loading has its own, so
 * that drawing a batch never shifts the initial weights.
 *
 * @example
 * const random = new Xoshiro128(7);
 * const saved = random.state();
 * const first = random.next();
 * random.setState(saved); // random.next() is `first` again
 */
export class Xoshiro128 implements RandomSource {
  readonly #words = new Uint32Array(4);

  /**
   * @param seed an integer from 0 to 2^32 - 1
   * @throws RangeError when the seed is not such an integer.
   */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new RangeError(`Xoshiro128: seed is ${seed}; expected an integer from 0 to 4294967295`);
    }
    for (let i = 0; i < 4; i++) {
      this.#words[i] = splitmix32(seed + Math.imul(i + 1, 0x9e3779b9));
    }
  }

  /** The next number, uniform in [0, 1), with 32 random bits. */
  next(): number {
    const words = this.#words;
    const result = Math.imul(rotateLeft(Math.imul(words[1], 5), 7), 9) >>> 0;
    const shifted = words[1] << 9;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = rotateLeft(words[3], 11);
    return result / 0x100000000;
  }

  /** A copy of the state, to go on from later. */
  state(): RandomState {
    const [a, b, c, d] = this.#words;
    return [a, b, c, d];
  }

  /**
   * Goes on from a saved state.
   * @throws RangeError when the state is not four unsigned 32-bit integers, or all are zero.
   */
  setState(state: RandomState): void {
    const parsed = randomStateSchema.safeParse(state);
    if (!parsed.success) {
      const expected = 'four unsigned 32-bit integers, not all 0';
      throw new RangeError(`Xoshiro128.setState: state is ${JSON.stringify(state)}; expected ${expected}`);
    }
    this.#words.set(parsed.data);
  }
}

/**
 * A random integer from 0 to `bound - 1`.
 * @throws RangeError when `bound` is not a positive integer.
 */
export function randomInteger(random: RandomSource, bound: number): number {
  if (!Number.isInteger(bound) || bound < 1) {
    throw new RangeError(`randomInteger: bound is ${bound}; expected a positive integer`);
  }
  return Math.floor(random.next() * bound);
}

/** A random number, uniform in [low, high). */
export function randomUniform(random: RandomSource, low: number, high: number): number {
  return low + (high - low) * random.next();
}

/** Two independent numbers from the standard normal distribution (Box and Muller), from two of the source. */
export function randomNormalPair(random: RandomSource): [number, number] {
  // 1 - u lies in (0, 1], so that the logarithm is finite.
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  const angle = 2 * Math.PI * random.next();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** A shuffled copy (Fisher and Yates). */
export function shuffled<T>(random: RandomSource, items: readonly T[]): T[] {
  requireList('shuffled', 'items', items, 'anything');
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInteger(random, i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
