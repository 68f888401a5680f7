import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { compileWith, interpreter } from './compiled.js';

type Tensor = torch.Tensor;

const dist = (): Tensor =>
  torch.tensor(
    [
      [1, 3, 3, -2],
      [0.5, 2, 0.5, 2],
      [4, 4, 4, 4],
    ],
    { requires_grad: true },
  );
const mask = torch.tensor([
  [true, true, true, false],
  [true, false, true, true],
  [false, true, false, true],
]);

const reductions: [string, (selected: Tensor) => Tensor][] = [
  ['max', (s) => s.max()],
  ['min', (s) => s.min()],
  ['sum', (s) => s.sum()],
  ['mean', (s) => s.mean()],
  ['prod', (s) => s.prod()],
  ['any', (s) => s.gt(2.5).any().float()],
  ['all', (s) => s.gt(2.5).all().float()],
  ['elementwise ops', (s) => s.mul(2).add(1).exp().log().sub(s).max()],
  ['comparison and sum', (s) => s.gt(1).sum().float()],
  ['a 0-d tensor', (s) => s.div(s.max()).sum()],
];

/** Loss and gradient of the seed's loop with a reduction per row. */
function perRow(d: Tensor, m: Tensor, reduce: (selected: Tensor) => Tensor): Tensor[] {
  d.grad = null;
  const rows: Tensor[] = [];
  for (let i = 0; i < d.shape[0]; i++) rows.push(reduce(d.index(i).index(m.index(i))).unsqueeze(0));
  const loss = torch.cat(rows);
  if (loss.requires_grad) loss.square().sum().backward();
  return d.grad === null ? [loss] : [loss, d.grad];
}

describe('boolean-mask selection inside a trace', () => {
  it.each(reductions)('%s: value and gradient, ties too, are those of eager code', async (_, reduce) => {
    const compiled = compileWith((d: Tensor, m: Tensor) => perRow(d, m, reduce), interpreter);
    const [loss, grad] = await compiled(dist(), mask);
    const [eagerLoss, eagerGrad] = perRow(dist(), mask, reduce);
    expect(loss.tolist()).toEqual(eagerLoss.tolist());
    expect(grad?.tolist()).toEqual(eagerGrad?.tolist());
    // Another mask, the same graph.
    const other = mask.logical_not();
    const [loss2, grad2] = await compiled(dist(), other);
    expect(loss2.tolist()).toEqual(perRow(dist(), other, reduce)[0].tolist());
    expect(grad2?.tolist()).toEqual(perRow(dist(), other, reduce)[1]?.tolist());
    expect(compiled.graphs).toHaveLength(1);
  });

  it.each(['max', 'min'] as const)('an empty selection fails a check of %s that names it', async (name) => {
    const compiled = compileWith((x: Tensor, m: Tensor) => x.index(m)[name](), interpreter);
    const x = torch.tensor([1, 2]);
    expect((await compiled(x, x.gt(1))).item()).toBe(2);
    await expect(compiled(x, x.gt(5))).rejects.toThrow(`${name}: the boolean mask selects no element`);
  });

  const others: [string, (s: Tensor, x: Tensor) => unknown, RegExp][] = [
    ['a reduction over a dim', (s) => s.sum(0), /sum: dim: got 0, expected none: a boolean-mask selection/],
    ['sort', (s) => s.index('0:2'), /boolean-mask selection/],
    ['a tensor of another length', (s, x) => s.add(x), /use where\(mask, \.\.\., \.\.\.\) instead/],
    ['shape', (s) => s.shape, /the length of a boolean-mask selection is not known inside a trace/],
    ['numel', (s) => s.numel(), /the length of a boolean-mask selection is not known inside a trace/],
    ['item', (s) => s.item(), /no known value inside a trace/],
    ['as a result', (s) => s, /result: got a boolean-mask selection.*; reduce the selection first/],
  ];

  it.each(others)('%s says what to do instead', async (_, fn, message) => {
    const compiled = compileWith((x: Tensor) => {
      fn(x.index(x.gt(1)), x);
    }, interpreter);
    const returning = compileWith((x: Tensor) => fn(x.index(x.gt(1)), x) as Tensor, interpreter);
    const x = torch.tensor([1, 2, 3]);
    await expect(returning(x)).rejects.toThrow(message);
    if (!message.source.startsWith('result')) await expect(compiled(x)).rejects.toThrow(message);
  });
});

describe('random ops in compiled functions', () => {
  it('draw in the order of eager code and leave the generator in the same state', async () => {
    const drop = new torch.nn.Dropout(0.5);
    const fn = (x: Tensor): Tensor[] => [
      drop.forward(x),
      torch.rand(3),
      torch.nn.functional.dropout(torch.randn(2, 9), { p: 0.3 }),
      torch.randint(0, 10, [4]),
    ];
    const compiled = compileWith(fn, interpreter);
    const x = torch.ones(5, 5);
    torch.manual_seed(7);
    const eager = [fn(x), fn(x)].map((result) => result.map((t) => t.tolist()));
    const state = torch.defaultGenerator.get_state();
    torch.manual_seed(7);
    const got = [await compiled(x), await compiled(x)].map((result) => result.map((t) => t.tolist()));
    expect(got).toEqual(eager);
    expect(torch.defaultGenerator.get_state()).toEqual(state);
  });

  it('draw also what nothing uses, as eager code does', async () => {
    const fn = (): Tensor => {
      torch.rand(3);
      return torch.rand(2);
    };
    torch.manual_seed(7);
    const eager = fn().tolist();
    torch.manual_seed(7);
    expect((await compileWith(fn, interpreter)()).tolist()).toEqual(eager);
  });
});
