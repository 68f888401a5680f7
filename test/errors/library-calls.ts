/** Bad calls of `torch.nn`, `torch.optim`, `torch.autograd`, `torch.utils.data`, the losses and the exporter. */
import * as torch from '@reidgrad/core';
import * as losses from '@reidgrad/losses';
import * as onnx from '@reidgrad/onnx-export';
import { float, list, long, wrong, type BadCalls } from './values.js';

const { nn, optim, autograd } = torch;
const { functional: F, init } = nn;
const { lr_scheduler: schedulers } = optim;
const { data } = torch.utils;
const optimizer = new optim.SGD([new nn.Parameter(torch.ones(1))], { lr: 0.1 });

/** The functions of one tensor, called with a list. */
const activations = [
  'elu gelu hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish relu relu6 selu sigmoid silu softplus tanh',
  'normalize dropout dropout2d instance_norm interpolate upsample',
]
  .flatMap((line) => line.split(' '))
  .map((name): [string, () => unknown] => {
    const fn: unknown = Reflect.get(F, name);
    if (typeof fn !== 'function') throw new Error(`${name} is not in torch.nn.functional`);
    return [`torch.nn.functional.${name}`, () => Reflect.apply(fn, undefined, [[1, 2]]) as unknown];
  });

/** The losses of two tensors, called with two shapes that do not fit. */
const pairs = [
  'binary_cross_entropy binary_cross_entropy_with_logits hinge_embedding_loss huber_loss kl_div l1_loss mse_loss',
  'smooth_l1_loss soft_margin_loss pairwise_distance cosine_similarity multi_margin_loss cross_entropy nll_loss',
]
  .flatMap((line) => line.split(' '))
  .map((name): [string, () => unknown] => {
    const fn: unknown = Reflect.get(F, name);
    if (typeof fn !== 'function') throw new Error(`${name} is not in torch.nn.functional`);
    return [`torch.nn.functional.${name}`, () => Reflect.apply(fn, undefined, [float(2, 3), float(4, 5)]) as unknown];
  });

