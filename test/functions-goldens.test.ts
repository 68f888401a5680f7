/** The functions of the torch namespace against PyTorch: values and gradients, as functions and as methods. */
import * as torch from '@reidgrad/core';
import { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { generate } from './goldens/inputs.js';
import { argumentsOf } from './function-calls.js';
import { expectClose, loadGoldens } from './goldens/load.js';
import type { ArrayWithShape, FunctionCase, Tolerance } from './goldens/load.js';

type Float = 'float32' | 'float64';

const tolerances: Readonly<Record<Float, Tolerance>> = {
  float64: { rtol: 1e-9, atol: 1e-11 },
  float32: { rtol: 2e-5, atol: 5e-6 },
};

/** Where float32 needs more room, and why. */
const float32Exceptions: Readonly<Record<string, Tolerance & { because: string }>> = {
  'erfinv/edge': { rtol: 2e-3, because: 'near 1 a rounding of the input moves the result that far' },
  'erfinv/inside': { rtol: 1e-4, because: 'its slope reaches 25' },
  'cdist/product': { rtol: 1e-4, because: 'squares cancel' },
  'cdist/many rows': { rtol: 1e-3, atol: 1e-3, because: 'squares cancel' },
};

/** Functions whose gradient PyTorch gives in another way. */
const gradientExceptions: Readonly<Record<string, string>> = {
  'clamp/tensors, nan': 'PyTorch gives the gradient of a NaN to x alone, here the operands share it as in maximum',
  'erfinv/edge': 'PyTorch gives infinity at the edge and NaN beyond, here 0',
  'nanmean/rows': 'over NaNs alone PyTorch gives NaN, here 0',
  'cdist/largest': 'ties of the largest difference share; PyTorch counts each fully',
};

const asArray = (x: Tensor): ArrayWithShape => ({ shape: x.shape, data: Array.from(x.toTypedArray(), Number) });

type AnyFunction = (...args: unknown[]) => unknown;

function outputsOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return [...(result as Iterable<Tensor>)];
}

/** What the function gives, and its method where there is one. */
function callsOf(fn: string): [string, AnyFunction][] {
  const functions: [string, AnyFunction][] = [[`torch.${fn}`, Reflect.get(torch, fn) as AnyFunction]];
  if (Reflect.get(Tensor.prototype, fn) !== undefined) {
    const method: AnyFunction = (x, ...rest) => (Reflect.get(x as object, fn) as AnyFunction).apply(x, rest);
    functions.push([`x.${fn}`, method]);
  }
  return functions;
}

function compare(golden: FunctionCase, float: Float, what: string, call: AnyFunction): void {
  const { fn, name, outputs, differentiated = [], grads } = golden;
  const { args, inputs } = argumentsOf(golden, float);
  const outs = outputsOf(call(...args));
  expect(outs.length, what).toBe(outputs.length);
  const tolerance =
    float === 'float32' ? { ...tolerances.float32, ...float32Exceptions[`${fn}/${name}`] } : tolerances.float64;
  outs.forEach((out, k) => expectClose(asArray(out), outputs[k], tolerance, `${what}, ${name}, output ${k}`));
  if (grads === undefined) return;
  const terms = differentiated.map((k) => {
    const { shape } = outs[k];
    const cotangent = torch.tensor(generate({ shape }, `${fn}/${name}/cotangent/${k}`), { dtype: float });
    return outs[k].mul(cotangent.reshape(shape)).sum();
  });
  const total = terms.reduce((a, b) => a.add(b));
  // What PyTorch differentiates to zeros may have no gradient at all here.
  if (total.requires_grad) total.backward();
  grads.forEach((grad, i) => {
    const found = inputs[i].grad;
    if (grad === null) expect(found, `${what}, ${name}: gradient of input ${i}`).toBeNull();
    else if (gradientExceptions[`${fn}/${name}`] === undefined) {
      expectClose(
        asArray(found ?? torch.zeros_like(inputs[i])),
        grad,
        tolerance,
        `${what}, ${name}, gradient of input ${i}`,
      );
    }
  });
}

const cases = loadGoldens('functions');
const calls = cases.filter(({ draw }) => draw === undefined);
const draws = cases.filter(({ draw }) => draw !== undefined);

describe.each(['float64', 'float32'] as const)('%s', (float) => {
  it.each([...new Set(calls.map(({ fn }) => fn))])('%s', (fn) => {
    for (const [what, call] of callsOf(fn)) {
      for (const golden of calls.filter((one) => one.fn === fn)) {
        // A list of tensors has no methods.
        if (what.startsWith('x.') && !(argumentsOf(golden, float).args[0] instanceof Tensor)) continue;
        compare(golden, float, what, call);
      }
    }
  });
});

it.each(draws.map((golden) => [golden.name, golden] as const))('multinomial draws %s', (_, { draw, outputs }) => {
  if (draw === undefined) throw new Error('no draw');
  torch.manual_seed(7);
  const weights = torch.tensor(draw.weights, { dtype: draw.dtype });
  const drawn = torch.multinomial(weights, draw.count, draw.replacement);
  expect(drawn.dtype).toBe('int64');
  expectClose(asArray(drawn), outputs[0]);
});
