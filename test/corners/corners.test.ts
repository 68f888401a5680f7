/** Corner cases against PyTorch: values, gradients and second derivatives. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { isFloating } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { expectClose, loadGoldens } from '../goldens/load.js';
import type { ArrayWithShape, CornerCase, GoldenArray } from '../goldens/load.js';
import { programs } from './programs.js';
import type { Inputs } from './programs.js';

const goldens = loadGoldens('corners');

/** Second derivatives that PyTorch gives otherwise. */
const secondExceptions: Readonly<Record<string, string>> = {
  'erfinv at the edge': 'infinite or NaN in PyTorch; here the constant slope at the edge gives 0',
};

const asArray = (x: Tensor): ArrayWithShape => ({ shape: x.shape, data: Array.from(x.toTypedArray(), Number) });

/** The inputs of a case; floats as `float` where it is given. */
function inputsOf({ inputs }: CornerCase, float?: torch.DType): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, shape, data, grad }]) => {
      const as = float !== undefined && isFloating(dtype) ? float : dtype;
      const x = torch.tensor(data.map(Number), { dtype: as }).reshape(shape).detach();
      return [name, x.requires_grad_(grad)];
    }),
  );
}

/** Σ x · cotangent over tensors, as in corners.py. */
function weighted(tensors: readonly Tensor[]): Tensor {
  const terms = tensors.map((x) => {
    const cotangent = torch.tensor(Array.from({ length: x.numel() }, (_, i) => 1 + (i % 3)));
    return x.mul(cotangent.to(x.dtype).reshape(x.shape)).sum();
  });
  return terms.reduce((a, b) => a.add(b));
}

const run = (name: string, inputs: Inputs): Tensor[] => {
  const result = programs[name](inputs);
  return Array.isArray(result) ? result : [result];
};

function expectGradients(
  what: string,
  inputs: Inputs,
  found: readonly (Tensor | null)[],
  golden: Readonly<Record<string, GoldenArray | null>>,
): void {
  Object.entries(golden).forEach(([name, expected], i) => {
    // A gradient of zeros may be none at all on either side.
    const actual = found[i] ?? torch.zeros_like(inputs[name]);
    const zeros = { shape: [...inputs[name].shape], data: inputs[name].reshape(-1).mul(0).tolist() as number[] };
    // PyTorch computes parts of mixed dtypes in float32.
    expectClose(asArray(actual), expected ?? zeros, { rtol: 1e-6, atol: 1e-9 }, `${what} of ${name}`);
  });
}

it('programs.ts has the programs of corners.json', () => {
  expect(Object.keys(programs).sort()).toEqual(goldens.map(({ name }) => name).sort());
});

describe.each(goldens.map((golden) => [golden.name, golden] as const))('%s', (name, golden) => {
  it('is what PyTorch gives', () => {
    const inputs = inputsOf(golden);
    const outs = run(name, inputs);
    expect(outs.map(({ dtype }) => dtype)).toEqual(golden.outputs.map(({ dtype }) => dtype));
    outs.forEach((out, i) => expectClose(asArray(out), golden.outputs[i], { rtol: 1e-6 }, `output ${i}`));
    const floating = outs.filter((out) => out.requires_grad);
    if (golden.grads === undefined) return expect(floating).toEqual([]);
    const wanted = Object.values(inputs).filter((x) => x.requires_grad);
    const options = { create_graph: true, allow_unused: true };
    const grads = torch.autograd.grad(weighted(floating), wanted, options);
    expectGradients('gradient', inputs, grads, golden.grads);
    if (golden.second === undefined || secondExceptions[name] !== undefined) return;
    const again = grads.filter((grad): grad is Tensor => grad?.requires_grad === true);
    const second = again.length === 0 ? [] : torch.autograd.grad(weighted(again), wanted, { allow_unused: true });
    expectGradients('second derivative', inputs, second, golden.second);
  });
});
