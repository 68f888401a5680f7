import { describe, expect, it } from 'vitest';
import { loadGoldens } from '../../../../../test/goldens/load.js';
import * as torch from '../../index.js';
import type { Tensor } from '../../index.js';

const { data } = torch.utils;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const sources: Record<string, () => Iterable<Tensor | number>> = {
  shuffle: () => new data.DataLoader(range(10), { batch_size: 4, shuffle: true }),
  'shuffle drop_last': () => new data.DataLoader(range(10), { batch_size: 4, shuffle: true, drop_last: true }),
  'own generator': () =>
    new data.DataLoader(range(7), { batch_size: 3, shuffle: true, generator: new torch.Generator().manual_seed(5) }),
  sequential: () => new data.DataLoader(range(5), { batch_size: 2 }),
  replacement: () => new data.RandomSampler(range(9), { replacement: true, num_samples: 40 }),
  'more than there are': () => new data.RandomSampler(range(4), { num_samples: 10 }),
  weighted: () => new data.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 8),
};

describe('layers.json', () => {
  const goldens = loadGoldens('layers');
  it.each(goldens.filter(({ fn }) => fn === 'order').map((golden) => [golden.name, golden] as const))(
    'order: %s',
    (name, golden) => {
      torch.manual_seed(3);
      const source = sources[name]();
      const order = [0, 1].flatMap(() =>
        [...source].flatMap((item) => (typeof item === 'number' ? item : (item.tolist() as number[]))),
      );
      expect(order).toEqual(golden.outputs?.order.data);
      expect(torch.rand(2, { dtype: 'float64' }).tolist()).toEqual(golden.outputs?.after.data);
    },
  );

  it.each(goldens.filter(({ fn }) => fn === 'random_split').map((golden) => [golden.name, golden] as const))(
    'random_split %s',
    (_, golden) => {
      torch.manual_seed(4);
      const parts = data.random_split(range(10), golden.args.lengths as number[]);
      expect(parts.map(({ indices }) => indices)).toEqual(Object.values(golden.outputs ?? {}).map((part) => part.data));
    },
  );
});

describe('datasets', () => {
  it('TensorDataset gives rows, Subset and ConcatDataset pick', () => {
    const rows = new data.TensorDataset(
      torch.tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      torch.tensor([7, 8, 9]),
    );
    expect([rows.length, ...rows.get(1).map((x) => x.tolist())]).toEqual([3, [3, 4], 8]);
    const both = new data.ConcatDataset([new data.Subset(range(9), [4, 2]), range(3)]);
    expect(range(5).map((i) => both.get(i))).toEqual([4, 2, 0, 1, 2]);
    expect(both.get(-1)).toBe(2);
  });

  it('subclasses load', () => {
    class Squares extends data.Dataset<{ x: Tensor; label: number; name: string }> {
      get(index: number): { x: Tensor; label: number; name: string } {
        return { x: torch.full([2], index ** 2), label: index, name: `n${index}` };
      }
      get length(): number {
        return 3;
      }
    }
    const batches = [...new data.DataLoader(new Squares(), { batch_size: 2 })];
    expect(batches.map(({ x, label, name }) => [x.tolist(), label.dtype, name])).toEqual([
      [
        [
          [0, 0],
          [1, 1],
        ],
        'int64',
        ['n0', 'n1'],
      ],
      [[[4, 4]], 'int64', ['n2']],
    ]);
  });
});

describe('default_collate', () => {
  it('makes batches by kind', () => {
    const [images, labels, scores, flags] = data.default_collate([
      [new Float32Array([1, 2]), 3, 0.5, true],
      [new Float32Array([4, 5]), 6, 1, false],
    ] as [Float32Array, number, number, boolean][]);
    expect([images, labels, scores, flags].map((x) => [x.dtype, x.tolist()])).toEqual([
      [
        'float32',
        [
          [1, 2],
          [4, 5],
        ],
      ],
      ['int64', [3, 6]],
      ['float64', [0.5, 1]],
      ['bool', [1, 0]],
    ]);
  });

  it('refuses what does not fit', () => {
    expect(() => data.default_collate([])).toThrow(/^default_collate: batch: got \[\]/);
    expect(() => data.default_collate([1, 'a'])).toThrow(/samples of one kind/);
    expect(() => data.default_collate([[1], [1, 2]])).toThrow(/expected lists of one length/);
  });
});

describe('DataLoader', () => {
  it('loads promises ahead, in order', async () => {
    const begun: number[] = [];
    const slow = {
      length: 6,
      get: (i: number): Promise<number> => {
        begun.push(i);
        return Promise.resolve(i * 10);
      },
    };
    const loader = new data.DataLoader(slow, { batch_size: 2, prefetch_factor: 2 });
    const seen: unknown[] = [];
    for await (const batch of loader) {
      seen.push(batch.tolist());
      // The batch after the present one is loading already.
      if (seen.length === 1) expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    }
    expect(seen).toEqual([
      [0, 10],
      [20, 30],
      [40, 50],
    ]);
    expect(() => [...loader]).toThrow(/iterate with `for await/);
  });

  it('reports a sample that fails where its batch is awaited', async () => {
    const failing = {
      length: 2,
      get: (i: number): Promise<number> => (i === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(0)),
    };
    const iterator = new data.DataLoader(failing)[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    await expect(iterator.next()).rejects.toThrow('lost');
  });

  it('takes batch samplers, collate functions and single samples', () => {
    const loader = new data.DataLoader(range(4), {
      batch_sampler: [[3, 0], [1]],
      collate_fn: (samples) => samples.join(),
    });
    expect([...loader]).toEqual(['3,0', '1']);
    expect(loader.length).toBe(2);
    expect([...new data.DataLoader(range(3), { batch_size: null })]).toEqual([0, 1, 2]);
    expect(new data.DataLoader(range(7), { batch_size: 2 }).length).toBe(4);
  });

  it.each([
    [() => new data.DataLoader([1], { shuffle: true, sampler: [0] }), /^DataLoader: sampler/],
    [() => new data.DataLoader([1], { batch_sampler: [[0]], batch_size: 2 }), /^DataLoader: batch_sampler/],
    [() => new data.DataLoader([1], { batch_size: null, drop_last: true }), /^DataLoader: drop_last/],
    [() => new data.DataLoader([1], { prefetch_factor: 0 }), /^DataLoader: prefetch_factor: got 0/],
    [() => new data.DataLoader([1], { batch_size: 0 }), /^DataLoader: batch_size: got 0/],
    [() => new data.RandomSampler([]), /^RandomSampler: num_samples: got 0/],
    [() => new data.WeightedRandomSampler([1], 0), /^WeightedRandomSampler: num_samples: got 0/],
    [() => new data.TensorDataset(torch.ones(2), torch.ones(3)), /expected one first size, as 2 in tensors\[0\]/],
    [() => new data.ConcatDataset([]), /^ConcatDataset: datasets/],
    [() => new data.Subset([1], [5]).get(0), /^Subset: index: got 5/],
    [() => data.random_split([1, 2], [3]), /^random_split: lengths: got \[3\]/],
  ])('rejects bad calls %#', (call, message) => expect(call).toThrow(message));
});
