/** Bad calls of the functions at the top of `torch`. */
import * as torch from '@reidgrad/core';
import { bool, float, list, long, wrong, type BadCalls } from './values.js';

const unary = [
  'abs acos asin atan ceil clone cos empty_like erf erfinv exp expm1 floor is_floating_point isfinite isinf isnan',
  'log log10 log1p log2 logical_not nan_to_num neg nonzero numel ones_like ravel reciprocal relu round rsqrt sigmoid',
  'sign sin softplus sqrt square std_mean tan tanh trunc var_mean zeros_like nansum nanmean count_nonzero unique',
].flatMap((line) => line.split(' '));
const binary = [
  'add sub mul div pow maximum minimum remainder floor_divide eq ne lt le gt ge logical_and logical_or logical_xor',
  'rsub atan2 hypot logaddexp isclose allclose',
].flatMap((line) => line.split(' '));
const overDims = 'all amax amin any argmax argmin max mean median min prod std sum var logsumexp softmax log_softmax'
  .split(' ')
  .concat('cumsum', 'argsort', 'sort', 'unbind');

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** A function of `torch` by its name; a name that is none fails the test that calls it. */
function functionOf(name: string): AnyFunction {
  const found: unknown = Reflect.get(torch, name);
  if (typeof found !== 'function') throw new Error(`${name} is not a function of torch`);
  return (...args) => Reflect.apply(found, undefined, args) as unknown;
}

const each = (names: readonly string[], call: (fn: AnyFunction) => unknown): BadCalls =>
  Object.fromEntries(names.map((name) => [`torch.${name}`, () => call(functionOf(name))]));

const creation: BadCalls = {
  'torch.BoolTensor': () => new torch.BoolTensor([[1], [1, 0]]),
  'torch.ByteTensor': () => new torch.ByteTensor(2, -1),
  'torch.DoubleTensor': () => new torch.DoubleTensor([[1], [1, 0]]),
  'torch.FloatTensor': () => new torch.FloatTensor(2.5),
  'torch.arange': () => torch.arange(3, 0),
  'torch.empty': () => torch.empty(-2),
  'torch.eye': () => torch.eye(-1),
  'torch.from_numpy': () => torch.from_numpy(new Float32Array(6), [4]),
  'torch.full': () => torch.full([-1], 0),
  'torch.full_like': () => torch.full_like(list, 1),
  'torch.linspace': () => torch.linspace(0, 1, -3),
  'torch.ones': () => torch.ones(1.5),
  'torch.tensor': () => torch.tensor([[1, 2], [3]]),
  'torch.tensor (text)': () => torch.tensor(wrong('1, 2')),
  'torch.tensor (dtype)': () => torch.tensor([1], { dtype: wrong('float') }),
  'torch.zeros': () => torch.zeros(2, -3),
  'torch.Size': () => torch.Size([2, -3]),
  'torch.batch_norm': () => torch.batch_norm(float(3), null, null, null, null, true, 0.1, 1e-5),
  'torch.manual_seed': () => torch.manual_seed(1.5),
  'torch.multinomial': () => torch.multinomial(float(3), 4),
  'torch.normal': () => torch.normal(0, 1),
  'torch.rand': () => torch.rand(-1),
  'torch.rand_like': () => torch.rand_like(long(2)),
  'torch.randint': () => torch.randint(5, 5, [2]),
  'torch.randn': () => torch.randn([2, -1]),
  'torch.randn_like': () => torch.randn_like(long(2)),
  'torch.randperm': () => torch.randperm(-4),
  'torch.set_rng_state': () => torch.set_rng_state(wrong([1, 2])),
  'torch.set_default_dtype': () => torch.set_default_dtype(torch.int64),
  'torch.finfo': () => torch.finfo(torch.int64),
  'torch.iinfo': () => torch.iinfo(torch.float32),
};

