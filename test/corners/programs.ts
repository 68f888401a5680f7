/** The programs of corners.json, under the names of test/goldens/corners.py. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';

const F = torch.nn.functional;

/** A program's inputs by name. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** What `write` does to a copy of x. */
function written(x: Tensor, write: (copy: Tensor) => void): Tensor {
  const copy = x.clone();
  write(copy);
  return copy;
}

export const programs: Readonly<Record<string, (inputs: Inputs) => Tensor | Tensor[]>> = {
  'relu before sqrt': ({ x }) => x.relu().sqrt(),
  'clamp before sqrt': ({ x }) => x.clamp({ min: 0 }).sqrt(),
  'clamp before acos': ({ x }) => x.clamp(-1, 1).acos(),
  'clamp before log': ({ x }) => x.clamp({ min: 0 }).log(),
  'maximum before reciprocal': ({ x, y }) => torch.maximum(x, y).reciprocal(),
  'minimum before log': ({ x, y }) => torch.minimum(x, y).log(),
  'largest before log': ({ x }) => x.max().log(),
  'floor before log': ({ x }) => x.floor().log(),
  'sign before reciprocal': ({ x }) => x.sign().reciprocal(),
  'std of equal elements': ({ x }) => x.std(1),
  'std of one element': ({ x }) => x.std({ dim: 1, unbiased: false }),
  'hypot of two dtypes': ({ x, y }) => torch.hypot(x, y),
  'addcmul of two dtypes': ({ x, y, z }) => x.addcmul(y, z),
  'addcdiv of two dtypes': ({ x, y, z }) => x.addcdiv(y, z),
  'atan2 of integers': ({ x, y }) => torch.atan2(x, y),
  'alpha beside an integer': ({ x, y }) => torch.sub(x, y, { alpha: 0.5 }),
  'clamp of bool': ({ x }) => x.clamp({ min: -1 }),
  'clamp of integers by floats': ({ x, y }) => x.clamp({ max: y }),
  'truncated quotient of large integers': ({ x, y }) => torch.div(x, y, { rounding_mode: 'trunc' }),
  'floored quotient': ({ x, y }) => torch.div(x, y, { rounding_mode: 'floor' }),
  'remainder by 0, twice': ({ x, y }) => torch.remainder(x, y),
  'isclose of masks': ({ x, y }) => torch.isclose(x, y),
  'finite of integers and bool': ({ x, y }) => [torch.isfinite(x), torch.isinf(x), torch.isfinite(y), torch.isinf(y)],
  'erfinv at the edge': ({ x }) => torch.erfinv(x),
  'softmax over nothing': ({ x }) => [torch.softmax(x, 1), torch.log_softmax(x, 1)],
  'logsumexp of nothing': ({ x }) => torch.logsumexp(x, 1),
  'product of nothing': ({ x }) => x.prod(1),
  'chunks of nothing': ({ x }) => x.chunk(3),
  'inner product of nothing': ({ x, y }) => torch.inner(x, y),
  'cat of nothing': ({ x, y }) => torch.cat([x, y]),
  'mean of nothing': ({ x }) => x.mean(),
  'any and all of nothing': ({ x }) => [x.any(), x.all()],
  'cat with an empty part': ({ x, y }) => torch.cat([x, x.index(':0'), y], 0),
  'pad of nothing': ({ x }) => F.pad(x, [1, 2], { value: 3 }),
  'matmul over nothing': ({ x }) => x.matmul(x.t()),
  'write of nothing': ({ x }) => written(x, (copy) => copy.index_put_([torch.slice(2, null)], 5)),
  'add at no index': ({ x, i, y }) => x.index_add(0, i, y),
  'flip of a number': ({ x }) => x.flip(0),
  'norm of order minus infinity': ({ x }) => torch.norm(x, { p: -Infinity, dim: 1 }),
  'norm fro': ({ x }) => torch.norm(x, 'fro'),
  'any of uint8': ({ x }) => [x.any(1), x.all()],
  'cross entropy, all ignored': ({ x, y }) => F.cross_entropy(x, y, { ignore_index: 1 }),
  'nll of an impossible row that is ignored': ({ x, y }) => F.nll_loss(x, y, { ignore_index: 0, reduction: 'none' }),
  'smoothed cross entropy with ignored rows': ({ x, y }) => F.cross_entropy(x, y, { label_smoothing: 0.1 }),
  'kl of a negative target': ({ x, y }) => F.kl_div(x, y, { reduction: 'none' }),
  'smooth l1 at 0, twice': ({ x, y }) => F.smooth_l1_loss(x, y, { reduction: 'none' }),
  'huber at delta, twice': ({ x, y }) => F.huber_loss(x, y, { reduction: 'none', delta: 0.5 }),
  'cosine similarity of one row with many': ({ x, y }) => F.cosine_similarity(x, y, { dim: -1 }),
  'cosine similarity over the broadcast dim': ({ x, y }) => F.cosine_similarity(x, y, { dim: 0 }),
  'transposed convolution padded beyond its stride': ({ x, w }) =>
    F.conv_transpose2d(x, w, null, { dilation: 3, output_padding: 2 }),
  'group norm of single values': ({ x }) => F.group_norm(x, 2),
  'number in a tensor as index': ({ x, i, j }) => [x.index(i), x.index(null).index(null, i, ':', j)],
  'write through an index that is a number': ({ x, i }) => written(x, (copy) => copy.index(i).mul_(10)),
  'write by a mask of the rows': ({ x, m }) => written(x, (copy) => copy.index_put_([m], -1)),
  'masked select, broadcast': ({ x, m }) => torch.masked_select(x, m),
  'write to the diagonal of a transposed view': ({ x }) => written(x, (copy) => copy.t().diagonal().fill_(0)),
  'fractions in integers': ({ x, i }) => [
    torch.full_like(x, 2),
    x.index_fill(0, i, 1.5),
    written(x, (copy) => copy.fill_(-1.5)),
  ],
};
