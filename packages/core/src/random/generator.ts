import type { FloatArray, KernelArray } from '../dtype.js';
import { badArgument, requireShare } from '../errors.js';
import { Mt19937 } from './mt19937.js';
import type { Mt19937State } from './mt19937.js';

/** A snapshot of a {@link Generator}: plain data that `JSON.stringify` keeps exactly. */
export interface GeneratorState extends Mt19937State {
  seed: number;
  /** The second value of the last Box-Muller pair, if it has not been handed out yet. */
  nextNormal: number | null;
}

/** The seed of a generator that nobody seeded; PyTorch's. */
const defaultSeed = 67280421310721;
/** Normal tensors of at least this many elements are drawn in blocks of it. */
const normalBlock = 16;
/** From this range on `randint_` draws 64 bits per element. */
const wideRange = 2 ** 28;
/** From this length on PyTorch's `randperm` uses another algorithm. */
const randpermLimit = Math.floor(0xffffffff / 20);
const twoPi = 2 * Math.PI;

/** a * b + c rounded once, as the fused instruction of PyTorch's vector builds does (error-free transformations). */
function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const splitter = 134217729;
  const aScaled = a * splitter;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * splitter;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  const product = a * b;
  const productError = aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
  const sum = product + c;
  const cPart = sum - product;
  const sumError = product - (sum - cPart) + (c - cPart);
  const fused = sum + (productError + sumError);
  // Splitting overflows for huge operands; the plain result is right there up to its last bit.
  return Number.isNaN(fused) ? a * b + c : fused;
}

/**
 * PyTorch's CPU random generator: after `manual_seed(n)` the numbers are those of PyTorch after the same sequence of
 * calls, bit for bit for uniform, Bernoulli, integer and permutation draws, to rounding of log, sin and cos for normal
 * ones. float32 and float64 arrays draw differently, so the same seed gives them different numbers.
 *
 * @example
 * const generator = new Generator().manual_seed(0);
 * generator.uniform_(new Float32Array(2), 0, 1); // torch.manual_seed(0); torch.rand(2)
 */
export class Generator {
  #engine = new Mt19937(defaultSeed);
  #seed = defaultSeed;
  #nextNormal: number | null = null;

  /**
   * Restarts the sequence. Returns the generator.
   * @param seed an integer; negative ones wrap around, and the low 32 bits decide, as in PyTorch.
   * @throws if it is not a safe integer.
   */
  manual_seed(seed: number): this {
    if (!Number.isSafeInteger(seed)) throw badArgument('manual_seed', 'seed', seed, 'a safe integer');
    this.#engine = new Mt19937(seed);
    this.#seed = seed;
    this.#nextNormal = null;
    return this;
  }

  /** The seed of the last `manual_seed`. */
  initial_seed(): number {
    return this.#seed;
  }

