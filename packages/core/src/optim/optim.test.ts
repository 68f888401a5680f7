import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import { interpret } from '../trace/interpret.js';
import { trace } from '../trace/trace.js';
import type { Program } from '../trace/trace.js';

const { nn, optim } = torch;
type Parameter = torch.nn.Parameter;

const parameter = (...values: number[]): Parameter => new nn.Parameter(torch.tensor(values));

/** One eager step on the gradient 2 (p - 1) of every parameter. */
function step(optimizer: { step(): unknown; zero_grad(): void }, ...parameters: Tensor[]): void {
  optimizer.zero_grad();
  parameters
    .map((p) => p.sub(1).square().sum())
    .reduce((a, b) => a.add(b))
    .backward();
  optimizer.step();
}

describe('construction', () => {
  it('takes parameters, named parameters and groups', () => {
    const layer = new nn.Linear(2, 2);
    expect(new optim.SGD(layer.parameters()).param_groups[0].params).toEqual([layer.weight, layer.bias]);
    expect(new optim.SGD(layer.named_parameters()).param_groups[0].params).toEqual([layer.weight, layer.bias]);
    const groups = new optim.SGD(
      [
        { params: layer.weight, lr: 0.5 },
        { params: [parameter(1)], momentum: 0.9 },
      ],
      { lr: 0.1 },
    );
    expect(groups.param_groups.map(({ lr, momentum }) => [lr, momentum])).toEqual([[0.5, 0], [0.1, 0.9]]); // prettier-ignore
    groups.add_param_group({ params: [parameter(2)], weight_decay: 1 });
    expect(groups.param_groups[2]).toMatchObject({ lr: 0.1, weight_decay: 1 });
    expect(String(groups).split('\n').slice(0, 9)).toEqual([
      'SGD (',
      'Parameter Group 0',
      '    dampening: 0',
      '    lr: 0.5',
      '    maximize: false',
      '    momentum: 0',
      '    nesterov: false',
      '    weight_decay: 0',
      '',
    ]);
  });

  const p = parameter(1);
  it.each<[string, () => unknown]>([
    ['nothing', () => new optim.SGD([])],
    ['a tensor', () => new optim.SGD(p as unknown as Tensor[])],
    ['a result', () => new optim.SGD([p.mul(2)])],
    ['a number', () => new optim.SGD([1 as unknown as Tensor])],
    ['a parameter twice', () => new optim.SGD([p, p])],
    ['a parameter in two groups', () => new optim.SGD([{ params: [p] }, { params: [p] }])],
    ['parameters and groups mixed', () => new optim.SGD([p, { params: [parameter(1)] }])],
    ['a negative rate', () => new optim.SGD([p], { lr: -1 })],
    ['nesterov without momentum', () => new optim.SGD([p], { nesterov: true })],
    ['a beta of 1', () => new optim.Adam([p], { betas: [0.9, 1] })],
    ['a negative decay', () => new optim.AdamW([p], { weight_decay: -1 })],
  ])('rejects %s', (_name, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});

describe('step', () => {
  it('skips parameters without a gradient and counts their steps apart', () => {
    const [a, b] = [parameter(3), parameter(3)];
    const adam = new optim.Adam([a, b], { lr: 0.1 });
    step(adam, a);
    expect(b.item()).toBe(3);
    step(adam, a, b);
    // The first step of Adam moves by the learning rate, whatever the gradient.
    expect(b.item()).toBeCloseTo(2.9, 6);
    expect(adam.state_dict().state[0].step).toMatchObject({ dtype: 'float32' });
    expect([0, 1].map((i) => (adam.state_dict().state[i].step as Tensor).item())).toEqual([2, 1]);
  });

  it('keeps groups of several dtypes apart', () => {
    const a = parameter(3);
    const b = new nn.Parameter(torch.tensor([3], { dtype: torch.float64 }));
    step(new optim.SGD([a, b], { lr: 0.1 }), a, b);
    expect([a.dtype, b.dtype]).toEqual(['float32', 'float64']);
    expect(b.item()).toBeCloseTo(2.6, 12);
    expect(a.item()).toBeCloseTo(2.6, 6);
  });

  it('calls the closure with gradients and returns its result', () => {
    const p = parameter(3);
    const sgd = new optim.SGD([p], { lr: 0.25 });
    const loss = torch.no_grad(() =>
      sgd.step(() => {
        const value = p.mul(p).sum();
        value.backward();
        return value;
      }),
    );
    expect([loss.item(), p.item()]).toEqual([9, 1.5]);
  });

  it('writes parameters in place: views, data and holders see it, no graph is kept', () => {
    const p = parameter(3, 5);
    const { data } = p;
    const view = p.index(0);
    step(new optim.SGD([p], { lr: 0.5 }), p);
    expect(data.tolist()).toEqual([1, 1]);
    expect(view.item()).toBe(1);
    expect(p.is_leaf && p.requires_grad).toBe(true);
  });

  it('zero_grad drops gradients or fills them with zeros', () => {
    const p = parameter(3);
    const sgd = new optim.SGD([p], { lr: 0.5 });
    step(sgd, p);
    sgd.zero_grad(false);
    expect(p.grad?.item()).toBe(0);
    sgd.zero_grad();
    expect(p.grad).toBeNull();
  });

  it('starts a momentum that is switched on later', () => {
    const p = parameter(3);
    const sgd = new optim.SGD([p], { lr: 0.1 });
    step(sgd, p);
    sgd.param_groups[0].momentum = 0.9;
    step(sgd, p);
    expect(sgd.state_dict().state[0].momentum_buffer).not.toBeNull();
  });
});

describe('state_dict', () => {
  const make = (kind: 'SGD' | 'Adam', p: Tensor) =>
    kind === 'SGD' ? new optim.SGD([p], { lr: 0.1, momentum: 0.9 }) : new optim.Adam([p], { lr: 0.1 });

  it.each(['SGD', 'Adam'] as const)('%s goes on where it was saved', (kind) => {
    const p = parameter(3, 4);
    const first = make(kind, p);
    step(first, p);
    step(first, p);
    const q = new nn.Parameter(p.detach().clone());
    const second = make(kind, q);
    second.param_groups[0].lr = 99;
    second.load_state_dict(structuredCopy(first.state_dict()));
    expect(second.param_groups[0].params).toEqual([q]);
    step(first, p);
    step(second, q);
    expect(q.tolist()).toEqual(p.tolist());
    expect(q.tolist()).not.toEqual([3, 4]);
  });

  /** A copy whose tensors share nothing, as from a file. */
  function structuredCopy(dict: torch.optim.OptimizerStateDict): torch.optim.OptimizerStateDict {
    const copy = (value: Tensor | number | null): Tensor | number | null =>
      value !== null && typeof value === 'object' ? value.clone() : value;
    const state = Object.entries(dict.state).map(([key, entry]): [string, (typeof dict.state)[number]] => [
      key,
      Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, copy(value)])),
    ]);
    return { ...dict, state: Object.fromEntries(state) };
  }

  it('has the structure of PyTorch', () => {
    const [a, b] = [parameter(3), parameter(1)];
    const sgd = new optim.SGD([{ params: [a] }, { params: [b], lr: 0.5 }], { lr: 0.1, momentum: 0.9 });
    expect(sgd.state_dict().state).toEqual({});
    step(sgd, a);
    const { state, param_groups } = sgd.state_dict();
    expect(Object.keys(state)).toEqual(['0']);
    expect(Object.keys(state[0])).toEqual(['momentum_buffer']);
    expect(param_groups).toEqual([
      { lr: 0.1, momentum: 0.9, dampening: 0, weight_decay: 0, nesterov: false, maximize: false, params: [0] },
      { lr: 0.5, momentum: 0.9, dampening: 0, weight_decay: 0, nesterov: false, maximize: false, params: [1] },
    ]);
  });

  it('rejects what does not fit', () => {
    const [a, b] = [parameter(3), parameter(1, 2)];
    const [one, two] = [make('SGD', a), make('SGD', b)];
    step(one, a);
    const state = one.state_dict();
    expect(() => two.load_state_dict(state)).toThrowErrorMatchingInlineSnapshot(
      `[Error: SGD.load_state_dict: state[0].momentum_buffer: got float32[1], expected the shape of its parameter, float32[2]]`,
    );
    expect(() => two.load_state_dict({ ...state, param_groups: [] })).toThrowErrorMatchingInlineSnapshot(
      `[Error: SGD.load_state_dict: param_groups: got [], expected as many groups as there are here, 1]`,
    );
    const groups = [{ ...state.param_groups[0], params: [0, 1] }];
    expect(() => two.load_state_dict({ ...state, param_groups: groups })).toThrowErrorMatchingInlineSnapshot(
      `[Error: SGD.load_state_dict: param_groups[0].params: got [0, 1], expected as many as in this group, 1]`,
    );
  });
});

