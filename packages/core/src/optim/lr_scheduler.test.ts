import { describe, expect, it } from 'vitest';
import { expectClose, loadGoldens } from '../../../../test/goldens/load.js';
import * as torch from '../index.js';

const { lr_scheduler: S } = torch.optim;
type Optimizer = torch.optim.lr_scheduler.ScheduledOptimizer;
type Scheduler = torch.optim.lr_scheduler.LRScheduler;

function optimizer(...rates: number[]): torch.optim.SGD {
  return new torch.optim.SGD(rates.map((lr) => ({ params: [new torch.nn.Parameter(torch.zeros(1))], lr })));
}

/** The rates of the first `count` epochs, by group. */
function rates(owner: Optimizer, scheduler: Scheduler, count: number): number[][] {
  return Array.from({ length: count }, () => {
    const now = owner.param_groups.map(({ lr }) => lr);
    expect(scheduler.get_last_lr()).toEqual(now);
    scheduler.step();
    return now;
  });
}

/** Linear to 1 over ten epochs, then tenths at 20 and 50, as in nn.py. */
const warmUp = (epoch: number): number => (epoch < 10 ? (epoch + 1) / 10 : epoch < 20 ? 1 : epoch < 50 ? 0.1 : 0.01);

type Args = Record<string, never>;
const golden: Record<string, (owner: Optimizer, args: Args) => Scheduler> = {
  MultiStepLR: (owner, args) => new S.MultiStepLR(owner, args.milestones, args),
  StepLR: (owner, args) => new S.StepLR(owner, args.step_size, args),
  LinearLR: (owner, args) => new S.LinearLR(owner, args),
  LambdaLR: (owner) => new S.LambdaLR(owner, warmUp),
  CosineAnnealingLR: (owner, args) => new S.CosineAnnealingLR(owner, args.T_max, args),
};

describe('nn.json', () => {
  const cases = loadGoldens('nn').filter(({ fn }) => fn in golden);
  it('has all of them', () => {
    expect(cases.map(({ fn }) => fn).sort()).toEqual(Object.keys(golden).sort());
  });
  it.each(cases.map((one) => [one.fn, one] as const))('%s', (_fn, { fn, args, outputs }) => {
    const expected = outputs?.lr;
    if (expected === undefined) throw new Error('the golden case has no rates');
    const owner = optimizer(0.1, 0.01);
    const actual = rates(owner, golden[fn](owner, args as Args), expected.shape[0]);
    expectClose({ shape: expected.shape, data: actual.flat() }, expected, { rtol: 1e-14, atol: 1e-17 });
  });
});

// Rates of PyTorch for one group at 0.1.
const literal: [string, (owner: Optimizer) => Scheduler, number[]][] = [
  [
    'ExponentialLR',
    (owner) => new S.ExponentialLR(owner, 0.9),
    [0.1, 0.09000000000000001, 0.08100000000000002, 0.07290000000000002],
  ],
  [
    'LinearLR, then CosineAnnealingLR',
    (owner) =>
      new S.SequentialLR(
        owner,
        [new S.LinearLR(owner, { start_factor: 0.1, total_iters: 3 }), new S.CosineAnnealingLR(owner, 6)],
        [3],
      ),
    [
      0.010000000000000002, 0.04, 0.07, 0.1, 0.09330127018922195, 0.07500000000000001, 0.05, 0.025000000000000012,
      0.006698729810778065, 0, 0.006698729810778065, 0.025,
    ],
  ],
  [
    'LinearLR, StepLR, ExponentialLR',
    (owner) =>
      new S.SequentialLR(
        owner,
        [
          new S.LinearLR(owner, { start_factor: 0.5, total_iters: 2 }),
          new S.StepLR(owner, 2, { gamma: 0.5 }),
          new S.ExponentialLR(owner, 0.5),
        ],
        [2, 6],
      ),
    [0.05, 0.07500000000000001, 0.1, 0.1, 0.05, 0.05, 0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125],
  ],
  [
    'CosineAnnealingLR over several periods',
    (owner) => new S.CosineAnnealingLR(owner, 4, { eta_min: 0.01 }),
    [
      0.1, 0.08681980515339464, 0.05500000000000001, 0.023180194846605363, 0.01, 0.023180194846605363,
      0.05500000000000002, 0.08681980515339469, 0.10000000000000006, 0.0868198051533947, 0.05500000000000005,
      0.023180194846605412,
    ],
  ],
  [
    'WarmupMultiStepLR, linear',
    (owner) => new S.WarmupMultiStepLR(owner, [5, 7], { warmup_factor: 0.01, warmup_iters: 4 }),
    [0.001, 0.02575, 0.0505, 0.07525, 0.1, 0.01, 0.01, 0.001, 0.001],
  ],
  [
    'WarmupMultiStepLR, constant',
    (owner) => new S.WarmupMultiStepLR(owner, [3], { warmup_factor: 0.5, warmup_iters: 2, warmup_method: 'constant' }),
    [0.05, 0.05, 0.1, 0.01],
  ],
];

describe('literal rates', () => {
  it.each(literal)('%s', (_name, make, expected) => {
    const owner = optimizer(0.1);
    const actual = rates(owner, make(owner), expected.length).map(([lr]) => lr);
    actual.forEach((lr, i) => expect(lr).toBeCloseTo(expected[i], 15));
  });
});

describe('state_dict', () => {
  it.each(literal)('%s goes on where it was saved', (_name, make, expected) => {
    const owner = optimizer(0.1);
    const scheduler = make(owner);
    for (let i = 0; i < 2; i++) scheduler.step();
    const saved = JSON.parse(JSON.stringify([scheduler.state_dict(), owner.state_dict()])) as [
      torch.optim.lr_scheduler.SchedulerStateDict,
      torch.optim.OptimizerStateDict,
    ];
    const next = optimizer(0.1);
    const resumed = make(next);
    resumed.load_state_dict(saved[0]);
    next.load_state_dict(saved[1]);
    expect(resumed.last_epoch).toBe(2);
    const rest = rates(next, resumed, expected.length - 2).map(([lr]) => lr);
    rest.forEach((lr, i) => expect(lr).toBeCloseTo(expected[i + 2], 15));
  });

  it('is plain data', () => {
    const owner = optimizer(0.1);
    expect(new S.StepLR(owner, 3).state_dict()).toMatchObject({
      base_lrs: [0.1],
      last_epoch: 0,
      step_size: 3,
      gamma: 0.1,
    });
  });
});

describe('errors', () => {
  it.each<[string, (owner: Optimizer) => unknown]>([
    ['going on without initial_lr', (owner) => new S.StepLR(owner, 3, { last_epoch: 4 })],
    ['too few functions', (owner) => new S.LambdaLR(owner, [])],
    ['a start factor of 0', (owner) => new S.LinearLR(owner, { start_factor: 0 })],
    ['milestones that decrease', (owner) => new S.WarmupMultiStepLR(owner, [5, 3])],
    ['another method', (owner) => new S.WarmupMultiStepLR(owner, [5], { warmup_method: 'cosine' as 'linear' })],
    ['too few milestones', (owner) => new S.SequentialLR(owner, [new S.StepLR(owner, 1), new S.StepLR(owner, 1)], [])],
    ["another optimizer's schedule", (owner) => new S.SequentialLR(owner, [new S.StepLR(optimizer(1), 1)], [])],
  ])('%s', (_name, call) => {
    expect(() => call(optimizer(0.1))).toThrowErrorMatchingSnapshot();
  });
});