const shapes: BadCalls = {
  'torch.broadcast_tensors': () => torch.broadcast_tensors(float(2), float(3)),
  'torch.broadcast_to': () => torch.broadcast_to(float(2), [3]),
  'torch.cat': () => torch.cat([]),
  'torch.cat (sizes)': () => torch.cat([float(2, 3), float(2, 4)], 0),
  'torch.concat': () => torch.concat([]),
  'torch.chunk': () => torch.chunk(float(4), 0),
  'torch.diag': () => torch.diag(float(2, 2, 2)),
  'torch.diag_embed': () => torch.diag_embed(list),
  'torch.diagonal': () => torch.diagonal(float(3)),
  'torch.expand': () => torch.expand(float(2), [3]),
  'torch.expand_as': () => torch.expand_as(float(2), float(3)),
  'torch.flatten': () => torch.flatten(float(2, 3), 1, 0),
  'torch.flip': () => torch.flip(float(2), [1]),
  'torch.meshgrid': () => torch.meshgrid([float(2, 2)]),
  'torch.movedim': () => torch.movedim(float(2, 3), 0, 5),
  'torch.moveaxis': () => torch.moveaxis(float(2, 3), [0, 1], [0]),
  'torch.narrow': () => torch.narrow(float(4), 0, 2, 5),
  'torch.permute': () => torch.permute(float(2, 3), [0, 0]),
  'torch.repeat': () => torch.repeat(float(2, 3), [2]),
  'torch.repeat_interleave': () => torch.repeat_interleave(float(2), -1),
  'torch.reshape': () => torch.reshape(float(2, 3), [4, 2]),
  'torch.roll': () => torch.roll(float(4), [1, 2]),
  'torch.slice': () => torch.slice(0, 4, 0),
  'torch.split': () => torch.split(float(4), [1, 2]),
  'torch.squeeze': () => torch.squeeze(float(2), 3),
  'torch.stack': () => torch.stack([float(2), float(3)]),
  'torch.swapaxes': () => torch.swapaxes(float(2), 0, 1),
  'torch.swapdims': () => torch.swapdims(float(2), 0, 1),
  'torch.t': () => torch.t(float(2, 2, 2)),
  'torch.tensor_split': () => torch.tensor_split(float(4), 0),
  'torch.trace': () => torch.trace(float(3)),
  'torch.transpose': () => torch.transpose(float(2, 3), 0, 2),
  'torch.tril': () => torch.tril(float(3)),
  'torch.triu': () => torch.triu(float(3)),
  'torch.unflatten': () => torch.unflatten(float(6), 0, [4, -1]),
  'torch.unsqueeze': () => torch.unsqueeze(float(2), 3),
  'torch.view': () => torch.view(float(2, 3), [5]),
};

const indexing: BadCalls = {
  'torch.gather': () => torch.gather(float(2, 3), 1, long(2)),
  'torch.gather (float)': () => torch.gather(float(2), 0, float(2)),
  'torch.index': () => torch.index(float(3), 5),
  'torch.index_copy': () => torch.index_copy(float(3), 0, long(2), float(3)),
  'torch.index_fill': () => torch.index_fill(float(3), 0, torch.tensor([7], { dtype: torch.long }), 1),
  'torch.index_select': () => torch.index_select(float(3), 0, torch.tensor([7], { dtype: torch.long })),
  'torch.index_add': () => torch.index_add(float(3), 0, torch.tensor([0, 1], { dtype: torch.long }), float(3)),
  'torch.masked_fill': () => torch.masked_fill(float(2), float(2), 0),
  'torch.masked_select': () => torch.masked_select(float(2), bool(3)),
  'torch.one_hot': () => torch.one_hot(torch.tensor([3], { dtype: torch.long }), 3),
  'torch.scatter': () => torch.scatter(float(3), 0, long(2, 2), 1),
  'torch.scatter_add': () => torch.scatter_add(float(3), 0, long(2), float(1)),
  'torch.select': () => torch.select(float(3), 0, 3),
  'torch.take': () => torch.take(float(3), torch.tensor([3], { dtype: torch.long })),
  'torch.take_along_dim': () => torch.take_along_dim(float(3), long(2, 2), 0),
  'torch.where': () => torch.where(bool(2), wrong(float(2)), wrong(undefined)),
  'torch.where (condition)': () => torch.where(float(2), 1, 0),
};

