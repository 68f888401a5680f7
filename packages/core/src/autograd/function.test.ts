import { describe, expect, it } from 'vitest';
import { compileWith, interpreter } from '../graph.js';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';

const { autograd, nn } = torch;
const { checkpoint } = torch.utils.checkpoint;

class Exp extends autograd.Function {
  static forward(ctx: torch.autograd.FunctionContext, x: Tensor): Tensor {
    const y = x.exp();
    ctx.save_for_backward(y);
    return y;
  }
  static backward(ctx: torch.autograd.FunctionContext, grad: Tensor): Tensor {
    return grad.mul(ctx.saved_tensors[0]);
  }
}

class ScaleAndSign extends autograd.Function {
  static forward(ctx: torch.autograd.FunctionContext, x: Tensor, factor: number, y: Tensor): [Tensor, Tensor] {
    ctx.save_for_backward(x, y);
    ctx.factor = factor;
    const sign = x.sign();
    ctx.mark_non_differentiable(sign);
    return [x.mul(y).mul(factor), sign];
  }
  static backward(ctx: torch.autograd.FunctionContext, grad: Tensor, none: Tensor): (Tensor | null)[] {
    const [x, y] = ctx.saved_tensors;
    const factor = Number(ctx.factor);
    expect(none.sum().item()).toBe(0);
    expect(ctx.needs_input_grad).toEqual([true, false, true]);
    return [grad.mul(y).mul(factor), null, grad.mul(x).mul(factor)];
  }
}

const sample = (...shape: number[]): Tensor => torch.randn(shape, { dtype: 'float64', requires_grad: true });

describe('autograd.Function', () => {
  it('has the gradients of its backward, of second order too', () => {
    expect(autograd.gradcheck((x) => Exp.apply(x), [sample(3)])).toBe(true);
    expect(autograd.gradgradcheck((x) => Exp.apply(x), [sample(3)])).toBe(true);
    expect(autograd.gradgradcheck((x, y) => ScaleAndSign.apply(x, 3, y)[0].square(), [sample(3), sample(3)])).toBe(
      true,
    );
  });

  it('leaves outputs that are marked, and calls without gradients, off the tape', () => {
    const [scaled, sign] = ScaleAndSign.apply(sample(2), 2, sample(2));
    expect([scaled.requires_grad, sign.requires_grad]).toEqual([true, false]);
    expect(Exp.apply(torch.ones(2)).requires_grad).toBe(false);
    expect(torch.no_grad(() => Exp.apply(sample(2))).requires_grad).toBe(false);
  });

  it('frees what it saved', () => {
    const y = Exp.apply(sample(2)).sum();
    y.backward();
    expect(() => y.backward()).toThrow(/what Exp saved was freed by the first backward/);
  });

  it('names wrong gradients', () => {
    class Wrong extends autograd.Function {
      static forward(_: torch.autograd.FunctionContext, x: Tensor, y: Tensor): Tensor {
        return x.add(y);
      }
      static backward(_: torch.autograd.FunctionContext, grad: Tensor): Tensor[] {
        return [grad.sum()];
      }
    }
    const [x, y] = [sample(2), sample(2)];
    expect(() => Wrong.apply(x, y).sum().backward()).toThrow(
      'Wrong.backward: returned [float64[]], expected one gradient (or null) per argument of forward, 2',
    );
    class Shape extends Wrong {
      static override backward(_: torch.autograd.FunctionContext, grad: Tensor): Tensor[] {
        return [grad.sum(), grad];
      }
    }
    expect(() => Shape.apply(x, y).sum().backward()).toThrow(/^Shape.backward: gradient 0: got float64\[\], expected/);
  });

  it('traces', async () => {
    const step = (x: Tensor): Tensor => {
      const leaf = x.detach().requires_grad_();
      return autograd.grad(Exp.apply(leaf).square().sum(), leaf)[0];
    };
    const x = torch.randn(4);
    expect(torch.allclose(await compileWith(step, interpreter)(x), step(x))).toBe(true);
  });
});

