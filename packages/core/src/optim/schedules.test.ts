import { describe, expect, it } from 'vitest';
import { expectClose, loadGoldens } from '../../../../test/goldens/load.js';
import { compileWith, interpreter, trace } from '../graph.js';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';

const { nn, optim } = torch;
const { lr_scheduler } = optim;
type AnyScheduler = new (...args: readonly unknown[]) => { step(metric?: number): void };

describe('layers.json', () => {
  it.each(
    loadGoldens('layers')
      .filter(({ fn }) => fn === 'schedule')
      .map((golden) => [golden.name, golden] as const),
  )('%s', (name, golden) => {
    const [fn] = name.split(' ');
    const groups = [0.1, 0.05].map((lr) => ({ params: [new nn.Parameter(torch.zeros(1))], lr }));
    const optimizer = new optim.SGD(groups, { lr: 0.1, momentum: 0.9 });
    const Scheduler = Reflect.get(lr_scheduler, fn) as AnyScheduler;
    const scheduler =
      fn === 'ChainedScheduler'
        ? new lr_scheduler.ChainedScheduler([
            new lr_scheduler.ConstantLR(optimizer, { factor: 0.1, total_iters: 4 }),
            new lr_scheduler.ExponentialLR(optimizer, 0.9),
          ])
        : new Scheduler(optimizer, ...(golden.args.positional as unknown[]), golden.args.options);
    const metrics = golden.args.metrics as number[];
    const rates = metrics.flatMap((metric) => {
      const now = optimizer.param_groups.flatMap(({ lr, momentum }) => [lr, momentum]);
      scheduler.step(...(fn === 'ReduceLROnPlateau' ? [metric] : []));
      return now;
    });
    const expected = golden.outputs?.rates ?? { shape: [], data: [] };
    expectClose({ shape: [metrics.length, 2, 2], data: rates }, expected, { rtol: 1e-12 });
  });
});

const optimizerOf = (): torch.optim.SGD =>
  new optim.SGD([new nn.Parameter(torch.zeros(1))], { lr: 0.1, momentum: 0.9 });

describe('schedules', () => {
  it('go on from a saved state', () => {
    const build = (): { optimizer: torch.optim.SGD; scheduler: torch.optim.lr_scheduler.ChainedScheduler } => {
      const optimizer = optimizerOf();
      const parts = [
        new lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, { T_mult: 2 }),
        new lr_scheduler.ExponentialLR(optimizer, 0.5),
      ];
      return { optimizer, scheduler: new lr_scheduler.ChainedScheduler(parts) };
    };
    const [first, second] = [build(), build()];
    for (let i = 0; i < 3; i++) first.scheduler.step();
    second.scheduler.load_state_dict(first.scheduler.state_dict());
    second.optimizer.load_state_dict(first.optimizer.state_dict());
    first.scheduler.step();
    second.scheduler.step();
    expect(second.optimizer.param_groups[0].lr).toBe(first.optimizer.param_groups[0].lr);
  });

  it('step to fractions of an epoch', () => {
    const optimizer = optimizerOf();
    const scheduler = new lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4);
    scheduler.step(2);
    expect(optimizer.param_groups[0].lr).toBeCloseTo(0.05, 12);
    scheduler.step(5.5);
    expect(scheduler.last_epoch).toBe(5);
    expect(() => scheduler.step(-1)).toThrow(/epoch: got -1/);
  });

  it.each([
    [() => new lr_scheduler.ConstantLR(optimizerOf(), { factor: 2 }), /^ConstantLR: factor: got 2/],
    [() => new lr_scheduler.PolynomialLR(optimizerOf(), { total_iters: 0 }), /^PolynomialLR: total_iters: got 0/],
    [() => new lr_scheduler.ChainedScheduler([]), /^ChainedScheduler: schedulers: got \[\]/],
    [() => new lr_scheduler.CosineAnnealingWarmRestarts(optimizerOf(), 0), /T_0: got 0/],
    [() => new lr_scheduler.OneCycleLR(optimizerOf(), 1), /^OneCycleLR: total_steps: got 0/],
    [() => new lr_scheduler.OneCycleLR(optimizerOf(), 1, { total_steps: 9, pct_start: 2 }), /pct_start: got 2/],
    [() => new lr_scheduler.ReduceLROnPlateau(optimizerOf(), { factor: 1 }), /^ReduceLROnPlateau: factor: got 1/],
    [() => optim.swa_utils.get_ema_avg_fn(2), /^get_ema_avg_fn: decay: got 2/],
    [() => new optim.RMSprop([new nn.Parameter(torch.zeros(1))], { alpha: -1 }), /^RMSprop: alpha: got -1/],
    [() => new optim.RAdam([new nn.Parameter(torch.zeros(1))], { betas: [1, 0.9] }), /^RAdam: betas\[0\]: got 1/],
  ])('reject bad calls %#', (call, message) => expect(call).toThrow(message));
});

