/** Bad calls of `torch.nn.functional`, `torch.nn.init` and `torch.nn.utils`. */
import * as torch from '@reidgrad/core';
import { bool, each, float, list, long, longs, wrong, type BadCalls } from '../values.js';

const { functional: F, init, utils } = torch.nn;
const name = 'torch.nn.functional';

const activations = `
  elu gelu hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish relu relu6 selu sigmoid silu softplus tanh
  normalize dropout dropout2d instance_norm interpolate upsample`;
const pairs = `
  binary_cross_entropy binary_cross_entropy_with_logits hinge_embedding_loss huber_loss kl_div l1_loss mse_loss
  smooth_l1_loss soft_margin_loss pairwise_distance cosine_similarity multi_margin_loss cross_entropy nll_loss`;

const convolutions: BadCalls = {
  [`${name}.conv1d`]: () => F.conv1d(float(1, 2, 5), float(4, 3, 3)),
  [`${name}.conv1d (rank)`]: () => F.conv1d(float(2, 3, 4, 5), float(4, 3, 3)),
  [`${name}.conv1d (kernel)`]: () => F.conv1d(float(1, 3, 2), float(4, 3, 5)),
  [`${name}.conv2d`]: () => F.conv2d(float(1, 2, 5, 5), float(4, 3, 3, 3)),
  [`${name}.conv2d (weight)`]: () => F.conv2d(float(1, 3, 5, 5), float(4, 3, 3)),
  [`${name}.conv2d (bias)`]: () => F.conv2d(float(1, 3, 5, 5), float(4, 3, 3, 3), float(3)),
  [`${name}.conv2d (list as bias)`]: () => F.conv2d(float(1, 3, 5, 5), float(4, 3, 3, 3), list),
  [`${name}.conv2d (groups)`]: () => F.conv2d(float(1, 3, 5, 5), float(4, 3, 3, 3), null, { groups: 3 }),
  [`${name}.conv2d (stride)`]: () => F.conv2d(float(1, 3, 5, 5), float(4, 3, 3, 3), null, { stride: 0 }),
  [`${name}.conv2d (padding)`]: () =>
    F.conv2d(float(1, 3, 5, 5), float(4, 3, 3, 3), null, { stride: 2, padding: 'same' }),
  [`${name}.conv2d (kernel)`]: () => F.conv2d(float(1, 3, 2, 2), float(4, 3, 3, 3)),
  [`${name}.conv_transpose2d`]: () => F.conv_transpose2d(float(1, 2, 5, 5), float(3, 4, 3, 3)),
  [`${name}.conv_transpose2d (output_padding)`]: () =>
    F.conv_transpose2d(float(1, 3, 5, 5), float(3, 4, 3, 3), null, { output_padding: 1 }),
  [`${name}.linear`]: () => F.linear(float(2, 3), float(4, 5)),
  [`${name}.linear (bias)`]: () => F.linear(float(2, 3), float(4, 3), float(5)),
  [`${name}.embedding`]: () => F.embedding(float(2), float(3, 4)),
  [`${name}.embedding (range)`]: () => F.embedding(longs(1, 3), float(3, 4)),
  [`${name}.embedding (padding_idx)`]: () => F.embedding(longs(1), float(3, 4), { padding_idx: 3 }),
};

const pools: BadCalls = {
  [`${name}.adaptive_avg_pool1d`]: () => F.adaptive_avg_pool1d(float(3), 1),
  [`${name}.adaptive_avg_pool2d`]: () => F.adaptive_avg_pool2d(float(3, 4), 1),
  [`${name}.adaptive_avg_pool2d (size)`]: () => F.adaptive_avg_pool2d(float(1, 3, 4, 4), 0),
  [`${name}.adaptive_max_pool1d`]: () => F.adaptive_max_pool1d(float(3), 1),
  [`${name}.adaptive_max_pool2d`]: () => F.adaptive_max_pool2d(float(3, 4), 1),
  [`${name}.avg_pool1d`]: () => F.avg_pool1d(float(3), 2),
  [`${name}.avg_pool2d`]: () => F.avg_pool2d(float(1, 1, 4, 4), 0),
  [`${name}.max_pool1d`]: () => F.max_pool1d(float(3), 2),
  [`${name}.max_pool1d (kernel)`]: () => F.max_pool1d(float(1, 1, 2), 3),
  [`${name}.max_pool2d`]: () => F.max_pool2d(float(3, 4), 2),
  [`${name}.max_pool2d (kernel)`]: () => F.max_pool2d(float(1, 1, 2, 2), 3),
  [`${name}.max_pool2d (padding)`]: () => F.max_pool2d(float(1, 1, 4, 4), 2, { padding: 2 }),
};

