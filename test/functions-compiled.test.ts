/** Functions made of primitive ops, compiled with their gradients: the numbers of eager mode. */
import * as torch from '@reidgrad/core';
import { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';
import { argumentsOf } from './function-calls.js';
import { loadGoldens } from './goldens/load.js';
import type { FunctionCase } from './goldens/load.js';

/** Functions that read data, and cases that hold what graphs treat otherwise. */
const eagerOnly: readonly string[] = ['unique', 'bincount', 'histc', 'inverse'];
const notCompiled: Readonly<Record<string, string>> = {
  'sort/nan': 'TopK knows no NaN',
  'sort/nan, descending': 'TopK knows no NaN',
  'median/all, nan': 'TopK knows no NaN',
  'median/rows with nan, kept': 'TopK knows no NaN',
  'repeat_interleave/by tensor': 'its length depends on the data',
};

type AnyFunction = (...args: unknown[]) => unknown;

/** Outputs and, where there are any, gradients of the sum of their squares. */
function outputsAndGradients(golden: FunctionCase, { args, inputs }: ReturnType<typeof argumentsOf>): Tensor[] {
  const result = (Reflect.get(torch, golden.fn) as AnyFunction)(...args);
  const outs = result instanceof Tensor ? [result] : [...(result as Iterable<Tensor>)];
  const total = outs
    .filter((out) => out.requires_grad)
    .reduce<Tensor | null>((sum, out) => {
      const square = out.mul(out).sum();
      return sum === null ? square : sum.add(square);
    }, null);
  if (total === null) return outs;
  const wanted = inputs.filter((input, i) => input.requires_grad && golden.grads?.[i] !== null);
  return [...outs, ...torch.autograd.grad(total, wanted).filter((grad): grad is Tensor => grad !== null)];
}

const cases = loadGoldens('functions').filter(
  ({ fn, name, draw }) => draw === undefined && !eagerOnly.includes(fn) && notCompiled[`${fn}/${name}`] === undefined,
);

describe.each([...new Set(cases.map(({ fn }) => fn))])('%s', (fn) => {
  it('compiled equals eager', async () => {
    for (const golden of cases.filter((one) => one.fn === fn)) {
      const expected = outputsAndGradients(golden, argumentsOf(golden, 'float32'));
      const call = argumentsOf(golden, 'float32');
      const compiled = compile(() => outputsAndGradients(golden, call), { executionProviders: ['cpu'] });
      const actual = await compiled();
      expect(actual.length).toBe(expected.length);
      actual.forEach((out, k) => {
        const what = `${golden.name}, result ${k}`;
        expect([out.dtype, out.shape], what).toEqual([expected[k].dtype, expected[k].shape]);
        const close = torch.allclose(out.double(), expected[k].double(), { rtol: 1e-4, atol: 1e-5, equal_nan: true });
        expect(close, `${what}: ${out.toString()} for ${expected[k].toString()}`).toBe(true);
      });
    }
  });
});
