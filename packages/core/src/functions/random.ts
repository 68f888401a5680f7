import { get_default_dtype } from '../autograd/mode.js';
import { dispatch } from '../dispatch.js';
import { api, badArgument, requireList, show } from '../errors.js';
import { drawFrom } from '../kernels/create.js';
import type { RandomAttrs } from '../ops/table.js';
import { defaultGenerator } from '../random/generator.js';
import type { Generator, GeneratorState } from '../random/generator.js';
import type { Tensor } from '../tensor.js';
import { parseSizes, wrap } from './create.js';
import type { FactoryOptions, SizeArgs } from './create.js';
import type { Shape } from '../dtype.js';
import { refuseTrace } from './host.js';
import { add, cast, lt, mul, promotedType } from './pointwise.js';
import type { Operand } from './pointwise.js';
import { requireFit, requireFloating } from './require.js';

/**
 * Seeds the default generator. It is PyTorch's CPU generator (mt19937), so `rand`, `randn`, `randperm`, `init.*` and
 * dropout after it give PyTorch's numbers.
 */
export function manual_seed(seed: number): void {
  defaultGenerator.manual_seed(seed);
}

/** Options of factories that draw. */
export interface DrawOptions extends FactoryOptions {
  /** Default: the default generator. Not inside a trace. */
  generator?: Generator | null;
}

/** @internal Draws from the default generator, or eagerly from another. */
export function draw(fn: string, attrs: RandomAttrs, generator: Generator | null = null): Tensor {
  const drawn = (): Tensor => dispatch('random', [], attrs);
  if (generator === null) return drawn();
  refuseTrace(fn, 'draw from a generator of your own outside of the compiled function and pass the numbers in');
  return drawFrom(generator, drawn);
}

function ofSizes(fn: string, args: SizeArgs<DrawOptions>, distribution: 'uniform' | 'normal'): Tensor {
  const { shape, options } = parseSizes<DrawOptions>(fn, args);
  const dtype = options.dtype ?? get_default_dtype();
  const numbers =
    distribution === 'uniform'
      ? ({ distribution, low: 0, high: 1 } as const)
      : ({ distribution, mean: 0, std: 1 } as const);
  const result = draw(fn, { shape, dtype, ...numbers }, options.generator);
  if (options.requires_grad) result.requires_grad = true;
  return result;
}

/** Uniform numbers on [0, 1). `rand(2, 3)` or `rand([2, 3], { dtype, generator })`. */
export const rand = api('rand', (...args: SizeArgs<DrawOptions>): Tensor => ofSizes('rand', args, 'uniform'));

/** Standard normal numbers. */
export const randn = api('randn', (...args: SizeArgs<DrawOptions>): Tensor => ofSizes('randn', args, 'normal'));

/** Uniform numbers in the shape and dtype of `x`. */
export const rand_like = api('rand_like input', (x: Tensor): Tensor => {
  requireFloating('rand_like', x);
  return rand(x.shape, { dtype: x.dtype });
});

/** Standard normal numbers in the shape and dtype of `x`. */
export const randn_like = api('randn_like input', (x: Tensor): Tensor => {
  requireFloating('randn_like', x);
  return randn(x.shape, { dtype: x.dtype });
});

/** The bounds and sizes of `randint` under their names. */
export interface RandintOptions extends DrawOptions {
  /** Default 0. */
  low?: number;
  high: number;
  size: Shape;
}

/**
 * Integers on [low, high), int64 unless `dtype` says otherwise: `randint(high, size)`, `randint(low, high, size)`,
 * `randint({ low, high, size })`.
 */
export const randint: typeof randintOf = /* @__PURE__ */ api('randint low: high: size: options:', randintOf);

function randintOf(options: RandintOptions): Tensor;
function randintOf(high: number, size: Shape, options?: DrawOptions): Tensor;
function randintOf(low: number, high: number, size: Shape, options?: DrawOptions): Tensor;
function randintOf(a: number | RandintOptions, b?: number | Shape, c?: Shape | DrawOptions, d?: DrawOptions): Tensor {
  if (typeof a === 'object' && a !== null) return randintOf(a.low ?? 0, a.high, a.size, a);
  const [low, high, shape, options] =
    typeof b === 'number' ? [a, b, c as Shape, d ?? {}] : [0, a, b as Shape, (c ?? {}) as DrawOptions];
  if (!Number.isInteger(low)) throw badArgument('randint', 'low', low, 'an integer');
  if (!(low < high)) throw badArgument('randint', 'high', high, `more than low, ${show(low)}`);
  requireList('randint', 'size', shape, 'integers');
  parseSizes('randint', [shape]);
  const dtype = options.dtype ?? 'int64';
  return draw('randint', { shape, dtype, distribution: 'randint', low, high }, options.generator);
}

/**
 * Normal numbers with a mean and deviation each, broadcast: `normal(means, stds)`, `normal(0, stds)`,
 * `normal(0, 1, [2, 3])`.
 * @throws when neither a tensor nor a size is given.
 */
export const normal = api('normal mean# std#', (mean: Operand, std: Operand, size?: Shape): Tensor => {
  if (typeof mean === 'number' && typeof std === 'number') {
    if (size === undefined) throw badArgument('normal', 'size', size, 'sizes, unless mean or std is a tensor');
    return dispatch('random', [], { shape: size, dtype: get_default_dtype(), distribution: 'normal', mean, std });
  }
  const shape = requireFit('normal', { mean, std });
  const dtype = promotedType(mean, std);
  return add(mul(randn(shape, { dtype }), std), mean);
});

/** The state of the default generator, for `set_rng_state`: plain data, not PyTorch's bytes. */
export function get_rng_state(): GeneratorState {
  return defaultGenerator.get_state();
}

/** Continues the default generator where `get_rng_state` was called. */
export const set_rng_state = api('set_rng_state', (state: GeneratorState): void => {
  defaultGenerator.set_state(state);
});

/** A random permutation of 0 … n − 1, int64. Not inside a trace: permute outside and pass it in. */
export const randperm = api(
  'randperm n: options=',
  (n: number, options: Pick<DrawOptions, 'generator'> = {}): Tensor => {
    refuseTrace('randperm', 'make the permutation outside of the compiled function and pass it in');
    return wrap('int64', [n], (options.generator ?? defaultGenerator).randperm(n));
  },
);

/** 0 or 1 with the probability of a 1 at each place of `x`, in its shape and dtype. */
export const bernoulli = api('bernoulli input', (x: Tensor): Tensor => cast(lt(rand_like(x), x), x.dtype));

/** Draws 0 or 1 with probability `p` of a 1, in the shape and dtype of `x`. */
export function bernoulliLike(x: Tensor, p: number): Tensor {
  return dispatch('random', [], { shape: x.shape, dtype: x.dtype, distribution: 'bernoulli', p });
}