describe('averaged models', () => {
  it('follow the model by the mean or exponentially', () => {
    const model = new nn.Linear(1, 1, { bias: false });
    const set = (value: number): Tensor => torch.no_grad(() => model.weight.fill_(value));
    const mean = new optim.swa_utils.AveragedModel<[Tensor], Tensor>(model);
    const ema = new optim.swa_utils.AveragedModel<[Tensor], Tensor>(model, {
      avg_fn: optim.swa_utils.get_ema_avg_fn(0.75),
    });
    for (const value of [1, 2, 6]) {
      set(value);
      mean.update_parameters(model);
      ema.update_parameters(model);
    }
    expect(mean.forward(torch.ones(1, 1)).item()).toBeCloseTo(3, 6);
    expect(ema.forward(torch.ones(1, 1)).item()).toBeCloseTo(1.25 * 0.75 + 6 * 0.25, 6);
    expect(Object.keys(ema.state_dict())).toEqual(['n_averaged', 'module.weight']);
    expect(ema.n_averaged.item()).toBe(3);
    expect(() => ema.update_parameters(new nn.Linear(2, 1))).toThrow(/^AveragedModel.update_parameters: model/);
  });
});

describe('a traced step', () => {
  const many = (): { parameters: Tensor[]; groups: { params: Tensor[]; lr: number }[] } => {
    const parameters = Array.from({ length: 6 }, (_, i) => new nn.Parameter(torch.full([2], i + 1)));
    return { parameters, groups: parameters.map((p, i) => ({ params: [p], lr: i < 4 ? 0.1 : 0.2 })) };
  };
  const lossOf = (parameters: readonly Tensor[]): Tensor =>
    parameters.map((p) => p.square().sum()).reduce((a, b) => a.add(b));
  const kinds = {
    SGD: optim.SGD,
    Adam: optim.Adam,
    RMSprop: optim.RMSprop,
    RAdam: optim.RAdam,
  };

  it('shares the numbers of equal groups', () => {
    const { parameters, groups } = many();
    const optimizer = new optim.SGD(groups, { momentum: 0.9, weight_decay: 0.1 });
    const step = (): void => {
      optimizer.zero_grad();
      lossOf(parameters).backward();
      optimizer.step();
    };
    const inputs = [...trace(step, []).graph.sources.values()].filter(({ kind }) => kind === 'host');
    // Two learning rates; momentum, dampening, weight decay and the step count once.
    expect(inputs).toHaveLength(6);
  });

  it.each(Object.entries(kinds))('of %s follows groups that part', async (name, Kind) => {
    const options = name === 'Adam' ? { amsgrad: true, weight_decay: 0.1 } : { weight_decay: 0.1, momentum: 0.5 };
    const results = await Promise.all(
      [false, true].map(async (compiles) => {
        const { parameters, groups } = many();
        const optimizer = new Kind(groups, options);
        const step = (): void => {
          optimizer.zero_grad();
          lossOf(parameters).backward();
          optimizer.step();
        };
        const compiled = compileWith(step, interpreter);
        for (let i = 0; i < 8; i++) {
          if (i === 2) optimizer.param_groups[1].lr = 0.05;
          if (i === 4) for (const group of optimizer.param_groups) group.lr *= 0.5;
          if (compiles) await compiled();
          else step();
        }
        return parameters.map((p) => p.detach().tolist());
      }),
    );
    results[1].flat(2).forEach((value, i) => expect(value).toBeCloseTo(Number(results[0].flat(2)[i]), 5));
  });
});
