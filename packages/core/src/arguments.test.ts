/** The two ways to pass optional arguments: the order of PyTorch's signatures, and names. */
import { expect, it } from 'vitest';
import { named } from './arguments.js';
import { badArgument } from './errors.js';
import * as torch from './index.js';
import { nn, optim } from './index.js';
import type { Tensor } from './index.js';

const F = nn.functional;
const { lr_scheduler } = optim;
const image = torch.arange(72).double().reshape(2, 1, 6, 6).cos();
const kernel = torch.arange(6).double().reshape(2, 1, 1, 3);
const rows = torch.arange(12).double().reshape(4, 3).sin();
const labels = torch.tensor([0, 2, 1, 1], { dtype: 'int64' });
const weights = torch.tensor([0.5, 1, 2], { dtype: 'float64' });
const sized = { length: 5 };

const sgd = (): optim.SGD => new optim.SGD([torch.ones(2).requires_grad_()], { lr: 1 });
const settings = (optimizer: { param_groups: readonly object[] }): unknown => ({
  ...optimizer.param_groups[0],
  params: null,
});
const rates = (scheduler: optim.lr_scheduler.LRScheduler): number[] =>
  [1, 2, 3, 4].map(() => {
    scheduler.step();
    return scheduler.get_last_lr()[0];
  });
const drawn = (draw: () => Tensor): unknown => {
  torch.manual_seed(3);
  return draw().tolist();
};
const parameter = (): Tensor[] => [torch.ones(2).requires_grad_()];

