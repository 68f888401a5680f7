/** In-place ops on the tape: where grad_fn goes, what is rejected, and that nothing saved is ever changed. */
import { describe, expect, it } from 'vitest';
import { no_grad } from '../autograd/mode.js';
import { arange, ones, tensor, zeros } from '../functions/index.js';
import type { Tensor } from '../tensor.js';

const leaf = (values: number[]): Tensor => tensor(values, { requires_grad: true });

describe('in-place ops on the tape', () => {
  it('a write to a view moves the base on the tape', () => {
    const w = leaf([1, 2, 3]);
    const b = w.mul(1);
    b.index('0:2').mul_(3);
    expect(b.tolist()).toEqual([3, 6, 3]);
    expect(b.grad_fn?.name).toBe('slice_scatter');
    b.sum().backward();
    expect(w.grad?.tolist()).toEqual([3, 3, 1]);
  });

  it('a leaf without gradients joins the tape when something of it does', () => {
    const w = leaf([2]);
    const b = zeros(3);
    const view = b.index('1:3');
    const inner = view.index('0:1');
    inner.add_(w);
    expect([b.requires_grad, view.requires_grad, inner.requires_grad]).toEqual([true, true, true]);
    expect([b.is_leaf, view.is_leaf]).toEqual([false, false]);
    b.mul(tensor([1, 10, 100]))
      .sum()
      .backward();
    expect(w.grad?.tolist()).toEqual([10]);
  });

  it('a stale view brings its gradient into an in-place op', () => {
    const w = leaf([2, 3]);
    const base = ones(2);
    const view = base.index('0:2');
    base.mul_(w);
    const sum = zeros(2);
    sum.add_(view);
    expect(sum.requires_grad).toBe(true);
    sum.sum().backward();
    expect(w.grad?.tolist()).toEqual([1, 1]);
  });

  it('views of views write through', () => {
    const x = arange(12).float().reshape(3, 4).clone();
    x.index('1:').t().index(2).fill_(-1);
    expect(x.tolist()).toEqual([
      [0, 1, 2, 3],
      [4, 5, -1, 7],
      [8, 9, -1, 11],
    ]);
  });

  it('a view follows its base, and detach() follows both', () => {
    const w = leaf([1, 2]);
    const b = w.mul(2);
    const view = b.index('0:1');
    const detached = view.detach();
    b.mul_(5);
    expect([view.tolist(), detached.tolist(), detached.requires_grad]).toEqual([[10], [10], false]);
    detached.fill_(1);
    expect(b.tolist()).toEqual([1, 20]);
    view.sum().backward();
    expect(w.grad?.tolist()).toEqual([10, 0]);
  });

  it('a detached view joins the tape by what is written into it', () => {
    const w = leaf([1, 2]);
    const view = w.mul(1).index('0:2').detach();
    view.copy_(w.mul(3));
    view.sum().backward();
    expect(w.grad?.tolist()).toEqual([3, 3]);
  });

  it('what was saved for backward keeps the old value, where PyTorch raises', () => {
    const w = leaf([3]);
    const x = w.mul(1);
    const y = x.mul(x);
    x.mul_(100);
    y.sum().backward();
    expect(w.grad?.tolist()).toEqual([6]);
    const v = leaf([3]);
    const z = v.square();
    no_grad(() => v.mul_(10));
    z.sum().backward();
    expect(v.grad?.tolist()).toEqual([6]);
    const u = leaf([0]);
    const e = u.exp();
    e.detach().zero_();
    e.sum().backward();
    expect(u.grad?.tolist()).toEqual([1]);
  });

  it('uses one tensor as both operands', () => {
    const w = leaf([3]);
    w.mul(w).sum().backward();
    expect(w.grad?.tolist()).toEqual([6]);
    const x = w.mul(1);
    x.add_(x);
    x.mul_(x);
    x.sum().backward();
    expect(w.grad?.tolist()).toEqual([6 + 24]);
    const plain = tensor([1, 2]);
    plain.add_(plain).mul_(plain.detach());
    expect(plain.tolist()).toEqual([4, 16]);
  });

  it('a constant written over a result leaves it on the tape with zero gradients', () => {
    const w = leaf([1, 2]);
    for (const write of [(y: Tensor) => y.zero_(), (y: Tensor) => y.copy_(ones(2)), (y: Tensor) => y.fill_(NaN)]) {
      const y = write(w.mul(2));
      expect(y.requires_grad).toBe(true);
      y.sum().backward();
      expect(w.grad?.tolist()).toEqual([0, 0]);
    }
  });

  it('no_grad writes change values, not the tape', () => {
    const w = leaf([1, 2]);
    const y = w.mul(2);
    no_grad(() => y.index('0:1').mul_(10));
    expect(y.tolist()).toEqual([20, 4]);
    y.sum().backward();
    expect(w.grad?.tolist()).toEqual([2, 2]);
  });

  it('a view made without gradients has none', () => {
    const w = leaf([1, 2]);
    const b = w.mul(2);
    const view = no_grad(() => b.index('0:1'));
    b.mul_(2);
    expect([view.requires_grad, view.tolist()]).toEqual([false, [4]]);
  });
});

