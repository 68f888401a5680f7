/** A small training world with every kind of state, for tests of faults. */
import * as torch from '../index.js';
import { compileWith } from './compiled.js';
import type { Backend, Compiled } from './compiled.js';

export type Stage = 'start' | 'forward' | 'backward' | 'step' | 'frozen' | 'item' | 'promise' | 'result';

/** A model with running statistics and dropout, two optimizers, a gradient that accumulates, and switches that break it. */
export interface World {
  model: torch.nn.Module;
  leaf: torch.Tensor;
  optimizers: torch.optim.Optimizer[];
  step: () => unknown;
  failAt: Stage | null;
  /** Added to the loss. */
  poison: number;
  /** The loss must stay below. */
  limit: torch.Tensor;
}

export function world(): World {
  torch.manual_seed(0);
  const fc = new torch.nn.Linear(3, 4);
  const norm = new torch.nn.BatchNorm1d(4);
  const model = new torch.nn.Sequential(fc, norm, new torch.nn.Dropout(0.25));
  const leaf = torch.ones([4], { requires_grad: true });
  const x = torch.randn(6, 3);
  const optimizers = [
    new torch.optim.Adam(fc.parameters(), { lr: 0.1 }),
    new torch.optim.SGD(norm.parameters(), { lr: 0.1, momentum: 0.9 }),
  ];
  const failing = (stage: Stage): void => {
    if (self.failAt === stage) throw new Error(`fault at ${stage}`);
  };
  const self: World = {
    model,
    leaf,
    optimizers,
    failAt: null,
    poison: 0,
    limit: torch.tensor(1e9),
    step: () => {
      failing('start');
      for (const optimizer of optimizers) optimizer.zero_grad();
      const loss = model.forward(x).mul(leaf).square().mean().add(self.poison);
      torch.check(loss.ge(self.limit).logical_not(), (at) => `loss is too large at ${at.join()}`);
      failing('forward');
      if (self.failAt === 'item') loss.item();
      loss.backward();
      failing('backward');
      for (const optimizer of optimizers) optimizer.step();
      failing('step');
      if (self.failAt === 'frozen') {
        leaf.requires_grad_(false);
        failing('frozen');
      }
      if (self.failAt === 'promise') return Promise.resolve();
      if (self.failAt === 'result') return new Map();
      return { loss };
    },
  };
  return self;
}

export function runWith(w: World, backend: Backend): Compiled<[], unknown> {
  return compileWith(() => w.step(), backend, { name: 'step', keepGrad: true });
}

const bits = (t: torch.Tensor): unknown => [t.dtype, t.shape, Array.from(t.toTypedArray(), String)];

/** Everything that outlives a call, exactly. */
export function stateOf({ model, leaf, optimizers }: World): unknown {
  const leaves = [...model.parameters(), leaf];
  return {
    model: Object.entries(model.state_dict()).map(([name, t]) => [name, bits(t)]),
    training: model.modules().map(({ training }) => training),
    leaves: leaves.map((t) => [bits(t), t.requires_grad, t.is_leaf, t.grad === null ? null : bits(t.grad)]),
    leases: leaves.map(({ cell }) => cell.lease),
    holders: leaves.map(({ cell: { value } }) => (value.storage.kind === 'host' ? value.storage.holders : -1)),
    optimizers: optimizers.map((optimizer) =>
      Object.values(optimizer.state_dict().state).map((entries) =>
        Object.entries(entries).map(([name, t]) => [name, t instanceof torch.Tensor ? bits(t) : t]),
      ),
    ),
    generator: torch.defaultGenerator.get_state(),
  };
}
