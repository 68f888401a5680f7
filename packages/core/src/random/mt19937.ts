/** A serialisable snapshot of an {@link Mt19937}: its 624 words and the position of the next one. */
import { badArgument } from '../errors.js';
export interface Mt19937State {
  words: number[];
  position: number;
}

const stateSize = 624;
const shiftSize = 397;
const matrixA = 0x9908b0df;
const upperMask = 0x80000000;
const lowerMask = 0x7fffffff;

/**
 * The 32-bit Mersenne Twister (Matsumoto and Nishimura, 1998), the engine of PyTorch's CPU generator.
 * The same seed gives the same words.
 */
export class Mt19937 {
  readonly #words = new Uint32Array(stateSize);
  #position = stateSize;

  /** @param seed an integer; its low 32 bits count, as in PyTorch. */
  constructor(seed: number) {
    const words = this.#words;
    words[0] = seed >>> 0;
    for (let i = 1; i < stateSize; i++) {
      const previous = words[i - 1] ^ (words[i - 1] >>> 30);
      words[i] = Math.imul(previous, 1812433253) + i;
    }
  }

  /** The next word: an integer in [0, 2^32). */
  next(): number {
    if (this.#position === stateSize) this.#refill();
    let word = this.#words[this.#position++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A copy of the state; `JSON.stringify` keeps it exactly. */
  getState(): Mt19937State {
    return { words: Array.from(this.#words), position: this.#position };
  }

  /**
   * Continues from a state of `getState`.
   * @throws if it does not hold 624 words of 32 bits and a position in [0, 624].
   */
  setState(state: Mt19937State): void {
    const { words, position } = state;
    if (words.length !== stateSize || !words.every((word) => word === word >>> 0)) {
      throw badArgument('set_state', 'words', words, `${stateSize} unsigned 32-bit integers`);
    }
    if (!Number.isInteger(position) || position < 0 || position > stateSize) {
      throw badArgument('set_state', 'position', position, `an integer from 0 to ${stateSize}`);
    }
    this.#words.set(words);
    this.#position = position;
  }

  #refill(): void {
    const words = this.#words;
    for (let i = 0; i < stateSize; i++) {
      const joined = (words[i] & upperMask) | (words[(i + 1) % stateSize] & lowerMask);
      words[i] = words[(i + shiftSize) % stateSize] ^ (joined >>> 1) ^ (joined & 1 ? matrixA : 0);
    }
    this.#position = 0;
  }
}
