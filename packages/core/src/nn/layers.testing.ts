/** Calls and inputs of the cases of layers.json, for the tests beside it. */
import { generate } from '../../../../test/goldens/inputs.js';
import type { GoldenCase } from '../../../../test/goldens/load.js';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import type { DType } from '../dtype.js';

const { nn } = torch;
const F = nn.functional;

export type Tensors = Record<string, Tensor>;
/** Options of a case under their PyTorch names; each call below knows which ones it gets. */
export type Options = Record<string, never>;

/** A module that computes with the parameters of a case. */
function withState<M extends torch.nn.Module>(module: M, t: Tensors): M {
  const names = module.named_parameters().map(([name]) => name);
  for (const name of names) {
    const dot = name.lastIndexOf('.');
    // The case's tensor stands in for the parameter, so that its gradient can be asked for.
    Reflect.set(module.get_submodule(dot < 0 ? '' : name.slice(0, dot)), name.slice(dot + 1), t[name]);
  }
  return module;
}

type Call = (t: Tensors, options: Options) => Tensor | Tensors;

const activation =
  (fn: (x: Tensor, options: Options) => Tensor): Call =>
  (t, options) =>
    fn(t.x, options);
const pair =
  (fn: (input: Tensor, target: Tensor, options: Options) => Tensor): Call =>
  (t, options) =>
    fn(t.input, t.target, options);

/** The call of each function of layers.json; the first output is the differentiated one. */
export const calls: Record<string, Call> = {
  relu6: activation(F.relu6),
  hardtanh: activation(F.hardtanh),
  hardsigmoid: activation(F.hardsigmoid),
  hardswish: activation(F.hardswish),
  elu: activation(F.elu),
  selu: activation(F.selu),
  silu: activation(F.silu),
  mish: activation(F.mish),
  logsigmoid: activation(F.logsigmoid),
  gelu: activation(F.gelu),
  softplus: activation(F.softplus),
  threshold: (t, { threshold, value }) => F.threshold(t.x, threshold, value),
  prelu: (t) => F.prelu(t.x, t.weight),
  conv1d: (t, options) => F.conv1d(t.x, t.weight, t.bias, options),
  conv_transpose2d: (t, options) => F.conv_transpose2d(t.x, t.weight, t.bias, options),
  Conv2d: (t, options) => {
    const layer = new nn.Conv2d(2, 3, [3, 4], options);
    return withState(layer, t).forward(t.x);
  },
  pad: (t, { pad, mode, value }) => F.pad(t.x, pad, mode, value),
  avg_pool2d: (t, { kernel_size, ...options }) => F.avg_pool2d(t.x, kernel_size, options),
  max_pool1d: (t, { kernel_size, ...options }) => F.max_pool1d(t.x, kernel_size, options),
  avg_pool1d: (t, { kernel_size, ...options }) => F.avg_pool1d(t.x, kernel_size, options),
  adaptive_max_pool2d: (t, { output_size }) => F.adaptive_max_pool2d(t.x, output_size),
  adaptive_avg_pool1d: (t, { output_size }) => F.adaptive_avg_pool1d(t.x, output_size),
  adaptive_max_pool1d: (t, { output_size }) => F.adaptive_max_pool1d(t.x, output_size),
  instance_norm: (t, options) => {
    if (t.running_mean === undefined) return F.instance_norm(t.x, t);
    const running = { running_mean: t.running_mean.clone(), running_var: t.running_var.clone() };
    return { out: F.instance_norm(t.x, { ...t, ...options, ...running }), ...running };
  },
  group_norm: (t, { num_groups, eps }) => F.group_norm(t.x, num_groups, { ...t, eps }),
  layer_norm: (t, { normalized_shape }) => F.layer_norm(t.x, normalized_shape, t),
  local_response_norm: (t, { size, ...options }) => F.local_response_norm(t.x, size, options),
  embedding: (t, options) => F.embedding(t.target, t.weight, options),
  interpolate: activation(F.interpolate),
  pixel_shuffle: (t, { upscale_factor }) => F.pixel_shuffle(t.x, upscale_factor),
  pixel_unshuffle: (t, { downscale_factor }) => F.pixel_unshuffle(t.x, downscale_factor),
  grid_sample: (t, options) => F.grid_sample(t.x, t.grid, options),
  affine_grid: (t, { size, ...options }) => F.affine_grid(t.theta, size, options),
  scaled_dot_product_attention: (t, options) =>
    F.scaled_dot_product_attention(t.query, t.key, t.value, { attn_mask: t.mask, ...options }),
  MultiheadAttention: (t, options) => {
    const layer = withState(new nn.MultiheadAttention(4, 2, options), t);
    const [out, weights] = layer.forward(t.query, t.key, t.key);
    return { out, weights: weights ?? out };
  },
  TransformerEncoderLayer: (t, options) => {
    const sizes = { dim_feedforward: 6, dropout: 0, activation: 'gelu' } as const;
    return withState(new nn.TransformerEncoderLayer(4, 2, { ...sizes, ...options }), t).forward(t.x);
  },
  kl_div: pair(F.kl_div),
  smooth_l1_loss: pair(F.smooth_l1_loss),
  huber_loss: pair(F.huber_loss),
  binary_cross_entropy: pair(F.binary_cross_entropy),
  binary_cross_entropy_with_logits: pair(F.binary_cross_entropy_with_logits),
  hinge_embedding_loss: pair(F.hinge_embedding_loss),
  cosine_embedding_loss: (t, options) => F.cosine_embedding_loss(t.x1, t.x2, t.target, options),
  multi_margin_loss: (t, options) => F.multi_margin_loss(t.input, t.target, { ...options, weight: t.target_weight }),
  triplet_margin_loss: (t, options) => F.triplet_margin_loss(t.anchor, t.positive, t.negative, options),
  triplet_margin_with_distance_loss: (t, options) =>
    F.triplet_margin_with_distance_loss(t.anchor, t.positive, t.negative, options),
};

/** All outputs of a case by name. */
export function outputsOf(golden: GoldenCase, t: Tensors): Tensors {
  const result = calls[golden.fn](t, golden.args as Options);
  return result instanceof torch.Tensor ? { out: result } : result;
}

/** A tensor of literal values. */
export function make(shape: readonly number[], values: readonly number[], dtype: DType): Tensor {
  return torch.tensor(values, { dtype }).reshape(shape).detach();
}

/** The inputs of a case; those with a golden gradient ask for one. */
export function inputsOf(golden: GoldenCase): Tensors {
  return Object.fromEntries(
    Object.entries(golden.inputs).map(([name, spec]) => {
      const x = make(spec.shape, generate(spec, spec.key), spec.dtype === 'int64' ? 'int64' : golden.dtype);
      if (golden.grads?.[name] !== undefined) x.requires_grad = true;
      return [name, x];
    }),
  );
}

/** Shape and numbers, for `expectClose`. */
export const asArray = (x: Tensor): { shape: readonly number[]; data: ArrayLike<number> } => ({
  shape: x.shape,
  data: Array.from(x.toTypedArray(), Number),
});
