/** Which calls give the same handle, a view or a copy, and which results are contiguous: PyTorch's answers (by `data_ptr`). */
import { describe, expect, it } from 'vitest';
import { arange, cat, diag, stack, tensor, where, zeros } from '../functions/index.js';
import type { Tensor } from '../tensor.js';

type Kind = 'same' | 'view' | 'copy';

const calls: readonly (readonly [text: string, call: (x: Tensor) => Tensor, kind: Kind, contiguous: boolean])[] = [
  ['x.view(4, 3)', (x) => x.view(4, 3), 'view', true],
  ['x.reshape(4, 3)', (x) => x.reshape(4, 3), 'view', true],
  ['x.reshape(3, 4)', (x) => x.reshape(3, 4), 'view', true],
  ['x.permute(1, 0)', (x) => x.permute(1, 0), 'view', false],
  ['x.t()', (x) => x.t(), 'view', false],
  ['x.T', (x) => x.T, 'view', false],
  ['x.transpose(0, 1)', (x) => x.transpose(0, 1), 'view', false],
  ['x.expand(3, 4)', (x) => x.expand(3, 4), 'view', true],
  ['x.expand(2, 3, 4)', (x) => x.expand(2, 3, 4), 'view', false],
  ['x.unsqueeze(1)', (x) => x.unsqueeze(1), 'view', true],
  ['x.squeeze()', (x) => x.squeeze(), 'view', true],
  ['x.unsqueeze(0).squeeze(0)', (x) => x.unsqueeze(0).squeeze(0), 'view', true],
  ['x.flatten()', (x) => x.flatten(), 'view', true],
  ['x.ravel()', (x) => x.ravel(), 'view', true],
  ['x.narrow(0, 1, 2)', (x) => x.narrow(0, 1, 2), 'view', true],
  ['x.select(0, 1)', (x) => x.select(0, 1), 'view', true],
  ['x.split(2)[1]', (x) => x.split(2)[1], 'view', true],
  ['x.chunk(2)[0]', (x) => x.chunk(2)[0], 'view', true],
  ['x.unbind(0)[1]', (x) => x.unbind(0)[1], 'view', true],
  ['x.index(1)', (x) => x.index(1), 'view', true],
  [`x.index('0:2')`, (x) => x.index('0:2'), 'view', true],
  [`x.index(':', '1:3')`, (x) => x.index(':', '1:3'), 'view', false],
  [`x.index('::2')`, (x) => x.index('::2'), 'view', false],
  [`x.index('...')`, (x) => x.index('...'), 'view', true],
  ['x.index(null)', (x) => x.index(null), 'view', true],
  ['x.index(1, 2)', (x) => x.index(1, 2), 'view', true],
  [`x.index(tensor([0, 1], { dtype: 'int64' }))`, (x) => x.index(tensor([0, 1], { dtype: 'int64' })), 'copy', true],
  ['x.index(x.gt(3))', (x) => x.index(x.gt(3)), 'copy', true],
  ['x.index([0, 2])', (x) => x.index([0, 2]), 'copy', true],
  ['x.detach()', (x) => x.detach(), 'view', true],
  ['x.data', (x) => x.data, 'view', true],
  ['x.clone()', (x) => x.clone(), 'copy', true],
  ['x.contiguous()', (x) => x.contiguous(), 'same', true],
  ['x.t().contiguous()', (x) => x.t().contiguous(), 'copy', true],
  [`x.index(':', '0:2').contiguous()`, (x) => x.index(':', '0:2').contiguous(), 'copy', true],
  [`x.index('1:3').contiguous()`, (x) => x.index('1:3').contiguous(), 'view', true],
  ['x.t().reshape(12)', (x) => x.t().reshape(12), 'copy', true],
  ['x.t().reshape(4, 3)', (x) => x.t().reshape(4, 3), 'view', false],
  ['x.t().reshape(2, 2, 3)', (x) => x.t().reshape(2, 2, 3), 'view', false],
  ['x.t().flatten()', (x) => x.t().flatten(), 'copy', true],
  ['x.expand(2, 3, 4).reshape(24)', (x) => x.expand(2, 3, 4).reshape(24), 'copy', true],
  ['x.expand(2, 3, 4).reshape(2, 12)', (x) => x.expand(2, 3, 4).reshape(2, 12), 'view', false],
  [`x.index(':', '0:2').reshape(6)`, (x) => x.index(':', '0:2').reshape(6), 'copy', true],
  [`x.index(':', '0:2').reshape(3, 1, 2)`, (x) => x.index(':', '0:2').reshape(3, 1, 2), 'view', false],
  [`x.index('0:2').reshape(8)`, (x) => x.index('0:2').reshape(8), 'view', true],
  [`x.index('::2').reshape(2, 4)`, (x) => x.index('::2').reshape(2, 4), 'view', false],
  [`x.index(':', '::2').reshape(6)`, (x) => x.index(':', '::2').reshape(6), 'view', false],
  ['x.float()', (x) => x.float(), 'same', true],
  ['x.double()', (x) => x.double(), 'copy', true],
  [`x.to('float32')`, (x) => x.to('float32'), 'same', true],
  [`x.type('float32')`, (x) => x.type('float32'), 'same', true],
  ['x.cpu()', (x) => x.cpu(), 'same', true],
  ['x.repeat(1, 1)', (x) => x.repeat(1, 1), 'copy', true],
  ['x.repeat(2, 1)', (x) => x.repeat(2, 1), 'copy', true],
  ['x.flip(0)', (x) => x.flip(0), 'copy', true],
  [
    `x.index_select(0, tensor([0, 1, 2], { dtype: 'int64' }))`,
    (x) => x.index_select(0, tensor([0, 1, 2], { dtype: 'int64' })),
    'copy',
    true,
  ],
  [
    `x.gather(1, zeros([3, 4], { dtype: 'int64' }))`,
    (x) => x.gather(1, zeros([3, 4], { dtype: 'int64' })),
    'copy',
    true,
  ],
  ['x.masked_fill(x.gt(3), 0)', (x) => x.masked_fill(x.gt(3), 0), 'copy', true],
  ['x.clamp(0)', (x) => x.clamp(0), 'copy', true],
  ['x.relu()', (x) => x.relu(), 'copy', true],
  ['x.add(0)', (x) => x.add(0), 'copy', true],
  ['x.sum()', (x) => x.sum(), 'copy', true],
  ['x.index(1, 2).sum()', (x) => x.index(1, 2).sum(), 'copy', true],
  ['x.index(1, 2).mean()', (x) => x.index(1, 2).mean(), 'copy', true],
  ['x.index(1, 2).max()', (x) => x.index(1, 2).max(), 'copy', true],
  ['x.index(1, 2).cumsum(0)', (x) => x.index(1, 2).cumsum(0), 'copy', true],
  ['x.max(1)[0]', (x) => x.max(1)[0], 'copy', true],
  ['x.cumsum(0)', (x) => x.cumsum(0), 'copy', true],
  ['cat([x])', (x) => cat([x]), 'copy', true],
  ['stack([x])', (x) => stack([x]), 'copy', true],
  ['where(x.eq(x), x, 0)', (x) => where(x.eq(x), x, 0), 'copy', true],
  [`diag(x.index(':', '0:3'))`, (x) => diag(x.index(':', '0:3')), 'copy', true],
  ['x.requires_grad_(false)', (x) => x.requires_grad_(false), 'same', true],
  ['x.add_(0)', (x) => x.add_(0), 'same', true],
  ['x.copy_(x.add(1))', (x) => x.copy_(x.add(1)), 'same', true],
  ['x.zero_()', (x) => x.zero_(), 'same', true],
  ['x.view_as(x)', (x) => x.view_as(x), 'view', true],
  ['x.expand_as(x)', (x) => x.expand_as(x), 'view', true],
  ['x.type_as(x)', (x) => x.type_as(x), 'same', true],
  ['x.index(1, 2).t()', (x) => x.index(1, 2).t(), 'view', true],
  ['x.index(1).t()', (x) => x.index(1).t(), 'view', true],
];

