/** Bad calls of modules, optimizers, schedules, gradients and data loading. */
import * as torch from '@reidgrad/core';
import { compileWith, interpreter } from '@reidgrad/core/graph';
import { float, leaf, list, long, wrong, type BadCalls } from '../values.js';

const { nn, optim, autograd } = torch;
const { lr_scheduler: schedules, swa_utils } = optim;
const { data, checkpoint } = torch.utils;
const parameters = (): torch.nn.Parameter[] => new nn.Linear(2, 3).parameters();
const optimizer = (): torch.optim.SGD => new optim.SGD(parameters(), { lr: 0.1 });
const module = (): torch.nn.Module => new nn.Sequential(new nn.Linear(2, 3));

const modules: BadCalls = {
  'Module.add_module': () => module().add_module('a', wrong(torch.relu)),
  'Module.add_module (name)': () => module().add_module('a.b', null),
  'Module.add_module (taken)': () => module().add_module('training', null),
  'Module.apply': () => module().apply(wrong(undefined)),
  'Module.forward': () => new nn.Module().forward(),
  'Module.get_parameter': () => module().get_parameter('0.scale'),
  'Module.get_submodule': () => module().get_submodule('0.conv'),
  'Module.load_state_dict': () =>
    new nn.Linear(2, 3).load_state_dict({ ...new nn.Linear(2, 4).state_dict(), scale: float(1) }),
  'Module.load_state_dict (unknown keys)': () =>
    new nn.Linear(2, 3).load_state_dict({ ...new nn.Linear(2, 3).state_dict(), scale: float(1) }),
  'Module.load_state_dict (missing keys)': () => new nn.Sequential(new nn.Linear(2, 3)).load_state_dict({}),
  'Module.load_state_dict (nested)': () =>
    new nn.Sequential(new nn.Conv2d(3, 8, 3), new nn.BatchNorm2d(8)).load_state_dict(
      new nn.Sequential(new nn.Conv2d(3, 4, 5), new nn.BatchNorm2d(4)).state_dict(),
    ),
  'Module.load_state_dict (DataParallel)': () =>
    new nn.Linear(2, 3).load_state_dict(new nn.DataParallel(new nn.Linear(2, 3)).state_dict()),
  'Module.load_state_dict (nothing)': () => new nn.Linear(2, 3).load_state_dict(wrong(undefined)),
  'Module.load_state_dict (lists)': () => new nn.Linear(2, 3).load_state_dict(wrong({ weight: [1], bias: [1] })),
  'Module.register_backward_hook': () => module().register_backward_hook(wrong('print')),
  'Module.register_buffer': () => module().register_buffer('mean', list),
  'Module.register_buffer (taken)': () => module().register_buffer('forward', null),
  'Module.register_forward_hook': () => module().register_forward_hook(wrong('print')),
  'Module.register_forward_pre_hook': () => module().register_forward_pre_hook(wrong(undefined)),
  'Module.register_full_backward_hook': () => {
    const layer = new nn.Linear(2, 3);
    layer.register_full_backward_hook(() => []);
    layer.forward(leaf(4, 2)).sum().backward();
  },
  'Module.register_module': () => module().register_module('a', wrong(float(1))),
  'Module.register_parameter': () => module().register_parameter('scale', wrong(float(1))),
  'Module.to': () => module().to('float23'),
  'Module.to (integers)': () => module().to('int64'),
};

