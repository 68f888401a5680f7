import { describe, expect, it } from 'vitest';
import { generate } from '../../../../test/goldens/inputs.js';
import { expectClose, loadGoldens } from '../../../../test/goldens/load.js';
import type { OptimCase } from '../../../../test/goldens/load.js';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';

const { optim } = torch;
const names = ['w1', 'b1', 'w2', 'b2'];

/** Ten steps on the two-layer net of optim.py; parameters after each step that the golden file has. */
function run(golden: OptimCase): { losses: number[]; parameters: Record<string, Record<string, Tensor>> } {
  const t: Record<string, Tensor> = {};
  for (const [name, spec] of Object.entries(golden.inputs)) {
    t[name] = torch.tensor(generate(spec, spec.key), { dtype: golden.dtype }).reshape(spec.shape);
    t[name].requires_grad = names.includes(name);
  }
  const groups =
    golden.secondGroup === undefined
      ? [{ params: names.map((name) => t[name]) }]
      : [{ params: [t.w1, t.b1] }, { params: [t.w2, t.b2], ...golden.secondGroup }];
  const optimizer = new optim[golden.optimizer](groups, golden.options);
  const losses: number[] = [];
  const parameters: Record<string, Record<string, Tensor>> = {};
  for (let step = 1; step <= 10; step++) {
    optimizer.zero_grad();
    const out = t.x.matmul(t.w1.t()).add(t.b1).matmul(t.w2.t()).add(t.b2);
    const loss = out.sub(t.y).square().mean();
    loss.backward();
    optimizer.step();
    losses.push(loss.item());
    parameters[step] = Object.fromEntries(names.map((name) => [name, t[name].detach().clone()]));
  }
  return { losses, parameters };
}

describe('optim.json', () => {
  for (const golden of loadGoldens('optim')) {
    const second = golden.secondGroup === undefined ? '' : ` and ${JSON.stringify(golden.secondGroup)}`;
    it(`${golden.optimizer} ${JSON.stringify(golden.options)}${second} ${golden.dtype}`, () => {
      const { losses, parameters } = run(golden);
      const tolerance = golden.dtype === 'float32' ? { rtol: 2e-5, atol: 2e-6 } : { rtol: 1e-9, atol: 1e-12 };
      expectClose({ shape: [10], data: losses }, { shape: [10], data: golden.losses }, tolerance, 'losses');
      expect(Object.keys(golden.parameters)).toEqual(['1', '2', '10']);
      for (const [step, expected] of Object.entries(golden.parameters)) {
        for (const name of names) {
          const actual = parameters[step][name];
          const data = Array.from(actual.toTypedArray(), Number);
          expectClose({ shape: actual.shape, data }, expected[name], tolerance, `${name} after step ${step}`);
        }
      }
    });
  }
});
