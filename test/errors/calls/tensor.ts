/** Bad calls of the methods of tensors. */
import * as torch from '@reidgrad/core';
import {
  bool,
  each,
  escaped,
  escapedIntegers,
  float,
  leaf,
  list,
  long,
  longs,
  wrong,
  type BadCalls,
} from '../values.js';

/** Methods without arguments read a tensor that was kept from a compiled function. */
const alone = `
  abs acos asin atan ceil clone cos count_nonzero erf erfinv exp expm1 floor frac inverse isfinite isinf isnan
  log log10 log1p log2 logical_not median nan_to_num nanmean nansum neg nonzero ravel reciprocal relu round rsqrt
  sigmoid sign sin sqrt square tan tanh trunc unique item tolist toTypedArray numpy toArray
  double half int long byte bool bitwise_not`;
/** In place, without arguments: a leaf that requires grad must not be written. */
const inPlace = `
  abs_ acos_ ceil_ cos_ erfinv_ exp_ floor_ log_ neg_ relu_ round_ rsqrt_ sigmoid_ sin_ sqrt_ tanh_ zero_ uniform_
  normal_ bernoulli_ tril_ triu_`;
/** With a second operand, in a shape that does not broadcast. */
const binary = `
  add sub mul div pow maximum minimum remainder floor_divide eq ne lt le gt ge logical_and logical_or logical_xor
  atan2 hypot logaddexp isclose allclose add_ sub_ mul_ div_ pow_ copy_ clamp_min clamp_max`;
/** With a second operand, given as a list. */
const listed = `
  bitwise_and bitwise_or bitwise_xor bmm cross dot equal expand_as inner is_same_size matmul mm mv outer resize_as_
  type_as view_as`;
/** Over a dim that is not there. */
const overDims = `
  all amax amin any argmax argmin max mean min prod std sum var logsumexp softmax log_softmax cumsum sort argsort size squeeze
  unsqueeze flip unbind flatten`;

const shapes: BadCalls = {
  'Tensor.broadcast_to': () => float(2).broadcast_to([3]),
  'Tensor.chunk': () => float(4).chunk(0),
  'Tensor.diag': () => float(2, 2, 2).diag(),
  'Tensor.diag_embed': () => float(2).diag_embed(0, 5),
  'Tensor.diagonal': () => float(3).diagonal(),
  'Tensor.expand': () => float(2).expand(3),
  'Tensor.movedim': () => float(2, 3).movedim(0, 5),
  'Tensor.narrow': () => float(4).narrow(0, 2, 5),
  'Tensor.permute': () => float(2, 3).permute(0, 0),
  'Tensor.repeat': () => float(2, 3).repeat(2),
  'Tensor.repeat_interleave': () => float(2).repeat_interleave(-1),
  'Tensor.reshape': () => float(2, 3).reshape(4, 2),
  'Tensor.roll': () => float(4).roll([1, 2]),
  'Tensor.split': () => float(4).split([1, 2]),
  'Tensor.swapaxes': () => float(2).swapaxes(0, 1),
  'Tensor.t': () => float(2, 2, 2).t(),
  'Tensor.tensor_split': () => float(4).tensor_split(0),
  'Tensor.trace': () => float(3).trace(),
  'Tensor.transpose': () => float(2, 3).transpose(0, 2),
  'Tensor.tril': () => float(3).tril(),
  'Tensor.triu': () => float(3).triu(),
  'Tensor.unflatten': () => float(6).unflatten(0, [4, -1]),
  'Tensor.view': () => float(2, 3).view(5),
};

const indexing: BadCalls = {
  'Tensor.gather': () => float(2, 3).gather(1, long(2)),
  'Tensor.index': () => float(3).index(5),
  'Tensor.index_add': () => float(3).index_add(0, longs(0, 1), float(3)),
  'Tensor.index_copy': () => float(3).index_copy(0, long(2), float(3)),
  'Tensor.index_fill': () => float(3).index_fill(0, longs(7), 1),
  'Tensor.index_select': () => float(3).index_select(0, longs(7)),
  'Tensor.masked_fill': () => float(2).masked_fill(float(2), 0),
  'Tensor.masked_select': () => float(2).masked_select(bool(3)),
  'Tensor.scatter': () => float(3).scatter(0, long(2, 2), 1),
  'Tensor.scatter_add': () => float(3).scatter_add(0, long(2), float(1)),
  'Tensor.select': () => float(3).select(0, 3),
  'Tensor.take': () => float(3).take(longs(3)),
  'Tensor.take_along_dim': () => float(3).take_along_dim(long(2, 2), 0),
  'Tensor.where': () => float(2).where(float(2), 0),
};