const optimizers: BadCalls = {
  'torch.optim.SGD': () => new optim.SGD([], { lr: 0.1 }),
  'torch.optim.SGD (module)': () => new optim.SGD(wrong(module())),
  'torch.optim.SGD (tensor)': () => new optim.SGD(wrong(leaf(2))),
  'torch.optim.SGD (result)': () => new optim.SGD([leaf(2).mul(2)]),
  'torch.optim.SGD (options)': () => new optim.SGD([leaf(2)], ...wrong<[]>([0.1, 0, 0, 0, false, 9])),
  'torch.optim.SGD (number)': () => new optim.SGD([wrong(1)]),
  'torch.optim.SGD (nesterov)': () => new optim.SGD([leaf(2)], { nesterov: true }),
  'torch.optim.Adam': () => new optim.Adam([float(1)], { betas: [0.9, 1] }),
  'torch.optim.Adam (twice)': () => {
    const one = leaf(2);
    return new optim.Adam([one, one]);
  },
  'torch.optim.AdamW': () => new optim.AdamW([float(1)], { lr: -1 }),
  'torch.optim.RAdam': () => new optim.RAdam([float(1)], { eps: -1 }),
  'torch.optim.RMSprop': () => new optim.RMSprop([float(1)], { lr: wrong('0.1') }),
  'Optimizer.add_param_group': () => optimizer().add_param_group(wrong({})),
  'Optimizer.add_param_group (in a group)': () => {
    const one = leaf(2);
    new optim.SGD([one]).add_param_group({ params: [one] });
  },
  'Optimizer.load_state_dict': () => optimizer().load_state_dict(wrong({})),
  'Optimizer.load_state_dict (groups)': () => optimizer().load_state_dict({ state: {}, param_groups: [] }),
  'Optimizer.load_state_dict (parameters)': () => optimizer().load_state_dict(new optim.SGD([leaf(2)]).state_dict()),
  'Optimizer.load_state_dict (shape)': () => {
    const saved = new optim.SGD([leaf(2)], { momentum: 0.9 });
    const [group] = saved.param_groups;
    group.params[0].grad = float(2);
    saved.step();
    new optim.SGD([leaf(3)], { momentum: 0.9 }).load_state_dict(saved.state_dict());
  },
  'Optimizer.step': () => optimizer().step(wrong(3)),
  'Optimizer.step (twice)': () => {
    const sgd = optimizer();
    return compileWith(
      () => {
        sgd.step();
        sgd.step();
      },
      interpreter,
      { name: 'train' },
    )();
  },
};

const scheduled: BadCalls = {
  'torch.optim.lr_scheduler.LambdaLR': () => new schedules.LambdaLR(optimizer(), []),
  'torch.optim.lr_scheduler.StepLR': () => new schedules.StepLR(optimizer(), 0),
  'torch.optim.lr_scheduler.StepLR (optimizer)': () => new schedules.StepLR(wrong(module()), 10),
  'torch.optim.lr_scheduler.StepLR (last_epoch)': () => new schedules.StepLR(optimizer(), 10, { last_epoch: 5 }),
  'torch.optim.lr_scheduler.MultiStepLR': () => new schedules.MultiStepLR(optimizer(), wrong(10)),
  'torch.optim.lr_scheduler.ExponentialLR': () => new schedules.ExponentialLR(optimizer(), wrong(undefined)),
  'torch.optim.lr_scheduler.CosineAnnealingLR': () => new schedules.CosineAnnealingLR(optimizer(), 0),
  'torch.optim.lr_scheduler.CosineAnnealingWarmRestarts': () =>
    new schedules.CosineAnnealingWarmRestarts(optimizer(), 0),
  'torch.optim.lr_scheduler.CosineAnnealingWarmRestarts (step)': () =>
    new schedules.CosineAnnealingWarmRestarts(optimizer(), 5).step(-1),
  'torch.optim.lr_scheduler.ConstantLR': () => new schedules.ConstantLR(optimizer(), { factor: 2 }),
  'torch.optim.lr_scheduler.LinearLR': () => new schedules.LinearLR(optimizer(), { start_factor: 0 }),
  'torch.optim.lr_scheduler.PolynomialLR': () => new schedules.PolynomialLR(optimizer(), { total_iters: 0 }),
  'torch.optim.lr_scheduler.OneCycleLR': () => new schedules.OneCycleLR(optimizer(), 0.1),
  'torch.optim.lr_scheduler.OneCycleLR (momentum)': () =>
    new schedules.OneCycleLR(optimizer(), 0.1, { total_steps: 10, pct_start: 2 }),
  'torch.optim.lr_scheduler.OneCycleLR (steps)': () => {
    const schedule = new schedules.OneCycleLR(optimizer(), 0.1, { total_steps: 2 });
    for (let i = 0; i < 3; i++) schedule.step();
  },
  'torch.optim.lr_scheduler.ReduceLROnPlateau': () =>
    new schedules.ReduceLROnPlateau(optimizer(), { mode: wrong('least') }),
  'torch.optim.lr_scheduler.ReduceLROnPlateau (step)': () =>
    new schedules.ReduceLROnPlateau(optimizer()).step(wrong(undefined)),
  'torch.optim.lr_scheduler.SequentialLR': () => new schedules.SequentialLR(optimizer(), [], [3]),
  'torch.optim.lr_scheduler.SequentialLR (optimizer)': () =>
    new schedules.SequentialLR(optimizer(), [new schedules.StepLR(optimizer(), 1)], []),
  'torch.optim.lr_scheduler.ChainedScheduler': () => new schedules.ChainedScheduler([]),
  'torch.optim.lr_scheduler.WarmupMultiStepLR': () => new schedules.WarmupMultiStepLR(optimizer(), [5, 3]),
  'torch.optim.swa_utils.get_ema_avg_fn': () => swa_utils.get_ema_avg_fn(2),
  'torch.optim.swa_utils.AveragedModel': () => new swa_utils.AveragedModel(wrong<never>(float(1))),
  'torch.optim.swa_utils.AveragedModel (update)': () =>
    new swa_utils.AveragedModel(new nn.Linear(2, 3)).update_parameters(new nn.Linear(2, 4)),
  'torch.optim.swa_utils.AveragedModel.forward': () =>
    new swa_utils.AveragedModel<[torch.Tensor], torch.Tensor>(new nn.Linear(2, 3)).forward(float(4, 5)),
};

