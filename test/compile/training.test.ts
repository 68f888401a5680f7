import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';

const cpu = { executionProviders: ['cpu' as const] };

/** A small convolutional training loop with every kind of state, and switches that break it. */
class World {
  readonly conv: torch.nn.Conv2d;
  readonly norm = new torch.nn.BatchNorm2d(3);
  readonly drop = new torch.nn.Dropout(0.25);
  readonly fc: torch.nn.Linear;
  readonly adam: torch.optim.Adam;
  readonly sgd: torch.optim.SGD;
  /** Accumulates: no optimizer has it, nobody clears its gradient. */
  readonly leaf = torch.ones([3], { requires_grad: true });
  fault: 'none' | 'throw' | 'item' | 'float64' | 'promise' = 'none';

  constructor() {
    torch.manual_seed(0);
    this.conv = new torch.nn.Conv2d(2, 3, 3, { padding: 1, bias: false });
    this.fc = new torch.nn.Linear(3, 4);
    this.adam = new torch.optim.Adam([...this.conv.parameters(), ...this.norm.parameters()], { lr: 0.01 });
    this.sgd = new torch.optim.SGD(this.fc.parameters(), { lr: 0.05, momentum: 0.9, nesterov: true });
  }

  readonly step = (x: Tensor, y: Tensor): { loss: Tensor; noise: Tensor } => {
    this.adam.zero_grad();
    this.sgd.zero_grad();
    const features = this.norm.forward(this.conv.forward(x)).relu().mean([2, 3]).mul(this.leaf);
    const loss = torch.nn.functional.cross_entropy(this.fc.forward(this.drop.forward(features)), y);
    loss.backward();
    this.adam.step();
    this.sgd.step();
    if (this.fault === 'throw') throw new Error('fault in the middle');
    if (this.fault === 'item') loss.item();
    const noise = torch.rand(2);
    if (this.fault === 'float64') {
      return { loss, noise: torch.nn.functional.conv2d(x.double(), torch.ones([1, 2, 1, 1], { dtype: 'float64' })) };
    }
    return { loss, noise };
  };

  get leaves(): Tensor[] {
    return [...this.conv.parameters(), ...this.norm.parameters(), ...this.fc.parameters(), this.leaf];
  }

  /** Everything that outlives a call. */
  state(): { numbers: number[]; exact: unknown } {
    const { running_mean, running_var, num_batches_tracked } = this.norm;
    const saved = [this.adam, this.sgd].flatMap((optimizer) =>
      Object.values(optimizer.state_dict().state).flatMap((entry) => Object.values(entry)),
    );
    const tensors = [...this.leaves, running_mean, running_var, num_batches_tracked, ...saved].filter(
      (t) => t instanceof torch.Tensor,
    );
    const grads = this.leaves.flatMap((t) => t.grad ?? []);
    return {
      numbers: [...tensors, ...grads].flatMap((t) => Array.from(t.toTypedArray(), Number)),
      exact: [
        this.leaves.map((t) => [t.requires_grad, t.is_leaf, t.grad === null, t.cell.lease]),
        this.norm.training,
        saved.filter((entry) => typeof entry === 'number'),
        torch.defaultGenerator.get_state(),
      ],
    };
  }
}

function batch(seed: number, classes = 4): [Tensor, Tensor] {
  const generator = torch.defaultGenerator.get_state();
  torch.manual_seed(seed);
  const x = torch.randn(5, 2, 4, 3);
  const y = torch.randint(0, classes, [5]);
  torch.defaultGenerator.set_state(generator);
  return [x, y];
}

function expectClose(got: readonly number[], expected: readonly number[], tolerance = 2e-5): void {
  expect(got).toHaveLength(expected.length);
  const worst = got.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - expected[i]) / (1 + Math.abs(expected[i]))),
    0,
  );
  expect(worst).toBeLessThan(tolerance);
}

