/** Short trainings with every optimizer and schedule, the same as in test/goldens/serialization.py. */
import * as torch from '@reidgrad/core';
import { nn, optim } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { load, save } from '@reidgrad/core/serialization';

const { lr_scheduler } = optim;

type Groups = { params: Tensor[]; lr?: number }[];
type AnyOptimizer = optim.SGD | optim.Adam | optim.AdamW | optim.RMSprop | optim.RAdam;
type AnyScheduler =
  | torch.optim.lr_scheduler.LRScheduler
  | torch.optim.lr_scheduler.ReduceLROnPlateau
  | torch.optim.lr_scheduler.ChainedScheduler;

const optimizers: Readonly<Record<string, (groups: Groups) => AnyOptimizer>> = {
  SGD: (groups) => new optim.SGD(groups, { lr: 0.1, momentum: 0.9, weight_decay: 5e-4, nesterov: true }),
  Adam: (groups) => new optim.Adam(groups, { lr: 0.1, amsgrad: true }),
  AdamW: (groups) => new optim.AdamW(groups, { lr: 0.1 }),
  RMSprop: (groups) => new optim.RMSprop(groups, { lr: 0.1, momentum: 0.5 }),
  RAdam: (groups) => new optim.RAdam(groups, { lr: 0.1 }),
};

const schedulers: Readonly<Record<string, (optimizer: AnyOptimizer) => AnyScheduler>> = {
  MultiStepLR: (o) => new lr_scheduler.MultiStepLR(o, [1, 3, 5, 5], { gamma: 0.5 }),
  StepLR: (o) => new lr_scheduler.StepLR(o, 2, { gamma: 0.5 }),
  LambdaLR: (o) => new lr_scheduler.LambdaLR(o, (epoch) => 1 / (1 + epoch)),
  CosineAnnealingLR: (o) => new lr_scheduler.CosineAnnealingLR(o, 4),
  CosineAnnealingWarmRestarts: (o) => new lr_scheduler.CosineAnnealingWarmRestarts(o, 2, { T_mult: 2 }),
  ReduceLROnPlateau: (o) => new lr_scheduler.ReduceLROnPlateau(o, { patience: 1 }),
  SequentialLR: (o) =>
    new lr_scheduler.SequentialLR(
      o,
      [new lr_scheduler.LinearLR(o, { total_iters: 3 }), new lr_scheduler.StepLR(o, 2, { gamma: 0.5 })],
      [3],
    ),
  ChainedScheduler: (o) =>
    new lr_scheduler.ChainedScheduler([
      new lr_scheduler.ExponentialLR(o, 0.9),
      new lr_scheduler.ConstantLR(o, { factor: 0.5, total_iters: 3 }),
    ]),
};

/** What is known of a run after an epoch. */
export interface Epoch {
  rates: number[];
  parameters: unknown[];
}

/** What a checkpoint of these runs holds. */
interface Checkpoint {
  parameters: Tensor[];
  optimizer: torch.optim.LoadedOptimizerState;
  scheduler: torch.optim.lr_scheduler.SchedulerStateDict;
}

/** A run from fresh state. The gradient of each parameter is `p / 2 + 0.1`. */
export class Run {
  private readonly parameters = [new nn.Parameter(torch.tensor([1, -2, 0.5])), new nn.Parameter(torch.tensor([[3]]))];
  private readonly optimizer: AnyOptimizer;
  private readonly scheduler: AnyScheduler;

  /** @param optimizer and @param scheduler names of classes, as in the goldens */
  constructor(optimizer: string, scheduler: string) {
    const [first, second] = this.parameters;
    this.optimizer = optimizers[optimizer]([{ params: [first] }, { params: [second], lr: 0.05 }]);
    this.scheduler = schedulers[scheduler](this.optimizer);
  }

  epoch(): Epoch {
    for (const p of this.parameters) p.grad = p.detach().div(2).add(0.1);
    this.optimizer.step();
    if (this.scheduler instanceof lr_scheduler.ReduceLROnPlateau) this.scheduler.step(1);
    else this.scheduler.step();
    return {
      rates: this.optimizer.param_groups.map(({ lr }) => lr),
      parameters: this.parameters.map((p) => p.tolist()),
    };
  }

  /** The checkpoint's file. */
  save(): Uint8Array {
    const { parameters, optimizer, scheduler } = this;
    return save({ parameters, optimizer: optimizer.state_dict(), scheduler: scheduler.state_dict() });
  }

  /** Goes on from a checkpoint's file. */
  load(bytes: Uint8Array): void {
    const checkpoint = load<Checkpoint>(bytes);
    torch.no_grad(() => {
      this.parameters.forEach((p, i) => p.copy_(checkpoint.parameters[i]));
    });
    this.optimizer.load_state_dict(checkpoint.optimizer);
    this.scheduler.load_state_dict(checkpoint.scheduler);
  }
}
