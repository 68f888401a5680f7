import { get_default_dtype } from '../autograd/mode.js';
import { dispatch } from '../dispatch.js';
import { broadcastShapes } from '../ops/infer.js';
import { defaultGenerator } from '../random/generator.js';
import type { GeneratorState } from '../random/generator.js';
import type { Tensor } from '../tensor.js';
import { recorder } from '../trace/recorder.js';
import { parseSizes, requireFloating, wrap } from './create.js';
import type { FactoryOptions, SizeArgs } from './create.js';
import type { Shape } from '../dtype.js';
import { add, mul, result_type } from './pointwise.js';
import type { Operand } from './pointwise.js';

/**
 * Seeds the default generator. It is PyTorch's CPU generator (mt19937), so `rand`, `randn`, `randperm`, `init.*` and
 * dropout after it give PyTorch's numbers.
 */
export function manual_seed(seed: number): void {
  defaultGenerator.manual_seed(seed);
}

/** Uniform numbers on [0, 1). `rand(2, 3)` or `rand([2, 3], { dtype })`. */
export function rand(...args: SizeArgs): Tensor {
  const { shape, options } = parseSizes('rand', args);
  const dtype = options.dtype ?? get_default_dtype();
  const result = dispatch('random', [], { shape, dtype, distribution: 'uniform', low: 0, high: 1 });
  if (options.requires_grad) result.requires_grad = true;
  return result;
}

/** Standard normal numbers. */
export function randn(...args: SizeArgs): Tensor {
  const { shape, options } = parseSizes('randn', args);
  const dtype = options.dtype ?? get_default_dtype();
  const result = dispatch('random', [], { shape, dtype, distribution: 'normal', mean: 0, std: 1 });
  if (options.requires_grad) result.requires_grad = true;
  return result;
}

/** Uniform numbers in the shape and dtype of `x`. */
export function rand_like(x: Tensor): Tensor {
  requireFloating('rand_like', x);
  return rand(x.shape, { dtype: x.dtype });
}

/** Standard normal numbers in the shape and dtype of `x`. */
export function randn_like(x: Tensor): Tensor {
  requireFloating('randn_like', x);
  return randn(x.shape, { dtype: x.dtype });
}

/** Integers on [low, high), int64 unless `dtype` says otherwise: `randint(high, shape)`, `randint(low, high, shape)`. */
export function randint(high: number, shape: Shape, options?: FactoryOptions): Tensor;
export function randint(low: number, high: number, shape: Shape, options?: FactoryOptions): Tensor;
export function randint(a: number, b: number | Shape, c?: Shape | FactoryOptions, d?: FactoryOptions): Tensor {
  const [low, high, shape, options] =
    typeof b === 'number' ? [a, b, c as Shape, d ?? {}] : [0, a, b, (c ?? {}) as FactoryOptions];
  if (!(low < high)) throw new Error(`randint: expected low < high, got ${low} and ${high}`);
  return dispatch('random', [], { shape, dtype: options.dtype ?? 'int64', distribution: 'randint', low, high });
}

/**
 * Normal numbers with a mean and deviation each, broadcast: `normal(means, stds)`, `normal(0, stds)`,
 * `normal(0, 1, [2, 3])`.
 * @throws when neither a tensor nor a size is given.
 */
export function normal(mean: Operand, std: Operand, size?: Shape): Tensor {
  if (typeof mean === 'number' && typeof std === 'number') {
    if (size === undefined) throw new Error('normal: expected a size, or a tensor as mean or std');
    return dispatch('random', [], { shape: size, dtype: get_default_dtype(), distribution: 'normal', mean, std });
  }
  const shape = broadcastShapes(
    'normal',
    [mean, std].map((x) => (typeof x === 'number' ? [] : x.shape)),
  );
  const dtype = result_type(mean, std);
  return add(mul(randn(shape, { dtype }), std), mean);
}

/** The state of the default generator, for `set_rng_state`: plain data, not PyTorch's bytes. */
export function get_rng_state(): GeneratorState {
  return defaultGenerator.get_state();
}

/** Continues the default generator where `get_rng_state` was called. */
export function set_rng_state(state: GeneratorState): void {
  defaultGenerator.set_state(state);
}

/** A random permutation of 0 … n − 1, int64. Not inside a trace: permute outside and pass it in. */
export function randperm(n: number): Tensor {
  if (recorder() !== null) {
    throw new Error('randperm: cannot be traced; make the permutation outside of the compiled function and pass it in');
  }
  return wrap('int64', [n], defaultGenerator.randperm(n));
}

/** Draws 0 or 1 with probability `p` of a 1, in the shape and dtype of `x`. */
export function bernoulliLike(x: Tensor, p: number): Tensor {
  return dispatch('random', [], { shape: x.shape, dtype: x.dtype, distribution: 'bernoulli', p });
}