const numbers: BadCalls = {
  'Tensor.addcdiv': () => float(2).addcdiv(float(3), float(2)),
  'Tensor.addcmul': () => float(2).addcmul(float(3), float(2)),
  'Tensor.addmm': () => float(2, 2).addmm(float(2, 3), float(2, 3)),
  'Tensor.addmv': () => float(2).addmv(float(2, 3), float(2)),
  'Tensor.baddbmm': () => float(1, 2, 2).baddbmm(float(2, 3), float(3, 2)),
  'Tensor.bincount': () => float(3).bincount(),
  'Tensor.clamp': () => float(2).clamp(null),
  'Tensor.clip': () => float(2).clip(null),
  'Tensor.histc': () => float(3).histc(0),
  'Tensor.kthvalue': () => float(3).kthvalue(4),
  'Tensor.lerp': () => float(2).lerp(float(3), 0.5),
  'Tensor.multinomial': () => float(3).multinomial(4),
  'Tensor.norm': () => long(2).norm(),
  'Tensor.renorm': () => float(2).renorm(2, 0, 1),
  'Tensor.topk': () => float(3).topk(4),
};

const written: BadCalls = {
  'Tensor.add_ (leaf)': () => leaf(2).add_(1),
  'Tensor.add_ (view of a leaf)': () => leaf(2).index('0:1').add_(1),
  'Tensor.add_ (expanded)': () => float(1).expand(3).add_(1),
  'Tensor.add_ (dtype)': () => long(2).add_(0.5),
  'Tensor.add_ (shape)': () => float(2).add_(float(3, 2)),
  'Tensor.addcdiv_': () => float(2).addcdiv_(float(3), float(2)),
  'Tensor.addcmul_': () => float(2).addcmul_(float(3), float(2)),
  'Tensor.addmm_': () => float(2, 2).addmm_(float(2, 3), float(2, 3)),
  'Tensor.clamp_': () => float(2).clamp_(null),
  'Tensor.detach_': () => float(2).view(1, 2).detach_(),
  'Tensor.fill_': () => float(2).fill_(wrong([1])),
  'Tensor.fill_ (int64)': () => long(2).fill_(2 ** 60),
  'Tensor.fill_diagonal_': () => float(2).fill_diagonal_(1),
  'Tensor.index_add_': () => float(3).index_add_(0, longs(0, 1), float(3)),
  'Tensor.index_copy_': () => float(3).index_copy_(0, long(2), float(3)),
  'Tensor.index_fill_': () => float(3).index_fill_(0, longs(7), 1),
  'Tensor.index_put_': () => float(3).index_put_([longs(7)], 1),
  'Tensor.index_put_ (value)': () => float(3).index_put_(['0:2'], float(5)),
  'Tensor.lerp_': () => float(2).lerp_(float(3), 0.5),
  'Tensor.masked_fill_': () => float(2).masked_fill_(float(2), 0),
  'Tensor.normal_ (std)': () => float(2).normal_(0, -1),
  'Tensor.random_': () => float(2).random_(5, 5),
  'Tensor.renorm_': () => float(2).renorm_(2, 0, 1),
  'Tensor.resize_as_ (leaf)': () => leaf(2).resize_as_(float(3)),
  'Tensor.scatter_': () => float(3).scatter_(0, long(2, 2), 1),
  'Tensor.scatter_add_': () => float(3).scatter_add_(0, long(2), float(1)),
  'Tensor.uniform_ (bounds)': () => float(2).uniform_(1, 0),
};

const tape: BadCalls = {
  'Tensor.backward': () => {
    const loss = leaf(2).exp().sum();
    loss.backward();
    loss.backward();
  },
  'Tensor.backward (not scalar)': () => leaf(2).mul(2).backward(),
  'Tensor.backward (no graph)': () => float(1).sum().backward(),
  'Tensor.backward (gradient)': () => leaf(2).mul(2).backward(float(3)),
  'Tensor.backward (list)': () => leaf(2).mul(2).backward(list),
  'Tensor.item (many)': () => float(2, 3).item(),
  'Tensor.long (NaN)': () => torch.tensor([NaN]).long(),
  'Tensor.register_hook': () => float(2).register_hook(() => undefined),
  'Tensor.requires_grad_': () => long(2).requires_grad_(),
  'Tensor.requires_grad_ (off)': () => leaf(2).mul(2).requires_grad_(false),
  'Tensor.retain_grad': () => float(2).retain_grad(),
  'Tensor.grad': () => {
    leaf(2).grad = float(3);
  },
};

const made: BadCalls = {
  'Tensor.float': () => escapedIntegers.float(),
  'Tensor.new_empty': () => float(2).new_empty(-1),
  'Tensor.new_full': () => float(2).new_full([-1], 0),
  'Tensor.new_ones': () => float(2).new_ones(1.5),
  'Tensor.new_tensor': () => float(2).new_tensor([[1, 2], [3]]),
  'Tensor.new_zeros': () => float(2).new_zeros(-1),
  'Tensor.to': () => float(2).to(wrong('float23')),
  'Tensor.to (undefined)': () => float(2).to(wrong(undefined)),
  'Tensor.type': () => float(2).type(wrong('float')),
};

/** Every method of tensors. */
export const tensorCalls: BadCalls = {
  ...each('Tensor', escaped, alone, (fn) => fn()),
  ...each('Tensor', leaf(2, 2), inPlace, (fn) => fn()),
  ...each('Tensor', float(2), binary, (fn) => fn(float(3))),
  ...each('Tensor', float(2, 3), listed, (fn) => fn(list)),
  ...each('Tensor', float(2, 3), overDims, (fn) => fn(5)),
  ...shapes,
  ...indexing,
  ...numbers,
  ...written,
  ...tape,
  ...made,
};
