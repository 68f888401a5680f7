/** What layers.json has of functions: numbers and gradients by PyTorch, finite differences, and traces equal to eager runs. */
import { describe, expect, it } from 'vitest';
import { generate } from '../../../../test/goldens/inputs.js';
import { expectClose, loadGoldens } from '../../../../test/goldens/load.js';
import type { GoldenCase } from '../../../../test/goldens/load.js';
import { compileWith, interpreter } from '../graph.js';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import { asArray, calls, inputsOf, make, outputsOf } from './layers.testing.js';

const tolerances = { float32: { rtol: 2e-5, atol: 4e-6 }, float64: { rtol: 1e-9, atol: 1e-11 } };
/** PyTorch rounds constants of these gradients to float32 in float64 too; the encoder cancels in float32. */
const looser: Readonly<Record<string, { rtol: number; atol: number }>> = {
  'hardsigmoid float64': { rtol: 1e-7, atol: 1e-11 },
  'binary_cross_entropy float64': { rtol: 1e-7, atol: 1e-11 },
  'TransformerEncoderLayer float32': { rtol: 2e-5, atol: 4e-5 },
};
const cases = loadGoldens('layers').filter(({ fn }) => fn in calls);

/** Cases at kinks, where finite differences and gradients differ by convention. */
const hasKinks = ({ fn, name }: GoldenCase): boolean =>
  /kinks|tied|saturated/.test(name) || fn === 'binary_cross_entropy_with_logits' || fn === 'kl_div';

const title = ({ fn, name, dtype }: GoldenCase): string => `${fn} ${name} ${dtype}`;

it('knows a call for every function of layers.json', () => {
  expect(Object.keys(calls).filter((fn) => !cases.some((golden) => golden.fn === fn))).toEqual([]);
});

describe('layers.json', () => {
  it.each(cases.map((golden) => [title(golden), golden] as const))('%s', (_, golden) => {
    const inputs = inputsOf(golden);
    const outputs = outputsOf(golden, inputs);
    const tolerance = looser[`${golden.fn} ${golden.dtype}`] ?? tolerances[golden.dtype];
    for (const [name, expected] of Object.entries(golden.outputs ?? {})) {
      expect(outputs[name].dtype).toBe(golden.dtype);
      expectClose(asArray(outputs[name]), expected, tolerance, name);
    }
    const { out } = outputs;
    const cotangent = generate({ shape: [...out.shape] }, `nn/${golden.fn}/${golden.name}/cotangent`);
    out
      .mul(make(out.shape, cotangent, golden.dtype))
      .sum()
      .backward();
    for (const [name, expected] of Object.entries(golden.grads ?? {})) {
      const grad = inputs[name].grad ?? torch.zeros_like(inputs[name]);
      expectClose(asArray(grad), expected, tolerance, `gradient of ${name}`);
    }
  });
});

const float64 = cases.filter(({ dtype }) => dtype === 'float64');

describe('finite differences', () => {
  const smooth = float64.filter((golden) => !hasKinks(golden) && !golden.name.includes('nearest'));
  // The first case of each function: the others differ in options that the goldens compare.
  const firsts = smooth.filter((golden) => smooth.find(({ fn }) => fn === golden.fn) === golden);
  it.each(firsts.map((golden) => [title(golden), golden] as const))('%s', (_, golden) => {
    const inputs = inputsOf(golden);
    const names = Object.keys(inputs);
    const fn = (...xs: Tensor[]): Tensor =>
      outputsOf(golden, Object.fromEntries(names.map((name, i) => [name, xs[i]]))).out;
    const all = names.map((name) => inputs[name]);
    expect(torch.autograd.gradcheck(fn, all)).toBe(true);
    expect(torch.autograd.gradgradcheck(fn, all)).toBe(true);
  });
});

describe('a trace', () => {
  const single = cases.filter(({ dtype }) => dtype === 'float32');
  const firsts = single.filter((golden) => single.find(({ fn }) => fn === golden.fn) === golden);
  it.each(firsts.map((golden) => [title(golden), golden] as const))(
    'computes what eager does: %s',
    async (_, golden) => {
      const inputs = inputsOf(golden);
      const plain = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, x.detach()]));
      const wanted = Object.keys(golden.grads ?? {});
      const run = (t: Record<string, Tensor>): Tensor[] => {
        const leaves = { ...t };
        for (const name of wanted) leaves[name] = t[name].detach().requires_grad_();
        const outputs = outputsOf(golden, leaves);
        const total = outputs.out.mul(outputs.out).sum();
        const grads = torch.autograd.grad(
          total,
          wanted.map((name) => leaves[name]),
          { materialize_grads: true },
        );
        return [...Object.values(outputs).map((out) => out.detach()), ...grads];
      };
      const expected = run(plain);
      const compiled = compileWith(run, interpreter);
      const got = await compiled(plain);
      got.forEach((x, i) => {
        const { shape, data } = asArray(expected[i]);
        expectClose(
          asArray(x),
          { shape: [...shape], data: Array.from(data) },
          { rtol: 1e-6, atol: 1e-6 },
          `result ${i}`,
        );
      });
    },
  );
});