/** Name, by position, by name. The positions are those of PyTorch 2.15's signatures. */
const forms: readonly (readonly [string, () => unknown, () => unknown])[] = [
  ['MaxPool2d', () => new nn.MaxPool2d(3, 2, 1), () => new nn.MaxPool2d(3, { stride: 2, padding: 1 })],
  [
    'MaxPool2d, ceil_mode by name',
    () => new nn.MaxPool2d(3, 2, { ceil_mode: true }),
    () => new nn.MaxPool2d(3, { stride: 2, ceil_mode: true }),
  ],
  [
    'AvgPool2d',
    () => new nn.AvgPool2d(2, 1, 0, true),
    () => new nn.AvgPool2d(2, { stride: 1, padding: 0, ceil_mode: true }),
  ],
  [
    'Conv2d',
    () => new nn.Conv2d(4, 8, 3, 2, 1, 1, 4, false),
    () => new nn.Conv2d(4, 8, 3, { stride: 2, padding: 1, dilation: 1, groups: 4, bias: false }),
  ],
  [
    'ConvTranspose2d',
    () => new nn.ConvTranspose2d(4, 8, 3, 2, 1, 1, 2, false),
    () => new nn.ConvTranspose2d(4, 8, 3, { stride: 2, padding: 1, output_padding: 1, groups: 2, bias: false }),
  ],
  ['Linear', () => new nn.Linear(4, 8, false), () => new nn.Linear(4, 8, { bias: false })],
  [
    'BatchNorm1d',
    () => new nn.BatchNorm1d(4, 1e-3, 0.2, false),
    () => new nn.BatchNorm1d(4, { eps: 1e-3, momentum: 0.2, affine: false }),
  ],
  ['Dropout', () => new nn.Dropout(0.2, true), () => new nn.Dropout({ p: 0.2, inplace: true })],
  ['ReLU', () => new nn.ReLU(true), () => new nn.ReLU({ inplace: true })],
  ['LeakyReLU', () => new nn.LeakyReLU(0.1, true), () => new nn.LeakyReLU({ negative_slope: 0.1, inplace: true })],
  [
    'Embedding',
    () => new nn.Embedding(3, 2, 0).padding_idx,
    () => new nn.Embedding(3, 2, { padding_idx: 0 }).padding_idx,
  ],
  [
    'CrossEntropyLoss',
    () => new nn.CrossEntropyLoss(weights).forward(rows, labels).item(),
    () => new nn.CrossEntropyLoss({ weight: weights }).forward(rows, labels).item(),
  ],
  [
    'conv2d',
    () => F.conv2d(image, kernel, null, 2, [0, 1]).tolist(),
    () => F.conv2d(image, kernel, { stride: 2, padding: [0, 1] }).tolist(),
  ],
  [
    'avg_pool2d',
    () => F.avg_pool2d(image, 3, 2, 1, false, false).tolist(),
    () => F.avg_pool2d(image, 3, { stride: 2, padding: 1, count_include_pad: false }).tolist(),
  ],
  [
    'normalize',
    () => F.normalize(rows, 1, 0, 0.5).tolist(),
    () => F.normalize(rows, { p: 1, dim: 0, eps: 0.5 }).tolist(),
  ],
  [
    'batch_norm',
    () => F.batch_norm(rows, null, null, weights, weights, true, 0.1, 0.5).tolist(),
    () => F.batch_norm(rows, null, null, { weight: weights, bias: weights, training: true, eps: 0.5 }).tolist(),
  ],
  [
    'layer_norm',
    () => F.layer_norm(rows, [3], weights, weights, 0.5).tolist(),
    () => F.layer_norm(rows, [3], { weight: weights, bias: weights, eps: 0.5 }).tolist(),
  ],
  [
    'dropout',
    () => drawn(() => F.dropout(rows, 0.4, true)),
    () => drawn(() => F.dropout(rows, { p: 0.4, training: true })),
  ],
  ['cdist', () => torch.cdist(rows, rows, 1).tolist(), () => torch.cdist(rows, rows, { p: 1 }).tolist()],
  ['flatten', () => torch.flatten(image, 1, 2).shape, () => image.flatten({ start_dim: 1, end_dim: 2 }).shape],
  ['argmax', () => rows.argmax(1, true).tolist(), () => rows.argmax({ dim: 1, keepdim: true }).tolist()],
  [
    'logsumexp',
    () => rows.logsumexp([0, 1], true).tolist(),
    () => torch.logsumexp(rows, { dim: [0, 1], keepdim: true }).tolist(),
  ],
  ['cat', () => torch.cat([rows, rows], 1).tolist(), () => torch.cat([rows, rows], { dim: 1 }).tolist()],
  ['softmax', () => rows.softmax(1).tolist(), () => rows.softmax({ dim: 1 }).tolist()],
  ['one_hot', () => F.one_hot(labels, 4).tolist(), () => F.one_hot(labels, { num_classes: 4 }).tolist()],
  [
    'isclose',
    () => torch.isclose(rows, rows.add(0.1), 0, 0.2).tolist(),
    () => torch.isclose(rows, rows.add(0.1), { rtol: 0, atol: 0.2 }).tolist(),
  ],
  [
    'randint',
    () => drawn(() => torch.randint(2, 9, [4])),
    () => drawn(() => torch.randint({ low: 2, high: 9, size: [4] })),
  ],
  [
    'uniform_',
    () => drawn(() => torch.zeros(3).uniform_(-1, 2)),
    () => drawn(() => torch.zeros(3).uniform_({ from: -1, to: 2 })),
  ],
  [
    'init.normal_',
    () => drawn(() => nn.init.normal_(torch.zeros(3), 1, 2)),
    () => drawn(() => nn.init.normal_(torch.zeros(3), { mean: 1, std: 2 })),
  ],
  [
    'init.kaiming_normal_',
    () => drawn(() => nn.init.kaiming_normal_(torch.zeros(3, 2), 0, 'fan_out')),
    () => drawn(() => nn.init.kaiming_normal_(torch.zeros(3, 2), { a: 0, mode: 'fan_out' })),
  ],
  [
    'SGD',
    () => settings(new optim.SGD(parameter(), 0.1, 0.9, 0.1, 0.2)),
    () => settings(new optim.SGD(parameter(), { lr: 0.1, momentum: 0.9, dampening: 0.1, weight_decay: 0.2 })),
  ],
  [
    'Adam',
    () => settings(new optim.Adam(parameter(), 0.1, [0.5, 0.6], 1e-3, 0.2, true)),
    () =>
      settings(
        new optim.Adam(parameter(), { lr: 0.1, betas: [0.5, 0.6], eps: 1e-3, weight_decay: 0.2, amsgrad: true }),
      ),
  ],
  [
    'RMSprop',
    () => settings(new optim.RMSprop(parameter(), 0.1, 0.8, 1e-3, 0.2, 0.9)),
    () =>
      settings(new optim.RMSprop(parameter(), { lr: 0.1, alpha: 0.8, eps: 1e-3, weight_decay: 0.2, momentum: 0.9 })),
  ],
  [
    'StepLR',
    () => rates(new lr_scheduler.StepLR(sgd(), 2, 0.5)),
    () => rates(new lr_scheduler.StepLR(sgd(), 2, { gamma: 0.5 })),
  ],
  [
    'WarmupMultiStepLR',
    () => rates(new lr_scheduler.WarmupMultiStepLR(sgd(), [3], 0.5, 0.1, 2, 'constant')),
    () =>
      rates(
        new lr_scheduler.WarmupMultiStepLR(sgd(), [3], {
          gamma: 0.5,
          warmup_factor: 0.1,
          warmup_iters: 2,
          warmup_method: 'constant',
        }),
      ),
  ],
  [
    'CosineAnnealingLR',
    () => rates(new lr_scheduler.CosineAnnealingLR(sgd(), 5, 0.1)),
    () => rates(new lr_scheduler.CosineAnnealingLR(sgd(), 5, { eta_min: 0.1 })),
  ],
  [
    'DataLoader',
    () => [...new torch.utils.data.DataLoader([1, 2, 3, 4, 5], 2, false, [4, 3, 2])].map((batch) => batch.tolist()),
    () =>
      [...new torch.utils.data.DataLoader([1, 2, 3, 4, 5], { batch_size: 2, sampler: [4, 3, 2] })].map((batch) =>
        batch.tolist(),
      ),
  ],
  [
    'RandomSampler',
    () => drawn(() => torch.tensor([...new torch.utils.data.RandomSampler(sized, true, 3)])),
    () =>
      drawn(() => torch.tensor([...new torch.utils.data.RandomSampler(sized, { replacement: true, num_samples: 3 })])),
  ],
];