describe('in a trace', () => {
  /** Runs a traced step `count` times as a compiled function would, with the graph of the first trace. */
  function replay(program: Program, count: number): void {
    for (let i = 0; i < count; i++) {
      expect(program.guards.filter((guard) => !guard.holds()).map((guard) => guard.describe())).toEqual([]);
      const values = interpret(program.graph, new Map());
      for (const { cell, next } of program.graph.states) {
        const value = values.get(next);
        if (value === undefined) throw new Error('a state was not computed');
        cell.value = value;
      }
      for (const hook of program.commitHooks) hook();
    }
  }

  const kinds = {
    SGD: (p: Tensor) => new optim.SGD([p], { lr: 0.1, momentum: 0.9, dampening: 0.1, weight_decay: 0.01 }),
    Adam: (p: Tensor) => new optim.Adam([p], { lr: 0.1, weight_decay: 0.01 }),
    AdamW: (p: Tensor) => new optim.AdamW([p], { lr: 0.1 }),
  };

  it.each(['SGD', 'Adam', 'AdamW'] as const)(
    'one graph of %s serves the first and all later steps and rates',
    (kind) => {
      const [eager, traced] = [parameter(3, -2), parameter(3, -2)];
      const [a, b] = [kinds[kind](eager), kinds[kind](traced)];
      const program = trace(() => step(b, traced), []);
      expect(traced.tolist()).toEqual([3, -2]);
      for (let i = 0; i < 3; i++) step(a, eager);
      replay(program, 3);
      a.param_groups[0].lr = b.param_groups[0].lr = 0.01;
      for (let i = 0; i < 2; i++) step(a, eager);
      replay(program, 2);
      const expected = eager.tolist() as number[];
      (traced.tolist() as number[]).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
      expect(expected).not.toEqual([3, -2]);
    },
  );

  it('describes how its scalars go on by themselves', () => {
    const p = parameter(3);
    const adam = new optim.Adam([p]);
    step(adam, p);
    const { graph } = trace(() => step(adam, p), []);
    const scalars = [...graph.sources.values()].flatMap((source) => (source.kind === 'host' ? [source.scalar] : []));
    expect(scalars.map(({ name }) => name.replace(/^optimizer\d*\./, ''))).toEqual(
      ['lr', 'beta1', 'rest1', 'beta2', 'rest2', 'eps', 'bias_correction1', 'bias_correction2'].map(
        (n) => `group0.${n}`,
      ),
    );
    for (const scalar of scalars) {
      const { recurrence } = scalar;
      if (recurrence === undefined) continue;
      expect(recurrence.init * recurrence.mul + recurrence.add).toBeCloseTo(scalar.read(), 15);
    }
    expect(scalars.filter(({ recurrence }) => recurrence !== undefined)).toHaveLength(2);
  });

  it('is guarded on what changes the form of the update', () => {
    const p = parameter(3);
    const sgd = new optim.SGD([p], { lr: 0.1, momentum: 0.9 });
    const { guards } = trace(() => step(sgd, p), []);
    const failing = (): string[] => guards.filter((guard) => !guard.holds()).map((guard) => guard.describe());
    expect(failing()).toEqual([]);
    const [group] = sgd.param_groups;
    group.lr = 0.7;
    group.momentum = 0.8;
    expect(failing()).toEqual([]);
    group.weight_decay = 0.1;
    expect(failing()).toEqual(['weight_decay being 0 of SGD was true and is now false']);
    group.weight_decay = 0;
    group.nesterov = true;
    expect(failing()).toEqual(['nesterov of SGD was false and is now true']);
    group.nesterov = false;
    sgd.add_param_group({ params: [parameter(1)] });
    expect(failing()).toEqual(['number of groups of SGD was 1 and is now 2']);
    sgd.param_groups.pop();
    group.params.push(parameter(1));
    expect(failing()).toEqual(['the parameters of group 0 of SGD changed']);
  });

  it('steps once per compiled function, and cannot create state there', () => {
    const p = parameter(3);
    const sgd = new optim.SGD([p], { lr: 0.1 });
    expect(() =>
      trace(() => {
        step(sgd, p);
        step(sgd, p);
      }, []),
    ).toThrowErrorMatchingInlineSnapshot(
      `[Error: SGD.step: called twice in one compiled function, which its step count cannot follow]`,
    );
    sgd.param_groups[0].momentum = 0.9;
    expect(() => trace(() => step(sgd, p), [])).toThrowErrorMatchingInlineSnapshot(
      `[Error: SGD.step: momentum_buffer is missing for float32[1]; it cannot be created in a compiled function, so set the option in the constructor or make one eager step first]`,
    );
  });
});