class Doubled extends autograd.Function {
  static forward(ctx: torch.autograd.FunctionContext, x: torch.Tensor, y: torch.Tensor): torch.Tensor {
    ctx.save_for_backward(x);
    return x.add(y);
  }
  static backward(_ctx: torch.autograd.FunctionContext, grad: torch.Tensor): torch.Tensor {
    return grad;
  }
}
class Shapeless extends Doubled {
  static override backward(): torch.Tensor {
    return wrong([float(5), float(5)]);
  }
}
class Numbers extends Doubled {
  static override forward(_ctx: torch.autograd.FunctionContext, _x: torch.Tensor, _y: torch.Tensor): torch.Tensor {
    return wrong(3);
  }
}

const gradients: BadCalls = {
  'torch.autograd.Function': () => Doubled.apply(leaf(2), leaf(2)).sum().backward(),
  'torch.autograd.Function (shape)': () => Shapeless.apply(leaf(2), leaf(2)).sum().backward(),
  'torch.autograd.Function (forward)': () => Numbers.apply(leaf(2), leaf(2)),
  'torch.autograd.Variable': () => autograd.Variable(long(2), { requires_grad: true }),
  'torch.autograd.Variable (list)': () => autograd.Variable(list, { requires_grad: true }),
  'torch.autograd.detect_anomaly': () => autograd.detect_anomaly(() => Promise.resolve(1)),
  'torch.autograd.detect_anomaly (NaN)': () =>
    autograd.detect_anomaly(() => torch.zeros([2], { requires_grad: true }).sqrt().mul(0).sum().backward()),
  'torch.autograd.grad': () => autograd.grad(leaf(2).sum(), leaf(2)),
  'torch.autograd.grad (input)': () => autograd.grad(leaf(2).sum(), float(2)),
  'torch.autograd.grad (output)': () => autograd.grad(float(2).sum(), leaf(2)),
  'torch.autograd.grad (list)': () => autograd.grad(leaf(2).sum(), wrong([1])),
  'torch.autograd.grad (not scalar)': () => {
    const x = leaf(2);
    autograd.grad(x.mul(2), x);
  },
  'torch.autograd.gradcheck': () => autograd.gradcheck((x) => x.exp(), [float(2)]),
  'torch.autograd.gradcheck (float32)': () => autograd.gradcheck((x) => x.exp(), [leaf(2)]),
  'torch.autograd.gradcheck (wrong gradient)': () =>
    autograd.gradcheck((x) => x.detach().mul(2), [torch.ones([1], { dtype: torch.float64, requires_grad: true })]),
  'torch.autograd.gradgradcheck': () =>
    autograd.gradgradcheck((x) => x.detach(), [torch.ones([1], { dtype: torch.float64, requires_grad: true })]),
  'torch.autograd.set_detect_anomaly': () => autograd.set_detect_anomaly(wrong(() => 1)),
  'torch.utils.checkpoint.checkpoint': () =>
    checkpoint.checkpoint(
      wrong<never>(() => 3),
      leaf(2),
    ),
  'torch.utils.checkpoint.checkpoint (no function)': () => checkpoint.checkpoint(wrong<never>(leaf(2)), leaf(2)),
};