const shown = (value: unknown): unknown => (value instanceof nn.Module ? value.toString() : value);

it.each(forms)('%s takes its options in order and by name', (_, byPosition, byName) => {
  expect(shown(byPosition())).toEqual(shown(byName()));
});

it('options by position must be among those named', () => {
  expect(named<{ a?: number; b?: unknown }, 'a b'>('f', 'a b', [1, { b: 2 }])).toEqual({ a: 1, b: 2 });
  // A tensor or a list is an argument, not an object of options.
  expect(named<{ a?: unknown; b?: unknown }, 'a b'>('f', 'a b', [rows, [1]])).toEqual({ a: rows, b: [1] });
  const pool = nn.MaxPool2d as unknown as new (...args: number[]) => unknown;
  expect(() => new pool(3, 2, 1, 1, 0, 5)).toThrow(
    'MaxPool2d: options: got 5 by position, expected at most 4: stride, padding, dilation, ceil_mode',
  );
  const average = F.avg_pool2d as unknown as (...args: unknown[]) => unknown;
  expect(() => average(image, 3, 1, 1, false, true, null, 7)).toThrow(
    /^avg_pool2d: options: got 6 by position, expected at most \d: stride, /,
  );
});

it('an error shows its argument in the message alone, not as a listed property', () => {
  const error = badArgument('f', 'input', rows, 'integers');
  expect(error.got).toBe(rows);
  expect(Object.values(error)).toEqual(['f', 'integers', 'input']);
});