const functional: BadCalls = {
  'torch.nn.functional.adaptive_avg_pool1d': () => F.adaptive_avg_pool1d(float(3), 1),
  'torch.nn.functional.adaptive_avg_pool2d': () => F.adaptive_avg_pool2d(float(3, 4), 1),
  'torch.nn.functional.adaptive_max_pool1d': () => F.adaptive_max_pool1d(float(3), 1),
  'torch.nn.functional.adaptive_max_pool2d': () => F.adaptive_max_pool2d(float(3, 4), 1),
  'torch.nn.functional.affine_grid': () => F.affine_grid(float(2, 3), [1, 1, 2, 2]),
  'torch.nn.functional.avg_pool1d': () => F.avg_pool1d(float(3), 2),
  'torch.nn.functional.avg_pool2d': () => F.avg_pool2d(float(1, 1, 4, 4), 0),
  'torch.nn.functional.batch_norm': () => F.batch_norm(float(4, 3), float(2), float(2)),
  'torch.nn.functional.conv1d': () => F.conv1d(float(1, 2, 5), float(4, 3, 3)),
  'torch.nn.functional.conv2d': () => F.conv2d(float(1, 2, 5, 5), float(4, 3, 3, 3)),
  'torch.nn.functional.conv_transpose2d': () => F.conv_transpose2d(float(1, 2, 5, 5), float(3, 4, 3, 3)),
  'torch.nn.functional.cosine_embedding_loss': () => F.cosine_embedding_loss(float(2, 3), float(2, 4), float(2)),
  'torch.nn.functional.dropout (p)': () => F.dropout(float(2), { p: 2 }),
  'torch.nn.functional.embedding': () => F.embedding(float(2), float(3, 4)),
  'torch.nn.functional.grid_sample': () => F.grid_sample(float(1, 1, 2, 2), float(1, 2, 2, 3)),
  'torch.nn.functional.group_norm': () => F.group_norm(float(2, 4), 3),
  'torch.nn.functional.interpolate (size)': () => F.interpolate(float(1, 1, 2, 2)),
  'torch.nn.functional.layer_norm': () => F.layer_norm(float(2, 3), [4]),
  'torch.nn.functional.linear': () => F.linear(float(2, 3), float(4, 5)),
  'torch.nn.functional.local_response_norm': () => F.local_response_norm(float(2), 3),
  'torch.nn.functional.log_softmax': () => F.log_softmax(float(2, 3), 2),
  'torch.nn.functional.margin_ranking_loss': () => F.margin_ranking_loss(float(2), float(3), float(2)),
  'torch.nn.functional.max_pool1d': () => F.max_pool1d(float(3), 2),
  'torch.nn.functional.max_pool2d': () => F.max_pool2d(float(3, 4), 2),
  'torch.nn.functional.one_hot': () => F.one_hot(float(2)),
  'torch.nn.functional.pad': () => F.pad(float(2), [1]),
  'torch.nn.functional.pixel_shuffle': () => F.pixel_shuffle(float(1, 3, 2, 2), 2),
  'torch.nn.functional.pixel_unshuffle': () => F.pixel_unshuffle(float(1, 1, 3, 3), 2),
  'torch.nn.functional.prelu': () => F.prelu(float(2, 3), float(2)),
  'torch.nn.functional.scaled_dot_product_attention': () =>
    F.scaled_dot_product_attention(float(2, 3), float(2, 4), float(2, 3)),
  'torch.nn.functional.softmax': () => F.softmax(float(2, 3), 2),
  'torch.nn.functional.threshold': () => F.threshold(list, 0, 0),
  'torch.nn.functional.triplet_margin_loss': () => F.triplet_margin_loss(float(2, 3), float(2, 3), float(2, 4)),
  'torch.nn.functional.triplet_margin_with_distance_loss': () =>
    F.triplet_margin_with_distance_loss(float(2, 3), float(2, 3), float(2, 4)),
  'torch.nn.functional.mse_loss (reduction)': () => F.mse_loss(float(2), float(2), { reduction: wrong('average') }),
};

const initialisers: BadCalls = {
  'torch.nn.init.calculate_gain': () => init.calculate_gain(wrong('swish')),
  'torch.nn.init.kaiming_normal_': () => init.kaiming_normal_(float(3)),
  'torch.nn.init.kaiming_uniform_': () => init.kaiming_uniform_(float(3)),
  'torch.nn.init.xavier_normal_': () => init.xavier_normal_(float(3)),
  'torch.nn.init.xavier_uniform_': () => init.xavier_uniform_(float(3)),
  'torch.nn.init.normal_': () => init.normal_(float(3), 0, -1),
  'torch.nn.init.uniform_': () => init.uniform_(float(3), 1, 0),
};

const scheduled: BadCalls = {
  'torch.optim.SGD': () => new optim.SGD([], { lr: 0.1 }),
  'torch.optim.Adam': () => new optim.Adam([float(1)], { betas: [0.9, 1] }),
  'torch.optim.AdamW': () => new optim.AdamW([float(1)], { lr: -1 }),
  'torch.optim.RAdam': () => new optim.RAdam([float(1)], { eps: -1 }),
  'torch.optim.RMSprop': () => new optim.RMSprop([float(1)], { lr: -1 }),
  'torch.optim.lr_scheduler.LambdaLR': () => new schedulers.LambdaLR(optimizer, []),
  'torch.optim.lr_scheduler.LinearLR': () => new schedulers.LinearLR(optimizer, { start_factor: 0 }),
  'torch.optim.lr_scheduler.SequentialLR': () => new schedulers.SequentialLR(optimizer, [], [3]),
  'torch.optim.lr_scheduler.ChainedScheduler': () => new schedulers.ChainedScheduler([]),
  'torch.optim.lr_scheduler.WarmupMultiStepLR': () => new schedulers.WarmupMultiStepLR(optimizer, [5, 3]),
};