  /** A snapshot for checkpoints; see {@link GeneratorState}. */
  get_state(): GeneratorState {
    return { ...this.#engine.getState(), seed: this.#seed, nextNormal: this.#nextNormal };
  }

  /**
   * Continues exactly where `get_state` was called. Returns the generator.
   * @throws if the state is malformed; the generator is then unchanged.
   */
  set_state(state: GeneratorState): this {
    if (!Array.isArray(state?.words))
      throw badArgument('set_state', 'new_state', state, 'a state, as get_state() and get_rng_state() give it');
    if (!Number.isSafeInteger(state.seed)) throw badArgument('set_state', 'seed', state.seed, 'a safe integer');
    if (state.nextNormal !== null && !Number.isFinite(state.nextNormal)) {
      throw badArgument('set_state', 'nextNormal', state.nextNormal, 'a finite number or null');
    }
    this.#engine.setState(state);
    this.#seed = state.seed;
    this.#nextNormal = state.nextNormal;
    return this;
  }

  /**
   * Fills `out` with uniform numbers on [low, high) and returns it.
   * @throws if `low > high` or a bound is not finite.
   */
  uniform_<A extends FloatArray>(out: A, low = 0, high = 1): A {
    if (!(low <= high) || !Number.isFinite(high - low)) {
      throw badArgument('uniform_', 'from, to', [low, high], 'finite numbers, the first not above the second');
    }
    if (out instanceof Float32Array) {
      const from = Math.fround(low);
      const range = Math.fround(Math.fround(high) - from);
      for (let i = 0; i < out.length; i++) out[i] = this.#uniform24() * range + from;
      return out;
    }
    const range = high - low;
    for (let i = 0; i < out.length; i++) out[i] = fusedMultiplyAdd(this.#uniform53(), range, low);
    return out;
  }

  /**
   * Fills `out` with normal numbers and returns it. From 16 elements on they come from blocks of 16 of the array's own
   * precision, below that one by one in float64, with every second one kept for the next call: PyTorch's two ways.
   * @throws if `std` is negative or NaN.
   */
  normal_<A extends FloatArray>(out: A, mean = 0, std = 1): A {
    if (!(std >= 0)) throw badArgument('normal_', 'std', std, 'a number of at least 0');
    if (out.length < normalBlock) {
      for (let i = 0; i < out.length; i++) out[i] = fusedMultiplyAdd(this.#normal(), std, mean);
      return out;
    }
    this.uniform_(out, 0, 1);
    const transform = out instanceof Float32Array ? normalBlock32 : normalBlock64;
    const tail = out.length - normalBlock;
    for (let start = 0; start <= tail; start += normalBlock) transform(out, start, mean, std);
    if (out.length % normalBlock !== 0) {
      // The last 16 are drawn anew, over some that were already transformed.
      this.uniform_(out.subarray(tail), 0, 1);
      transform(out, tail, mean, std);
    }
    return out;
  }

  /**
   * Fills `out` with 1 (probability `p`) and 0 and returns it.
   * @throws if `p` is outside [0, 1].
   */
  bernoulli_<A extends KernelArray>(out: A, p = 0.5): A {
    requireShare('bernoulli_', 'p', p);
    for (let i = 0; i < out.length; i++) out[i] = this.#uniform53() < p ? 1 : 0;
    return out;
  }

  /**
   * Fills `out` with integers on [low, high) and returns it.
   * @throws if the bounds are not safe integers with `low < high` and a difference below 2^53.
   */
  randint_<A extends KernelArray>(out: A, low: number, high: number): A {
    const range = high - low;
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || !(low < high) || !Number.isSafeInteger(range)) {
      throw badArgument('randint_', 'low, high', [low, high], 'safe integers, the first below the second');
    }
    if (range < wideRange) {
      for (let i = 0; i < out.length; i++) out[i] = (this.#engine.next() % range) + low;
      return out;
    }
    const wide = BigInt(range);
    for (let i = 0; i < out.length; i++) {
      const upper = BigInt(this.#engine.next());
      const lower = BigInt(this.#engine.next());
      out[i] = Number(((upper << 32n) | lower) % wide) + low;
    }
    return out;
  }

  /**
   * A random permutation of 0, 1, …, n - 1.
   * @throws if `n` is not an integer in [0, 214748364).
   */
  randperm(n: number): Float64Array {
    if (!Number.isInteger(n) || n < 0 || n >= randpermLimit) {
      throw badArgument('randperm', 'n', n, `an integer from 0 to ${randpermLimit - 1}`);
    }
    const out = Float64Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < n - 1; i++) {
      const other = i + (this.#engine.next() % (n - i));
      const value = out[i];
      out[i] = out[other];
      out[other] = value;
    }
    return out;
  }

  /** A multiple of 2^-24 on [0, 1) from one word. */
  #uniform24(): number {
    return (this.#engine.next() & 0xffffff) * 2 ** -24;
  }

  /** A multiple of 2^-53 on [0, 1) from two words, the upper one first. */
  #uniform53(): number {
    const upper = this.#engine.next() & 0x1fffff;
    return (upper * 2 ** 32 + this.#engine.next()) * 2 ** -53;
  }

  /** A standard normal number; every second one is the kept half of a Box-Muller pair. */
  #normal(): number {
    if (this.#nextNormal !== null) {
      const value = this.#nextNormal;
      this.#nextNormal = null;
      return value;
    }
    const angle = twoPi * this.#uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniform53()));
    this.#nextNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Turns 16 uniform numbers at `start` into normal ones in place, in float64. */
function normalBlock64(out: FloatArray, start: number, mean: number, std: number): void {
  const half = normalBlock / 2;
  for (let i = start; i < start + half; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - out[i]));
    const angle = twoPi * out[i + half];
    out[i] = fusedMultiplyAdd(radius * Math.cos(angle), std, mean);
    out[i + half] = fusedMultiplyAdd(radius * Math.sin(angle), std, mean);
  }
}

/** As `normalBlock64`, rounding every step to float32 as PyTorch's vector code does. */
function normalBlock32(out: FloatArray, start: number, mean: number, std: number): void {
  const { fround } = Math;
  const half = normalBlock / 2;
  const turn = fround(twoPi);
  const scale = fround(std);
  const shift = fround(mean);
  for (let i = start; i < start + half; i++) {
    const radius = fround(Math.sqrt(fround(-2 * fround(Math.log(1 - out[i])))));
    const angle = fround(turn * out[i + half]);
    out[i] = fround(radius * fround(Math.cos(angle))) * scale + shift;
    out[i + half] = fround(radius * fround(Math.sin(angle))) * scale + shift;
  }
}

/** The generator behind `rand`, `randn`, `init.*`, dropout and everything else that names none. */
export const defaultGenerator = new Generator();