const products: BadCalls = {
  'torch.addcdiv': () => torch.addcdiv(float(2), float(3), float(2)),
  'torch.addcmul': () => torch.addcmul(float(2), float(3), float(2)),
  'torch.addmm': () => torch.addmm(float(2, 2), float(2, 3), float(2, 3)),
  'torch.addmv': () => torch.addmv(float(2), float(2, 3), float(2)),
  'torch.baddbmm': () => torch.baddbmm(float(1, 2, 2), float(2, 3), float(3, 2)),
  'torch.bmm': () => torch.bmm(float(2, 3), float(3, 2)),
  'torch.cdist': () => torch.cdist(float(2, 3), float(2, 4)),
  'torch.cross': () => torch.cross(float(2), float(2)),
  'torch.dot': () => torch.dot(float(2, 2), float(2)),
  'torch.einsum': () => torch.einsum('ij,jk->ik', float(2, 3), float(2, 3)),
  'torch.inner': () => torch.inner(float(2), float(3)),
  'torch.inverse': () => torch.inverse(float(2, 3)),
  'torch.lerp': () => torch.lerp(float(2), float(3), 0.5),
  'torch.linalg.cross': () => torch.linalg.cross(float(2), float(2)),
  'torch.linalg.inv': () => torch.linalg.inv(torch.zeros(2, 2)),
  'torch.linalg.norm': () => torch.linalg.norm(long(2)),
  'torch.matmul': () => torch.matmul(float(2, 3), float(2, 3)),
  'torch.mm': () => torch.mm(float(2), float(2, 3)),
  'torch.mv': () => torch.mv(float(2, 3), float(2, 3)),
  'torch.norm': () => torch.norm(long(2)),
  'torch.outer': () => torch.outer(float(2, 2), float(2)),
  'torch.renorm': () => torch.renorm(float(2), 2, 0, 1),
};

const others: BadCalls = {
  'torch.bincount': () => torch.bincount(float(3)),
  'torch.bitwise_and': () => torch.bitwise_and(long(2), bool(2)),
  'torch.bitwise_not': () => torch.bitwise_not(long(2)),
  'torch.bitwise_or': () => torch.bitwise_or(long(2), bool(2)),
  'torch.bitwise_xor': () => torch.bitwise_xor(long(2), bool(2)),
  'torch.check': () => torch.check(wrong(float(2)), () => 'never'),
  'torch.clamp': () => torch.clamp(float(2), null, null),
  'torch.clip': () => torch.clip(float(2), null),
  'torch.clamp_max': () => torch.clamp_max(float(2), float(3)),
  'torch.clamp_min': () => torch.clamp_min(float(2), float(3)),
  'torch.enable_grad': () => torch.enable_grad(() => Promise.resolve(1)),
  'torch.no_grad': () => torch.no_grad(() => Promise.resolve(1)),
  'torch.equal': () => torch.equal(float(2), list),
  'torch.frac': () => torch.frac(long(2)),
  'torch.histc': () => torch.histc(float(3), 0),
  'torch.kthvalue': () => torch.kthvalue(float(3), 4),
  'torch.topk': () => torch.topk(float(3), 4),
};

/** Every function at the top of `torch` with a bad call. */
export const functionCalls: BadCalls = {
  ...each(unary, (fn) => fn([1, 2])),
  ...each(binary, (fn) => fn(torch.ones(2), torch.ones(3))),
  ...each(overDims, (fn) => fn(torch.ones(2, 3), 2)),
  'torch.unbind': () => torch.unbind(float(2), 2),
  ...creation,
  ...shapes,
  ...indexing,
  ...products,
  ...others,
};
