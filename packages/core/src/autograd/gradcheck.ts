/** Checks of gradients against finite differences. */
import { isFloating } from '../dtype.js';
import { CallError, badArgument, isTensor, requireOptions, show } from '../errors.js';
import { from_numpy } from '../functions/create.js';
import { Generator } from '../random/generator.js';
import { Tensor } from '../tensor.js';
import { grad } from './engine.js';

/** Options of `gradcheck` and `gradgradcheck`. */
export interface GradcheckOptions {
  /** Step of the finite difference. Default 1e-6. */
  eps?: number;
  /** Default 1e-5. */
  atol?: number;
  /** Default 1e-3. */
  rtol?: number;
  /** Compare along one random direction per input and output (default) instead of entry by entry. */
  fast?: boolean;
}

/** Takes tensors, gives one or several. It must compute the same outputs from the same inputs. */
export type CheckedFunction = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

const asList = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  result instanceof Tensor ? [result] : result;

function numbers(x: Tensor): Float64Array {
  return Float64Array.from(x.detach().toTypedArray(), Number);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** A direction of length 1, so that the tolerance means the same at every size. */
function direction(size: number, generator: Generator): Float64Array {
  const v = new Float64Array(size);
  generator.normal_(v, 0, 1);
  const length = Math.sqrt(dot(v, v)) || 1;
  return v.map((x) => x / length);
}

function unit(size: number, at: number): Float64Array {
  const v = new Float64Array(size);
  v[at] = 1;
  return v;
}

const asTensor = (data: Float64Array, like: Tensor): Tensor => from_numpy(data, like.shape);

/** All pairs of directions to compare: one random pair, or every entry of the Jacobian. */
function directions(
  inSize: number,
  outSize: number,
  fast: boolean,
  generator: Generator,
): [Float64Array, Float64Array][] {
  if (fast) return [[direction(inSize, generator), direction(outSize, generator)]];
  return Array.from({ length: inSize * outSize }, (_, k) => [
    unit(inSize, Math.floor(k / outSize)),
    unit(outSize, k % outSize),
  ]);
}

/** Outputs with input `i` moved by `step` along `v`. */
function moved(
  fn: CheckedFunction,
  inputs: readonly Tensor[],
  i: number,
  v: Float64Array,
  step: number,
): readonly Tensor[] {
  const at = inputs.map((input, k) => {
    if (k !== i) return input.detach().requires_grad_(input.requires_grad);
    const data = numbers(input).map((x, j) => x + step * v[j]);
    return asTensor(data, input).requires_grad_(true);
  });
  return asList(fn(...at));
}

/**
 * Compares the gradients of `fn` with central differences, as `torch.autograd.gradcheck`. Inputs that require grad are
 * checked and must be float64; `fn` may return several tensors.
 * @param options `fast` (default true) checks one random direction, `fast: false` every entry of the Jacobian.
 * @returns true.
 * @throws naming input, output, analytical and numerical value where they differ; for inputs that are not float64.
 * @example gradcheck((x) => x.exp().sum(), [randn(3, { dtype: float64, requires_grad: true })]);
 */
export function gradcheck(fn: CheckedFunction, inputs: readonly Tensor[], options: GradcheckOptions = {}): true {
  return compare('gradcheck', fn, inputs, options);
}

function compare(name: string, fn: CheckedFunction, inputs: readonly Tensor[], options: GradcheckOptions): true {
  checkArguments(name, fn, inputs, options);
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, fast = true } = options;
  const checked = inputs.flatMap((input, i) => (input.requires_grad ? [i] : []));
  if (checked.length === 0) throw badArgument(name, 'inputs', inputs, 'at least one tensor that requires grad');
  for (const i of checked) {
    if (inputs[i].dtype !== 'float64') throw badArgument(name, `inputs[${i}]`, inputs[i], 'float64');
  }
  const generator = new Generator();
  generator.manual_seed(0);
  const leaves = inputs.map((input) => input.detach().clone().requires_grad_(input.requires_grad));
  const outputs = asList(fn(...leaves));
  outputs.forEach((output, o) => {
    if (!isFloating(output.dtype)) return;
    for (const i of checked) {
      const input = leaves[i];
      for (const [u, v] of directions(input.numel(), output.numel(), fast, generator)) {
        const [slope] = output.requires_grad
          ? grad(output, input, { grad_outputs: asTensor(v, output), retain_graph: true, allow_unused: true })
          : [null];
        const analytical = slope ? dot(numbers(slope), u) : 0;
        const after = numbers(moved(fn, inputs, i, u, eps)[o]);
        const before = numbers(moved(fn, inputs, i, u, -eps)[o]);
        const numerical = dot(
          after.map((x, k) => (x - before[k]) / (2 * eps)),
          v,
        );
        if (Math.abs(analytical - numerical) <= atol + rtol * Math.abs(numerical)) continue;
        const where = `inputs[${i}] ${show(input)}, output ${o}`;
        throw new CallError(name, `${where}: the gradient is ${analytical}, finite differences give ${numerical}`);
      }
    }
  });
  return true;
}

function checkArguments(name: string, fn: unknown, inputs: unknown, options: unknown): void {
  if (typeof fn !== 'function') throw badArgument(name, 'fn', fn, 'a function of tensors');
  if (!Array.isArray(inputs) || !inputs.every(isTensor)) throw badArgument(name, 'inputs', inputs, 'a list of tensors');
  requireOptions(name, options);
}

/**
 * As `gradcheck`, for the gradients themselves: second derivatives against differences of first ones, with random
 * gradients of the outputs. Those count as further inputs, after the given ones, in error messages.
 */
export function gradgradcheck(fn: CheckedFunction, inputs: readonly Tensor[], options: GradcheckOptions = {}): true {
  checkArguments('gradgradcheck', fn, inputs, options);
  const checked = inputs.flatMap((input, i) => (input.requires_grad ? [i] : []));
  const generator = new Generator();
  generator.manual_seed(1);
  const differentiable = asList(fn(...inputs)).flatMap((output, o) => (output.requires_grad ? [{ o, output }] : []));
  if (differentiable.length === 0)
    throw new CallError('gradgradcheck', 'fn: returned no output that requires grad, expected at least one');
  const cotangents = differentiable.map(({ output }) => {
    const data = new Float64Array(output.numel());
    generator.normal_(data, 0, 1);
    return asTensor(data, output).requires_grad_(true);
  });
  const first: CheckedFunction = (...all) => {
    const xs = all.slice(0, inputs.length);
    const outs = asList(fn(...xs));
    return grad(
      differentiable.map(({ o }) => outs[o]),
      checked.map((i) => xs[i]),
      { grad_outputs: all.slice(inputs.length), create_graph: true, materialize_grads: true },
    );
  };
  return compare('gradgradcheck', first, [...inputs, ...cotangents], options);
}