describe('compiled on ONNX Runtime CPU', () => {
  it('trains as eager code does: numbers, gradients, generator; schedules, freezing and evaluation between', async () => {
    const [eager, compiled] = [new World(), new World()];
    const step = compile(compiled.step, { ...cpu, keepGrad: true });
    for (let i = 0; i < 6; i++) {
      const [x, y] = batch(i);
      torch.manual_seed(i);
      const expected = eager.step(x, y);
      const expectedState = eager.state();
      torch.manual_seed(i);
      const got = await step(x, y);
      const gotState = compiled.state();
      expect(got.noise.tolist()).toEqual(expected.noise.tolist());
      expectClose([got.loss.item()], [expected.loss.item()]);
      expectClose(gotState.numbers, expectedState.numbers, 2e-4);
      expect(gotState.exact).toEqual(expectedState.exact);
      for (const w of [eager, compiled]) {
        w.adam.param_groups[0].lr *= 0.9;
        if (i === 3) w.conv.requires_grad_(false);
        if (i === 3) w.conv.zero_grad();
        if (i === 4) w.norm.eval();
      }
    }
    // The first call finds no gradient of the leaf that accumulates; then freezing, then evaluation mode.
    expect(step.graphs).toHaveLength(4);
    await step.dispose();
  });

  const faults = ['throw', 'item', 'float64'] as const;
  it.each(faults)('a fault (%s) leaves everything as it was, and the function works again', async (fault) => {
    const [eager, compiled] = [new World(), new World()];
    const step = compile(compiled.step, { ...cpu, keepGrad: true });
    const [x, y] = batch(0);
    torch.manual_seed(5);
    eager.step(x, y);
    torch.manual_seed(5);
    await step(x, y);
    const before = compiled.state();
    compiled.fault = fault;
    const broken = compile(compiled.step, { ...cpu, keepGrad: true });
    const message = { throw: /fault in the middle/, item: /item: /, float64: /float64/ }[fault];
    await expect(broken(x, y)).rejects.toThrow(message);
    expect(compiled.state()).toEqual(before);
    compiled.fault = 'none';
    const generator = torch.defaultGenerator.get_state();
    eager.step(x, y);
    torch.defaultGenerator.set_state(generator);
    await broken(x, y);
    expectClose(compiled.state().numbers, eager.state().numbers, 2e-4);
    expect(compiled.state().exact).toEqual(eager.state().exact);
    await step.dispose();
    await broken.dispose();
  });

  it('a label out of range fails with the message of the loss and changes nothing', async () => {
    const world = new World();
    const step = compile(world.step, { ...cpu, keepGrad: true });
    const [x, y] = batch(0);
    await step(x, y);
    const before = world.state();
    const message = (() => {
      try {
        torch.nn.functional.cross_entropy(torch.ones(5, 4), torch.tensor([0, 1, 9, 3, 0], { dtype: 'int64' }));
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return 'no error';
    })();
    // What stands in the row is not known after a compiled run.
    const compiled = message.replace('got 9', 'out of range');
    await expect(step(x, torch.tensor([0, 1, 9, 3, 0], { dtype: 'int64' }))).rejects.toThrow(compiled);
    expect(world.state()).toEqual(before);
    await step(x, y);
    await step.dispose();
  });

  it('hundreds of steps leave no holders, leases or graphs behind', async () => {
    const w = torch.ones([3], { requires_grad: true });
    const optimizer = new torch.optim.SGD([w], { lr: 0.01, momentum: 0.9 });
    const x = torch.tensor([1, 2, 3]);
    const step = compile((input: Tensor) => {
      optimizer.zero_grad();
      const loss = w.mul(input).square().sum();
      loss.backward();
      optimizer.step();
      return loss;
    }, cpu);
    for (let i = 0; i < 500; i++) await step(x);
    for (const tensor of [w, x]) {
      const { storage } = tensor.cell.value;
      expect(storage.kind === 'host' && storage.holders).toBe(0);
      expect(tensor.cell.lease).toBeNull();
    }
    expect(step.graphs).toHaveLength(1);
    expect(step.explain()).toHaveLength(1);
    await step.dispose();
    expect(step.graphs).toHaveLength(0);
  });

  it('notices writes to a tensor that was written into the model', async () => {
    const w = torch.tensor([1, 2]);
    const f = compile((x: Tensor) => x.mul(w), cpu);
    const x = torch.ones(2);
    for (let i = 0; i < 4; i++) {
      expect((await f(x)).tolist()).toEqual(w.tolist());
      w.add_(1);
    }
    await f.dispose();
  });
});
