import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { compileWith, interpreter } from './compiled.js';

const { optim } = torch;

describe('signatures', () => {
  const signatures: [string, () => unknown, () => unknown, (arg: never) => torch.Tensor][] = [
    ['shapes', () => torch.ones(2, 3), () => torch.ones(3, 2), (t: torch.Tensor) => t.sum(0)],
    ['dtypes', () => torch.ones(2), () => torch.ones([2], { dtype: 'int32' }), (t: torch.Tensor) => t.mul(2)],
    [
      'requires_grad',
      () => torch.ones(2),
      () => torch.ones([2], { requires_grad: true }),
      (t: torch.Tensor) => torch.tensor(t.requires_grad),
    ],
    ['structure', () => [torch.ones(2)], () => [torch.ones(2), null], (t: torch.Tensor[]) => t[0].mul(t.length)],
    ['numbers', () => [torch.ones(2), 2], () => [torch.ones(2), 3], ([t, n]: [torch.Tensor, number]) => t.mul(n)],
    ['minus zero', () => [torch.ones(2), 0], () => [torch.ones(2), -0], ([t, n]: [torch.Tensor, number]) => t.div(n)],
    [
      'strings that look like structure',
      () => [torch.ones(1), 'a', 'b'],
      () => [torch.ones(1), 'a,string:b'],
      (t: unknown[]) => torch.ones(1).mul(t.length),
    ],
  ];

  it.each(signatures)('depends on the %s of arguments', async (_, first, second, fn) => {
    const compiled = compileWith((arg: unknown) => fn(arg as never), interpreter);
    for (const make of [first, second, first, second]) {
      expect((await compiled(make())).tolist()).toEqual(fn(make() as never).tolist());
    }
    expect(compiled.graphs).toHaveLength(2);
    expect(compiled.explain()[1]).toMatch(/^traced: new signature/);
  });

  it('depends on grad mode', async () => {
    const w = torch.ones([1], { requires_grad: true });
    const compiled = compileWith(() => torch.tensor(w.mul(2).requires_grad), interpreter);
    const values: number[] = [];
    for (const mode of [true, false, true]) {
      torch.set_grad_enabled(mode);
      values.push((await compiled()).item());
    }
    expect(values).toEqual([1, 0, 1]);
    expect(compiled.graphs).toHaveLength(2);
  });

  it('depends on the default dtype', async () => {
    const compiled = compileWith(() => torch.ones(1), interpreter);
    const dtypes: string[] = [];
    try {
      for (const dtype of ['float32', 'float64', 'float32'] as const) {
        torch.set_default_dtype(dtype);
        dtypes.push((await compiled()).dtype);
      }
    } finally {
      torch.set_default_dtype('float32');
    }
    expect(dtypes).toEqual(['float32', 'float64', 'float32']);
    expect(compiled.graphs).toHaveLength(2);
  });

  it('traces in the modes of the moment of the call, not of its turn in the queue', async () => {
    const w = torch.ones([1], { requires_grad: true });
    const compiled = compileWith(() => torch.tensor(w.mul(2).requires_grad), interpreter);
    torch.set_grad_enabled(false);
    const call = compiled();
    torch.set_grad_enabled(true);
    expect((await call).item()).toBe(0);
  });

  const numbers: [string, () => torch.optim.SGD | torch.optim.Adam, (group: never, i: number) => void][] = [];
  for (const key of ['lr', 'momentum', 'weight_decay', 'dampening'] as const) {
    numbers.push([
      `${key} of SGD`,
      () =>
        new optim.SGD([torch.ones([2], { requires_grad: true })], {
          lr: 0.1,
          momentum: 0.9,
          weight_decay: 0.1,
          dampening: 0.1,
        }),
      (group: torch.optim.SGDGroup, i) => (group[key] = 0.05 * (i + 1)),
    ]);
  }
  numbers.push(
    [
      'betas of Adam',
      () => new optim.Adam([torch.ones([2], { requires_grad: true })], { lr: 0.1 }),
      (group: torch.optim.AdamGroup, i) => (group.betas = [0.5 + 0.1 * i, 0.9]),
    ],
    [
      'eps of Adam',
      () => new optim.Adam([torch.ones([2], { requires_grad: true })], { lr: 0.1 }),
      (group: torch.optim.AdamGroup, i) => (group.eps = 0.1 * (i + 1)),
    ],
  );

  it.each(numbers)('does not depend on %s, nor on the number of steps', async (_, make, set) => {
    const step = (optimizer: torch.optim.SGD | torch.optim.Adam) => (): void => {
      const [w] = optimizer.param_groups[0].params;
      optimizer.zero_grad();
      w.square().sum().backward();
      optimizer.step();
    };
    const [eager, compiled] = [make(), make()];
    const run = compileWith(step(compiled), interpreter);
    for (let i = 0; i < 4; i++) {
      set(eager.param_groups[0] as never, i);
      set(compiled.param_groups[0] as never, i);
      step(eager)();
      await run();
      const [a, b] = [eager, compiled].map(({ param_groups }) => param_groups[0].params[0].tolist());
      expect(b).toEqual(a);
    }
    expect(run.graphs).toHaveLength(1);
  });

  it('keeps a bounded number of graphs per signature and disposes the oldest', async () => {
    const w = torch.ones(2);
    let disposed = 0;
    const compiled = compileWith(() => w.mul(2), {
      prepare: async (program, wanted) => ({
        ...(await interpreter.prepare(program, wanted)),
        dispose: () => Promise.resolve(void disposed++),
      }),
    });
    for (let i = 0; i < 12; i++) {
      w.cell.value = torch.ones(i + 2).read();
      expect((await compiled()).shape).toEqual([i + 2]);
    }
    expect(compiled.graphs).toHaveLength(8);
    expect(disposed).toBe(4);
  });

  it('has no guards on tensors that the function made itself', async () => {
    const w = torch.ones([2], { requires_grad: true });
    let guards = 0;
    const compiled = compileWith(
      () => {
        let y = w.detach();
        for (let i = 0; i < 50; i++) y = y.mul(2);
        return y;
      },
      {
        prepare: (program, wanted) => {
          guards = program.guards.length;
          return interpreter.prepare(program, wanted);
        },
      },
    );
    await compiled();
    expect(guards).toBeLessThan(5);
  });
});
