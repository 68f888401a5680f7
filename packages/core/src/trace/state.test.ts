import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { compileWith, interpreter } from './compiled.js';
import { trace } from './trace.js';

const { nn, optim } = torch;
type Tensor = torch.Tensor;

/** Everything that a test compares between an eager and a compiled life. */
interface Life {
  call: () => void;
  seen: () => unknown;
  /** What user code does between the calls. */
  between?: (i: number) => void;
}

const listOf = (t: Tensor | null): unknown => t?.tolist() ?? null;

function leaf(...values: number[]): Tensor {
  return torch.tensor(values, { requires_grad: true });
}

const lives: [string, () => Life][] = [
  [
    'cells that the function rebinds',
    () => {
      const count = torch.zeros(2);
      return { call: () => count.add_(1).mul_(2), seen: () => listOf(count) };
    },
  ],
  [
    'a cell that is written and never read',
    () => {
      const last = torch.zeros(2);
      return { call: () => last.fill_(7), seen: () => listOf(last), between: () => last.fill_(1) };
    },
  ],
  [
    'running statistics',
    () => {
      const norm = new nn.BatchNorm1d(2);
      const x = torch.tensor([
        [1, 5],
        [3, -2],
        [4, 4],
      ]);
      return {
        call: () => norm.forward(x),
        seen: () => [norm.running_mean, norm.running_var, norm.num_batches_tracked].map((t) => listOf(t as Tensor)),
      };
    },
  ],
  [
    'gradients that accumulate',
    () => {
      const w = leaf(1, 2);
      return { call: () => w.square().sum().backward(), seen: () => listOf(w.grad) };
    },
  ],
  [
    'gradients that accumulate after being zeroed inside',
    () => {
      const w = leaf(1, 2);
      return {
        call: () => {
          w.grad?.detach().zero_();
          w.square().sum().backward();
        },
        seen: () => listOf(w.grad),
      };
    },
  ],
  [
    'gradients that are dropped outside between calls',
    () => {
      const w = leaf(1, 2);
      return {
        call: () => w.square().sum().backward(),
        seen: () => listOf(w.grad),
        between: (i) => {
          if (i % 2 === 1) w.grad = null;
        },
      };
    },
  ],
  [
    'gradients that are zeroed outside between calls',
    () => {
      const w = leaf(1, 2);
      return {
        call: () => w.square().sum().backward(),
        seen: () => listOf(w.grad),
        between: (i) => {
          if (i % 2 === 1) w.grad?.zero_();
        },
      };
    },
  ],
  [
    'a step that drops gradients at its end',
    () => {
      const w = leaf(1, 2);
      const optimizer = new optim.SGD([w], { lr: 0.1, momentum: 0.9 });
      return {
        call: () => {
          w.square().sum().backward();
          optimizer.step();
          optimizer.zero_grad();
        },
        seen: () => [listOf(w), listOf(w.grad)],
      };
    },
  ],
  [
    'a gradient that the function assigns',
    () => {
      const w = leaf(1, 2);
      const other = torch.tensor([5, 6]);
      return {
        call: () => {
          other.add_(1);
          w.grad = other;
        },
        seen: () => [listOf(w.grad), w.grad === other],
      };
    },
  ],
  [
    'a literal that the function assigns as gradient, and adds to',
    () => {
      const w = leaf(1, 2);
      return {
        call: () => {
          if (w.grad === null) w.grad = torch.tensor([5, 6]);
          w.square().sum().backward();
        },
        seen: () => listOf(w.grad),
      };
    },
  ],
  [
    'a view made outside, read and written inside',
    () => {
      const base = torch.tensor([1, 2, 3, 4]);
      const view = base.index('1:3');
      return {
        call: () => {
          view.add_(10);
          base.mul_(view.sum().div(20));
        },
        seen: () => [listOf(base), listOf(view)],
        between: () => base.index_put_([0], 5),
      };
    },
  ],
  [
    'a view of a view',
    () => {
      const base = torch.tensor([
        [1, 2],
        [3, 4],
      ]);
      const row = base.t().index(0);
      return {
        call: () => {
          base.index(1).add_(1);
          row.mul_(2);
        },
        seen: () => [listOf(base), listOf(row)],
        between: () => row.sub_(1),
      };
    },
  ],
  [
    'a view of a leaf made outside, differentiated inside',
    () => {
      const w = leaf(1, 2, 3, 4);
      const part = w.index('0:2');
      return {
        call: () => {
          w.grad = null;
          part.square().sum().backward();
          torch.no_grad(() => w.sub_(w.grad ?? 0));
        },
        seen: () => [listOf(w), listOf(part), part.requires_grad],
      };
    },
  ],
  [
    'aliases by detach() and .data',
    () => {
      const w = leaf(1, 2);
      const alias = w.detach();
      return {
        call: () => {
          alias.mul_(2);
          w.data.add_(alias);
        },
        seen: () => [listOf(w), listOf(alias)],
      };
    },
  ],
  [
    'two modules that share a parameter',
    () => {
      torch.manual_seed(0);
      const a = new nn.Linear(2, 2, { bias: false });
      const b = new nn.Linear(2, 2, { bias: false });
      b.weight = a.weight;
      const optimizer = new optim.SGD([a.weight], { lr: 0.1 });
      const x = torch.tensor([[1, 2]]);
      return {
        call: () => {
          optimizer.zero_grad();
          b.forward(a.forward(x)).square().sum().backward();
          optimizer.step();
        },
        seen: () => [listOf(a.weight), listOf(b.weight)],
      };
    },
  ],
  [
    "tensors that take each other's value",
    () => {
      const a = torch.tensor([1, 2]);
      const b = torch.tensor([3, 4]);
      return {
        call: () => {
          const before = a.clone();
          a.copy_(b);
          b.copy_(before);
        },
        seen: () => [listOf(a), listOf(b)],
        between: () => a.add_(1),
      };
    },
  ],
  [
    'a tensor that becomes a copy of another',
    () => {
      const a = torch.tensor([1, 2]);
      const b = torch.tensor([3, 4]);
      return {
        call: () => a.copy_(b),
        seen: () => [listOf(a), listOf(b)],
        between: (i) => (i === 0 ? a : b).add_(1),
      };
    },
  ],
];