const loading: BadCalls = {
  'torch.utils.data.BatchSampler': () => new data.BatchSampler(wrong([0, 1]), 0, false),
  'torch.utils.data.ConcatDataset': () => new data.ConcatDataset([]),
  'torch.utils.data.ConcatDataset (index)': () => new data.ConcatDataset([[1], [2]]).get(2),
  'torch.utils.data.DataLoader': () => new data.DataLoader([1], { batch_size: 0 }),
  'torch.utils.data.DataLoader (sampler)': () => new data.DataLoader([1], { shuffle: true, sampler: [0] }),
  'torch.utils.data.DataLoader (batch_sampler)': () =>
    new data.DataLoader([1], { batch_sampler: [[0]], batch_size: 2 }),
  'torch.utils.data.DataLoader (drop_last)': () => new data.DataLoader([1], { batch_size: null, drop_last: true }),
  'torch.utils.data.DataLoader (prefetch_factor)': () => new data.DataLoader([1], { prefetch_factor: 0 }),
  'torch.utils.data.DataLoader (dataset)': () => new data.DataLoader(wrong<never>(undefined)),
  'torch.utils.data.DataLoader (promises)': () =>
    new data.DataLoader({ length: 1, get: () => Promise.resolve(1) })[Symbol.iterator](),
  'torch.utils.data.RandomSampler': () => new data.RandomSampler([1], { num_samples: 0 }),
  'torch.utils.data.SequentialSampler': () => new data.SequentialSampler(wrong(undefined)),
  'torch.utils.data.Subset': () => new data.Subset([1], [5]).get(0),
  'torch.utils.data.TensorDataset': () => new data.TensorDataset(float(2, 3), float(4)),
  'torch.utils.data.TensorDataset (list)': () => new data.TensorDataset(list),
  'torch.utils.data.WeightedRandomSampler': () => new data.WeightedRandomSampler([1, 2], 0),
  'torch.utils.data.default_collate': () => data.default_collate([]),
  'torch.utils.data.default_collate (kinds)': () => data.default_collate([1, 'a']),
  'torch.utils.data.default_collate (lengths)': () => data.default_collate([[1], [1, 2]]),
  'torch.utils.data.default_collate (shapes)': () => data.default_collate([float(2), float(3)]),
  'torch.utils.data.random_split': () => data.random_split(new data.TensorDataset(float(4)), [1, 2]),
};

const generator = (): torch.Generator => new torch.Generator();
const draws: BadCalls = {
  'Generator.bernoulli_': () => generator().bernoulli_(new Float32Array(2), 2),
  'Generator.manual_seed': () => generator().manual_seed(wrong('7')),
  'Generator.normal_': () => generator().normal_(new Float32Array(2), 0, -1),
  'Generator.randint_': () => generator().randint_(new Float64Array(2), 5, 5),
  'Generator.randperm': () => generator().randperm(-1),
  'Generator.set_state': () => generator().set_state({ ...generator().get_state(), words: [1, 2] }),
  'Generator.uniform_': () => generator().uniform_(new Float32Array(2), 1, 0),
};

export const trainingCalls: BadCalls = {
  ...modules,
  ...optimizers,
  ...scheduled,
  ...gradients,
  ...loading,
  ...draws,
};