const norms: BadCalls = {
  [`${name}.batch_norm`]: () => F.batch_norm(float(4, 3), float(2), float(2)),
  [`${name}.batch_norm (weight)`]: () => F.batch_norm(float(4, 3), null, null, { weight: float(2), training: true }),
  [`${name}.batch_norm (one value)`]: () => F.batch_norm(float(1, 3), null, null, { training: true }),
  [`${name}.batch_norm (statistics)`]: () => F.batch_norm(float(4, 3), float(3), null),
  [`${name}.group_norm`]: () => F.group_norm(float(2, 4), 3),
  [`${name}.instance_norm (one value)`]: () => F.instance_norm(float(2, 3, 1)),
  [`${name}.layer_norm`]: () => F.layer_norm(float(2, 3), [4]),
  [`${name}.local_response_norm`]: () => F.local_response_norm(float(2), 3),
};

const images: BadCalls = {
  [`${name}.affine_grid`]: () => F.affine_grid(float(2, 3), [1, 1, 2, 2]),
  [`${name}.grid_sample`]: () => F.grid_sample(float(1, 1, 2, 2), float(1, 2, 2, 3)),
  [`${name}.grid_sample (mode)`]: () => F.grid_sample(float(1, 1, 2, 2), float(1, 2, 2, 2), { mode: wrong('bicubic') }),
  [`${name}.interpolate (size)`]: () => F.interpolate(float(1, 1, 2, 2)),
  [`${name}.interpolate (mode)`]: () => F.interpolate(float(1, 1, 2, 2), { size: 4, mode: 'linear' }),
  [`${name}.interpolate (align_corners)`]: () => F.interpolate(float(1, 1, 2, 2), { size: 4, align_corners: true }),
  [`${name}.pad`]: () => F.pad(float(2), [1]),
  [`${name}.pad (mode)`]: () => F.pad(float(2), [1, 1], wrong('mirror')),
  [`${name}.pad (reflect)`]: () => F.pad(float(1, 2), [2, 0], 'reflect'),
  [`${name}.pixel_shuffle`]: () => F.pixel_shuffle(float(1, 3, 2, 2), 2),
  [`${name}.pixel_unshuffle`]: () => F.pixel_unshuffle(float(1, 1, 3, 3), 2),
};

const losses: BadCalls = {
  [`${name}.cosine_embedding_loss`]: () => F.cosine_embedding_loss(float(2, 3), float(2, 4), float(2)),
  [`${name}.cross_entropy (range)`]: () => F.cross_entropy(float(3, 4), longs(0, 7, 9)),
  [`${name}.cross_entropy (shape)`]: () => F.cross_entropy(float(3, 4), longs(0, 1)),
  [`${name}.cross_entropy (weight)`]: () => F.cross_entropy(float(2, 4), longs(0, 1), { weight: float(3) }),
  [`${name}.cross_entropy (smoothing)`]: () => F.cross_entropy(float(2, 4), longs(0, 1), { label_smoothing: 2 }),
  [`${name}.cross_entropy (list)`]: () => F.cross_entropy(float(2, 4), list),
  [`${name}.kl_div (reduction)`]: () => F.kl_div(float(2), float(2), { reduction: wrong('average') }),
  [`${name}.margin_ranking_loss`]: () => F.margin_ranking_loss(float(2), float(3), float(2)),
  [`${name}.margin_ranking_loss (rank)`]: () => F.margin_ranking_loss(float(2), float(2), float(2, 1)),
  [`${name}.mse_loss (reduction)`]: () => F.mse_loss(float(2), float(2), { reduction: wrong('average') }),
  [`${name}.multi_margin_loss (p)`]: () => F.multi_margin_loss(float(2, 3), long(2), { p: wrong(3) }),
  [`${name}.triplet_margin_loss`]: () => F.triplet_margin_loss(float(2, 3), float(2, 3), float(2, 4)),
  [`${name}.triplet_margin_with_distance_loss`]: () =>
    F.triplet_margin_with_distance_loss(float(2, 3), float(2, 3), float(2, 4)),
  [`${name}.triplet_margin_with_distance_loss (list)`]: () =>
    F.triplet_margin_with_distance_loss(float(2, 3), list, float(2, 3)),
};