describe('state of compiled functions', () => {
  it.each(lives)('is as in eager code: %s', async (_, make) => {
    const [eager, compiled] = [make(), make()];
    const run = compileWith(() => void compiled.call(), interpreter);
    for (let i = 0; i < 6; i++) {
      eager.call();
      await run();
      expect(compiled.seen()).toEqual(eager.seen());
      eager.between?.(i);
      compiled.between?.(i);
      expect(compiled.seen()).toEqual(eager.seen());
    }
    expect(run.graphs.length).toBeLessThanOrEqual(2);
  });

  it('follows the .grad slot through micro-batches and steps without tracing anew', async () => {
    const make = () => {
      const w = leaf(1, 2);
      const optimizer = new optim.SGD([w], { lr: 0.1, momentum: 0.9 });
      const micro = (x: Tensor): void => w.mul(x).square().sum().backward();
      const step = (): void => {
        optimizer.step();
        optimizer.zero_grad();
      };
      return { w, micro, step };
    };
    const [eager, compiled] = [make(), make()];
    const micro = compileWith(compiled.micro, interpreter);
    const step = compileWith(compiled.step, interpreter);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 3; j++) {
        const x = torch.tensor([i + 1, j - 1]);
        eager.micro(x);
        await micro(x);
        expect(listOf(compiled.w.grad)).toEqual(listOf(eager.w.grad));
      }
      eager.step();
      await step();
      expect(listOf(compiled.w)).toEqual(listOf(eager.w));
      expect(compiled.w.grad).toBeNull();
    }
    expect(micro.graphs).toHaveLength(2);
    expect(step.graphs).toHaveLength(1);
  });

  it('does not keep a transient gradient, and says so; keepGrad keeps it', async () => {
    const w = leaf(1, 2);
    const fn = (): void => {
      w.grad = null;
      w.square().sum().backward();
    };
    const train = compileWith(fn, interpreter, { name: 'train' });
    await train();
    expect(() => w.grad).toThrow(
      'train computed this gradient and did not keep it; compile it with { keepGrad: true }',
    );
    await train();
    w.grad = null;
    expect(w.grad).toBeNull();
    await compileWith(fn, interpreter, { keepGrad: true })();
    expect(listOf(w.grad)).toEqual([2, 4]);
  });

  it('does not take a gradient that was not kept for one that was never computed', async () => {
    const w = leaf(1, 2);
    const accumulate = compileWith(() => w.square().sum().backward(), interpreter);
    await accumulate();
    w.grad = null;
    await compileWith(
      () => {
        w.grad = null;
        w.sum().backward();
      },
      interpreter,
      { name: 'train' },
    )();
    await expect(accumulate()).rejects.toThrow('train computed this gradient and did not keep it');
  });

  it('gives arguments that require grad their gradient', async () => {
    const x = leaf(1, 2);
    const compiled = compileWith((t: Tensor) => t.square().sum().backward(), interpreter);
    await compiled(x);
    expect(x.grad?.tolist()).toEqual([2, 4]);
    await compiled(x);
    expect(x.grad?.tolist()).toEqual([4, 8]);
    await expect(compiled(x.mul(2))).rejects.toThrow(
      'function: input_0: is a result that requires grad, and gradients would stop at it',
    );
  });

  it('refuses to write arguments in place', async () => {
    const x = torch.tensor([1, 2]);
    const compiled = compileWith((t: Tensor) => t.add_(1), interpreter, { name: 'f' });
    await expect(compiled(x)).rejects.toThrow(
      "f: input_0: is written in place, which a compiled call cannot do to the caller's tensor",
    );
    expect(x.tolist()).toEqual([1, 2]);
  });

  it('results, state and arguments do not share bytes that an eager write could change', async () => {
    const w = torch.tensor([1, 2]);
    const x = torch.tensor([5, 6]);
    const compiled = compileWith((t: Tensor) => {
      w.add_(1);
      return { w, again: w, t };
    }, interpreter);
    const { w: result, again, t } = await compiled(x);
    w.mul_(10);
    x.mul_(10);
    result.sub_(100);
    expect([w, result, again, x, t].map((y) => y.tolist())).toEqual([
      [20, 30],
      [-98, -97],
      [2, 3],
      [50, 60],
      [5, 6],
    ]);
  });

  describe('tensors that escape', () => {
    const message =
      /float32\[2\] escaped the trace of `step` made at \S*state\.test\.ts:\d+; return it from the function/;

    it('throw when they are read eagerly or in another trace', async () => {
      const kept: Tensor[] = [];
      const step = compileWith((x: Tensor) => void kept.push(x.mul(2)), interpreter, { name: 'step' });
      await step(torch.ones(2));
      expect(() => kept[0].tolist()).toThrow(message);
      expect(() => kept[0].add(1)).toThrow(message);
      await expect(compileWith(() => kept[0].add(1), interpreter)()).rejects.toThrow(message);
    });

    it('throw when an object kept what the function created on first use', async () => {
      class Lazy extends nn.Module<[Tensor], Tensor> {
        cache: Tensor | null = null;
        override forward(x: Tensor): Tensor {
          this.cache ??= torch.ones(2);
          return x.add(this.cache);
        }
      }
      const lazy = new Lazy();
      const step = compileWith((x: Tensor) => lazy.forward(x), interpreter, { name: 'step' });
      expect((await step(torch.ones(2))).tolist()).toEqual([2, 2]);
      expect((await step(torch.ones(2))).tolist()).toEqual([2, 2]);
      expect(() => lazy.forward(torch.ones(2))).toThrow(message);
      await expect(step(torch.ones([2], { dtype: 'float64' }))).rejects.toThrow(message);
    });
  });

  it('runs JavaScript once per trace', async () => {
    let runs = 0;
    const compiled = compileWith((x: Tensor) => (runs++, x.mul(2)), interpreter);
    for (const size of [2, 2, 3, 2, 3]) await compiled(torch.ones(size));
    expect(runs).toBe(2);
  });

  it('names a call inside a trace', async () => {
    const inner = compileWith((x: Tensor) => x.mul(2), interpreter, { name: 'inner' });
    const outer = compileWith((x: Tensor) => (void inner(x), x), interpreter);
    const message =
      'inner: a compiled function cannot be called inside a trace; call the function that it was made from';
    await expect(outer(torch.ones(1))).rejects.toThrow(message);
    expect(() => trace((x: Tensor) => trace((y: Tensor) => y, [x]), [torch.ones(1)])).toThrow('inside a trace');
  });
});
