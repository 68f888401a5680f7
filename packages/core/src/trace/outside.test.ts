import { expect, it } from 'vitest';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import { compileWith, interpreter } from './compiled.js';

it('refuses eager results with a tape as captures; detached ones and no_grad are fine', async () => {
  const w = torch.ones([2], { requires_grad: true });
  const h = w.mul(2);
  const direct = compileWith(() => h.square().sum(), interpreter, { name: 'f' });
  await expect(direct()).rejects.toThrow('was computed before the trace');
  expect((await compileWith(() => h.detach().square().sum(), interpreter)()).item()).toBe(8);
  expect((await compileWith(() => torch.no_grad(() => h.square().sum()), interpreter)()).item()).toBe(8);
  h.square().sum().backward();
  expect(w.grad?.tolist()).toEqual([8, 8]);
});

it('refuses to assign .data inside a trace, and retraces when it was assigned outside', async () => {
  const w = torch.ones([2]);
  const inside = compileWith(() => {
    w.data = torch.zeros(2);
  }, interpreter);
  await expect(inside()).rejects.toThrow('data: cannot be assigned inside a trace');
  const triple = compileWith(() => w.mul(3), interpreter);
  await triple();
  w.data = torch.tensor([4, 5]);
  expect((await triple()).tolist()).toEqual([12, 15]);
});

it('keeps the mask of a detached selection, and says what to use instead of numel', async () => {
  const x = torch.tensor([1, 5, 3]);
  const mask = torch.tensor([true, false, true]);
  const largest = compileWith((a: Tensor, b: Tensor) => a.index(b).detach().max(), interpreter);
  expect((await largest(x, mask)).item()).toBe(3);
  const counted = compileWith((a: Tensor, b: Tensor) => a.mul(a.index(b).numel()), interpreter);
  await expect(counted(x, mask)).rejects.toThrow('use mask.sum()');
});

it('says in which module a check failed, eager and compiled alike', async () => {
  class Positive extends torch.nn.Module<[Tensor], Tensor> {
    override forward(x: Tensor): Tensor {
      torch.check(x.gt(0), (at) => `x is not positive at ${at[0]}`);
      return x.sqrt();
    }
  }
  class Outer extends torch.nn.Module<[Tensor], Tensor> {
    inner = new Positive();
    override forward(x: Tensor): Tensor {
      return this.inner.forward(x);
    }
  }
  const outer = new Outer();
  const x = torch.tensor([1, 2, -1]);
  const text = 'x is not positive at 2 [in inner (Positive)]';
  expect(() => outer.forward(x)).toThrow(text);
  await expect(compileWith((t: Tensor) => outer.forward(t), interpreter)(x)).rejects.toThrow(text);
});

it('leaves a captured tensor off the tape after an in-place write of something that needs gradients', async () => {
  const total = torch.zeros([2]);
  const w = torch.ones([2], { requires_grad: true });
  const accumulate = compileWith(() => total.add_(w).sum(), interpreter);
  await accumulate();
  expect(total.requires_grad).toBe(false);
  expect(total.tolist()).toEqual([1, 1]);
});