/** `same` by identity; a view shows what is written to x afterwards. */
function kindOf(x: Tensor, y: Tensor): Kind {
  if (x === y) return 'same';
  const before = JSON.stringify(y.tolist());
  x.fill_(77);
  const viewsX = JSON.stringify(y.tolist()) !== before;
  if (y.numel() === 0 || y.dtype === 'bool') throw new Error('the probe needs numbers');
  return viewsX ? 'view' : 'copy';
}

const matrix = (): Tensor => arange(12).float().reshape(3, 4).clone();

describe('aliasing', () => {
  it.each(calls)('%s', (_, call, kind, contiguous) => {
    const x = matrix();
    const y = call(x);
    expect(y.is_contiguous()).toBe(contiguous);
    expect(kindOf(x, y)).toBe(kind);
  });

  it('a write to a view is a write to its base, and a write to a copy is not', () => {
    for (const [text, call, kind] of calls) {
      if (text.includes('expand(2')) continue;
      const x = matrix();
      const y = call(x);
      y.fill_(55);
      expect([text, JSON.stringify(x.tolist()).includes('55')]).toEqual([text, kind !== 'copy']);
    }
  });

  it('view() of a transposed tensor is a view, where PyTorch throws', () => {
    const x = matrix();
    x.t().view(12).fill_(5);
    expect(x.sum().item()).toBe(60);
  });

  it('assigning .data shares the place of the source', () => {
    const x = zeros(2);
    const row = x.index('0:1');
    const source = tensor([1, 2]);
    x.data = source;
    source.mul_(10);
    expect(x.tolist()).toEqual([10, 20]);
    expect(row.tolist()).toEqual([10]);
  });

  it('assigning .data keeps the source off the tape of what is written', () => {
    const source = tensor([1, 2], { requires_grad: true }).mul(2);
    const x = zeros(2);
    x.data = source.index('0:2');
    x.mul_(3);
    expect(source.tolist()).toEqual([6, 12]);
    expect(source.grad_fn?.name).toBe('mul');
  });
});

/** The storage of a tensor that is no view, by identity. */
const storageOf = (x: Tensor): unknown => x.cell.value.storage;

describe('2,000 row writes', () => {
  const rows: readonly (readonly [string, (x: Tensor, i: number, row: Tensor) => unknown])[] = [
    ['select and copy_', (x, i, row) => x.select(0, i).copy_(row)],
    ['index_put_', (x, i, row) => x.index_put_([i], row)],
    ['index_put_ with a slice', (x, i, row) => x.index_put_([`${i}:${i + 1}`], row)],
    ['index_put_ with an index tensor', (x, i, row) => x.index_put_([tensor([i], { dtype: 'int64' })], row)],
    ['index and mul_', (x, i) => x.index(i).mul_(2)],
  ];
  it.each(rows)('%s: the bytes stay in place', (_, write) => {
    const x = zeros(2000, 64);
    const before = storageOf(x);
    const row = tensor(Array.from({ length: 64 }, (_, i) => i));
    for (let i = 0; i < 2000; i++) write(x, i, row);
    expect(storageOf(x)).toBe(before);
    expect(x.index(1999, 5).item()).toBe(_ === 'index and mul_' ? 0 : 5);
  });
});