const others: BadCalls = {
  [`${name}.dropout (p)`]: () => F.dropout(float(2), { p: 2 }),
  [`${name}.cosine_similarity (too many)`]: () =>
    F.cosine_similarity(float(2, 3), float(2, 3), ...wrong<[]>([0, 1e-8, 9])),
  [`${name}.gelu (approximate)`]: () => F.gelu(float(2), { approximate: wrong('fast') }),
  [`${name}.hardtanh (bounds)`]: () => F.hardtanh(float(2), { min_val: 1, max_val: 0 }),
  [`${name}.log_softmax`]: () => F.log_softmax(float(2, 3), 2),
  [`${name}.one_hot`]: () => F.one_hot(float(2)),
  [`${name}.prelu`]: () => F.prelu(float(2, 3), float(2)),
  [`${name}.scaled_dot_product_attention`]: () => F.scaled_dot_product_attention(float(2, 3), float(2, 4), float(2, 3)),
  [`${name}.scaled_dot_product_attention (mask)`]: () =>
    F.scaled_dot_product_attention(float(2, 3), float(2, 3), float(2, 3), { attn_mask: bool(2, 2), is_causal: true }),
  [`${name}.scaled_dot_product_attention (value)`]: () =>
    F.scaled_dot_product_attention(float(2, 3), float(2, 3), float(4, 3)),
  [`${name}.softmax`]: () => F.softmax(float(2, 3), 2),
  [`${name}.softmax (dim)`]: () => F.softmax(float(2, 3), wrong({})),
  [`${name}.threshold`]: () => F.threshold(list, 0, 0),
};

const initialisers: BadCalls = {
  'torch.nn.init.calculate_gain': () => init.calculate_gain(wrong('swish')),
  'torch.nn.init.constant_': () => init.constant_(list, 1),
  'torch.nn.init.kaiming_normal_': () => init.kaiming_normal_(float(3)),
  'torch.nn.init.kaiming_normal_ (mode)': () => init.kaiming_normal_(float(3, 3), { mode: wrong('fan_max') }),
  'torch.nn.init.kaiming_uniform_': () => init.kaiming_uniform_(float(3)),
  'torch.nn.init.normal_': () => init.normal_(float(3), 0, -1),
  'torch.nn.init.ones_': () => init.ones_(list),
  'torch.nn.init.trunc_normal_': () => init.trunc_normal_(float(3), { mean: wrong('0') }),
  'torch.nn.init.uniform_': () => init.uniform_(float(3), 1, 0),
  'torch.nn.init.xavier_normal_': () => init.xavier_normal_(float(3)),
  'torch.nn.init.xavier_uniform_': () => init.xavier_uniform_(float(3)),
  'torch.nn.init.zeros_': () => init.zeros_(list),
  'torch.nn.utils.clip_grad_norm_': () => utils.clip_grad_norm_(wrong(new torch.nn.Linear(2, 3)), 1),
  'torch.nn.utils.clip_grad_value_': () => utils.clip_grad_value_([wrong(1)], 1),
};

export const functionalCalls: BadCalls = {
  ...each(name, F, activations, (fn) => fn(list)),
  ...each(name, F, pairs, (fn) => fn(float(2, 3), float(4, 5))),
  ...convolutions,
  ...pools,
  ...norms,
  ...images,
  ...losses,
  ...others,
  ...initialisers,
};