describe('checkpoint', () => {
  const net = (): torch.nn.Sequential =>
    new nn.Sequential(new nn.Linear(3, 4), new nn.Dropout(0.5), new nn.ReLU(), new nn.Linear(4, 2)).double();
  type Run = (block: (x: Tensor) => Tensor, x: Tensor) => Tensor;
  const plain: Run = (block, x) => block(x);
  const saving: Run = (block, x) => checkpoint(block, x);

  it('gives the same values, gradients and draws', () => {
    const model = net();
    const other = torch.ones(2, { dtype: 'float64', requires_grad: true });
    const results = [plain, saving].map((run) => {
      torch.manual_seed(1);
      model.zero_grad();
      other.grad = null;
      const x = torch.ones(5, 3, { dtype: 'float64', requires_grad: true });
      const scale = other.mul(3);
      const out = run((h) => model.forward(h).mul(scale), x.mul(2));
      out.square().sum().backward();
      const grads = [x, other, ...model.parameters()].map(({ grad }) => grad?.tolist());
      return [out.tolist(), grads, torch.rand(2).tolist()];
    });
    expect(results[1]).toEqual(results[0]);
  });

  it('serves autograd.grad and derivatives of second order', () => {
    const weight = sample(3, 3);
    const f = (x: Tensor, w: Tensor): Tensor => checkpoint((h: Tensor) => h.matmul(w).tanh().mul(h), x.mul(w));
    expect(autograd.gradcheck(f, [sample(3, 3), weight])).toBe(true);
    expect(autograd.gradgradcheck(f, [sample(3, 3), weight])).toBe(true);
  });

  it('runs the function again only in the backward pass', () => {
    let runs = 0;
    const out = checkpoint((x: Tensor) => {
      runs++;
      return [x.exp(), x.mul(2)];
    }, sample(2));
    expect(runs).toBe(1);
    out[0].sum().backward();
    expect(runs).toBe(2);
    expect(() => checkpoint((() => 3) as never, sample(2))).toThrow(/^checkpoint: fn: got 3, expected a function/);
  });
});

describe('anomaly detection', () => {
  it('names the op and the line that made the first NaN', () => {
    const run = (): void => {
      const x = torch.zeros(2).requires_grad_();
      x.sqrt().mul(0).sum().backward();
    };
    expect(run).not.toThrow();
    expect(() => autograd.detect_anomaly(run)).toThrow(
      /^backward: sqrt gave a NaN or infinite gradient for its input 0, first at element 0, called at .*function\.test\.ts:\d+$/,
    );
    expect(autograd.is_anomaly_enabled()).toBe(false);
  });

  it('names the module, and acts in compiled functions', async () => {
    class Root extends nn.Module {
      override forward(x: Tensor): Tensor {
        return x.sqrt();
      }
    }
    const model = new nn.Sequential(new Root());
    const step = (x: Tensor): Tensor => {
      const leaf = x.detach().requires_grad_();
      return autograd.grad(model.forward(leaf).sum(), leaf)[0];
    };
    const compiled = compileWith(step, interpreter);
    await compiled(torch.zeros(2));
    autograd.set_detect_anomaly(true);
    try {
      expect(() => step(torch.zeros(2))).toThrow(/sqrt in 0 gave/);
      await expect(compiled(torch.zeros(2))).rejects.toThrow(/sqrt in 0 gave/);
    } finally {
      autograd.set_detect_anomaly(false);
    }
    expect(() => autograd.detect_anomaly(() => Promise.resolve())).toThrow(/^detect_anomaly: fn: returned a promise/);
  });
});

it('Variable is the tensor', () => {
  const x = torch.ones(2);
  expect(autograd.Variable(x)).toBe(x);
  expect(autograd.Variable(x, { requires_grad: true }).requires_grad).toBe(true);
  expect(() => autograd.Variable(torch.tensor([true]), { requires_grad: true })).toThrow(/floating/);
  expect(nn.init.constant(torch.ones(2), 3).tolist()).toEqual([3, 3]);
});