const expanded = (): Tensor => tensor([[1], [2]]).expand(2, 3);

const rejected: readonly (readonly [string, () => unknown, string])[] = [
  ['a leaf', () => leaf([1]).add_(1), 'add_: float32[1] is a leaf that requires grad and cannot be written in place'],
  [
    'a leaf, filled',
    () => leaf([1]).zero_(),
    'zero_: float32[1] is a leaf that requires grad and cannot be written in place',
  ],
  [
    'a leaf, by index',
    () => leaf([1]).index_put_([0], 1),
    'index_put_: float32[1] is a leaf that requires grad and cannot be written in place',
  ],
  [
    'a view of a leaf',
    () => leaf([1, 2]).index('0:1').mul_(2),
    'mul_: float32[1] is a view of float32[2], a leaf that requires grad, and cannot be written in place',
  ],
  ['an expanded tensor', () => expanded().add_(1), 'clone() it before writing'],
  ['an expanded tensor, copied into', () => expanded().copy_(ones(2, 3)), 'clone() it before writing'],
  [
    'a float into an integer tensor',
    () => tensor([1], { dtype: 'int64' }).add_(0.5),
    'add_: the result is float32 and cannot be written into int64[1]',
  ],
  [
    'a quotient into an integer tensor',
    () => tensor([1], { dtype: 'int64' }).div_(2),
    'div_: the result is float32 and cannot be written into int64[1]',
  ],
  [
    'an integer into a bool tensor',
    () => tensor([true]).add_(1),
    'add_: the result is int64 and cannot be written into bool[1]',
  ],
  ['a larger result', () => ones(2).add_(ones(3, 2)), 'add_: the result has shape [3, 2]'],
  [
    'a larger source',
    () => ones(2).copy_(ones(3)),
    'copy_: src: got float32[3], expected a shape that broadcasts to [2]',
  ],
  [
    'switching a result off',
    () => leaf([1]).mul(2).requires_grad_(false),
    'requires_grad_: float32[1] is the result of mul, and only leaves can be switched off',
  ],
  [
    'gradients of integers',
    () => tensor([1], { dtype: 'int64' }).requires_grad_(),
    'requires_grad_: requires_grad: got true for int64[1], expected a floating tensor: others have no gradients',
  ],
];

describe('rejects writes that PyTorch rejects', () => {
  it.each(rejected)('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });

  it('and takes those it takes', () => {
    const w = leaf([1, 2]);
    no_grad(() => w.mul_(2));
    w.data.add_(1);
    expect([w.tolist(), w.is_leaf, w.requires_grad]).toEqual([[3, 5], true, true]);
    expect(tensor([1.5]).add_(tensor([1], { dtype: 'float64' })).dtype).toBe('float32');
    expect(
      tensor([1], { dtype: 'uint8' })
        .add_(tensor([300], { dtype: 'int64' }))
        .tolist(),
    ).toEqual([45]);
    expect(
      tensor([1], { dtype: 'int64' })
        .mul_(tensor(2, { dtype: 'int32' }))
        .tolist(),
    ).toEqual([2]);
  });
});