const leaf = (): torch.Tensor => torch.ones(2, { requires_grad: true });
const training: BadCalls = {
  'torch.autograd.grad': () => autograd.grad(leaf().sum(), leaf()),
  'Tensor.backward (twice)': () => {
    const loss = leaf().exp().sum();
    loss.backward();
    loss.backward();
  },
  'Tensor.backward (not scalar)': () => leaf().mul(2).backward(),
  'Tensor.backward (no graph)': () => float(1).sum().backward(),
  'Tensor.item': () => float(2, 3).item(),
  'Tensor.add_ (leaf)': () => leaf().add_(1),
  'Tensor.add_ (expanded)': () => float(1).expand(3).add_(1),
  'Module.load_state_dict (unknown keys)': () =>
    new nn.Linear(2, 3).load_state_dict({ ...new nn.Linear(2, 3).state_dict(), scale: float(1) }),
  'Module.load_state_dict (missing keys)': () => new nn.Linear(2, 3).load_state_dict({}),
  'Module.load_state_dict (shapes)': () => new nn.Linear(2, 3).load_state_dict(new nn.Linear(2, 4).state_dict()),
  'Linear.forward': () => new nn.Linear(2, 3).forward(float(4, 5)),
  'Linear.forward (list)': () => new nn.Linear(2, 3).forward(list),
  'Conv2d.forward': () => new nn.Conv2d(3, 8, 3).forward(float(2, 4, 8, 8)),
  'torch.utils.data.TensorDataset': () => new data.TensorDataset(float(2, 3), float(4)),
  'torch.utils.data.default_collate': () => data.default_collate([]),
  'torch.utils.data.random_split': () => data.random_split(new data.TensorDataset(float(4)), [1, 2]),
  'torch.utils.data.BatchSampler': () => new data.BatchSampler(wrong([0, 1]), 0, false),
};

const reid: BadCalls = {
  'losses.pdist_torch': () => losses.pdist_torch(float(2, 3), float(2, 4)),
  'losses.pdist_np': () => losses.pdist_np(float(2, 3), float(2, 4)),
  'losses.normalize': () => losses.normalize(float(2, 3), 2),
  'losses.pairwise_distances': () => losses.pairwise_distances(float(2)),
  'losses.get_anchor_negative_triplet_mask': () => losses.get_anchor_negative_triplet_mask(float(2)),
  'losses.get_anchor_positive_triplet_mask': () => losses.get_anchor_positive_triplet_mask(float(2)),
  'losses.get_triplet_mask': () => losses.get_triplet_mask(float(2)),
  'losses.OriTripletLoss': () => new losses.OriTripletLoss(4).forward(float(4, 2), float(4)),
  'losses.TripletLoss_WRT': () => new losses.TripletLoss_WRT().forward(float(4, 2), float(4)),
  'losses.softmax_weights': () => losses.softmax_weights(float(2, 3), float(3, 2)),
  'losses.batch_all_triplet_loss': () => losses.batch_all_triplet_loss(float(4, 2), long(4), 0.3),
  'losses.batch_hard_triplet_loss': () => losses.batch_hard_triplet_loss(float(4, 2), long(4), 0.3),
  'losses.triplet_loss': () => losses.triplet_loss(float(2, 3), float(2, 3), float(2, 4)),
  'losses.unstack_triplets': () => losses.unstack_triplets(float(4, 2)),
  'losses.TripletHardLoss': () => new losses.TripletHardLoss().call(float(4, 2), float(4)),
  'losses.TripletSemiHardLoss': () => new losses.TripletSemiHardLoss().call(float(4, 2), float(4)),
  'onnx.readModel': () => onnx.readModel(new Uint8Array([1, 2, 3])),
};

/** Every function below the top of `torch`, of the losses and of the exporter with a bad call. */
export const libraryCalls: BadCalls = {
  ...Object.fromEntries([...activations, ...pairs]),
  ...functional,
  ...initialisers,
  ...scheduled,
  ...training,
  ...reid,
};
