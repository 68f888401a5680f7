import { autograd, cdist, manual_seed, tensor, zeros } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compileWith, interpreter, trace } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../../test/fixtures/batches.js';
import { gradientByDifferences, gradientOf, largestDifference } from '../../../../test/fixtures/derivatives.js';
import { OriTripletLoss, batch_all_triplet_loss, pairwise_distances } from '../index.js';
import {
  AngularDistance,
  AngularMiner,
  AvgNonZeroReducer,
  BatchEasyHardMiner,
  BatchHardMiner,
  CallableDistance,
  CircleLoss,
  ClassWeightedReducer,
  ContrastiveLoss,
  CosFaceLoss,
  CrossBatchMemory,
  DistanceWeightedMiner,
  DivisorReducer,
  DoNothingReducer,
  FastAPLoss,
  GeneralizedLiftedStructureLoss,
  IntraPairVarianceLoss,
  LiftedStructureLoss,
  LpDistance,
  MarginLoss,
  MeanReducer,
  MinedTriplets,
  MultiSimilarityLoss,
  MultiSimilarityMiner,
  MultipleReducers,
  NCALoss,
  NPairsLoss,
  NTXentLoss,
  PerAnchorReducer,
  ProxyAnchorLoss,
  RankedListLoss,
  SmoothAPLoss,
  SumReducer,
  SupConLoss,
  ThresholdReducer,
  TripletMarginLoss,
} from './index.js';
import type { MetricLoss } from './index.js';

const raw = new LpDistance({ normalize_embeddings: false });
const y = labels(0, 1, 0, 2, 1, 0, 2, 3, 1);
const x = drawn(9, 'metric/x');

const losses: Record<string, MetricLoss> = {
  ContrastiveLoss: new ContrastiveLoss({ pos_margin: 0.1 }),
  TripletMarginLoss: new TripletMarginLoss(),
  CircleLoss: new CircleLoss({ gamma: 8 }),
  MultiSimilarityLoss: new MultiSimilarityLoss(),
  IntraPairVarianceLoss: new IntraPairVarianceLoss(),
  LiftedStructureLoss: new LiftedStructureLoss(),
  GeneralizedLiftedStructureLoss: new GeneralizedLiftedStructureLoss(),
  NTXentLoss: new NTXentLoss(),
  SupConLoss: new SupConLoss(),
  NPairsLoss: new NPairsLoss(),
  MarginLoss: new MarginLoss(),
  NCALoss: new NCALoss(),
  RankedListLoss: new RankedListLoss({ margin: 0.4, Tn: 1 }),
  SmoothAPLoss: new SmoothAPLoss({ temperature: 0.3 }),
  FastAPLoss: new FastAPLoss(),
};

/** CircleLoss holds factors fixed that depend on the rows: its gradient is not that of its value. */
const differentiated = Object.entries(losses).filter(([name]) => name !== 'CircleLoss');

describe.each(differentiated)('%s', (_name, loss) => {
  it('has the gradient that differences show', () => {
    const fn = (e: Tensor): Tensor => loss.forward(e, y);
    const { gradient } = gradientOf(fn, x);
    expect(gradient.abs().max().item()).toBeGreaterThan(1e-4);
    expect(largestDifference(gradient, gradientByDifferences(fn, x))).toBeLessThan(1e-6);
  });
});

describe.each(Object.entries(losses))('%s', (_name, loss) => {
  it('keeps the graph where nothing can be compared', () => {
    const one = drawn(1, 'metric/one').requires_grad_();
    const value = loss.forward(one, labels(3));
    expect(value.item()).toBeCloseTo(0, 12);
    const [gradient] = autograd.grad(value, [one]);
    expect(gradient.tolist()).toEqual([[0, 0, 0]]);
  });

  it('traced gives the numbers of eager', async () => {
    const step = (e: Tensor, t: Tensor): Tensor[] => {
      const value = loss.forward(e, t);
      return [value, ...autograd.grad(value, [e])];
    };
    const compiled = compileWith(step, interpreter);
    for (const e of [drawn(9, 'metric/a'), coarse(9, 'metric/ties')]) {
      const [eager, run] = [step(e.clone().requires_grad_(), y), await compiled(e.clone().requires_grad_(), y)];
      expect(run.map((output) => output.tolist())).toEqual(eager.map((output) => output.tolist()));
    }
  });
});

describe('compositions', () => {
  it('of raw distances, the hardest triplets and the mean are OriTripletLoss where every label has two rows', () => {
    const target = labels(0, 1, 0, 1, 2, 2, 0, 1, 2);
    const criterion = new TripletMarginLoss({ margin: 0.3, distance: raw, reducer: new MeanReducer() });
    const composed = gradientOf(
      (e) => criterion.forward(e, target, new BatchHardMiner({ distance: raw }).forward(e, target)),
      x,
    );
    const origin = gradientOf((e) => new OriTripletLoss(9, 0.3).forward(e, target), x);
    expect(composed.outputs[0].item()).toBeCloseTo(origin.outputs[0].item(), 12);
    expect(largestDifference(composed.gradient, origin.gradient)).toBeLessThan(1e-12);
  });

  it('of raw distances, all triplets and the mean of what is above 0 are batch_all_triplet_loss', () => {
    const composed = gradientOf((e) => new TripletMarginLoss({ margin: 0.4, distance: raw }).forward(e, y), x);
    const origin = gradientOf((e) => batch_all_triplet_loss(y, e, 0.4), x);
    expect(composed.outputs[0].item()).toBeCloseTo(origin.outputs[0].item(), 12);
    expect(largestDifference(composed.gradient, origin.gradient)).toBeLessThan(1e-12);
  });

  it('of one triplet per anchor give the same with all their weights written out', () => {
    const chosen = new BatchHardMiner().forward(x, y);
    expect(chosen.choice).not.toBeNull();
    const written = new MinedTriplets(chosen.weights);
    const loss = new TripletMarginLoss({ swap: true, margin: 0.5 });
    expect(loss.forward(x, y, written).item()).toBeCloseTo(loss.forward(x, y, chosen).item(), 12);
  });
});

describe('distances', () => {
  it('of equal rows are exactly 0 by products, without gradient', () => {
    const rows = matrix([
      [0.1, 0.7, 0.3],
      [0.1, 0.7, 0.3],
      [1, 0, 2],
    ]).requires_grad_();
    const d = new LpDistance().forward(rows);
    expect(d.index('0:2', '0:2').tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(autograd.grad(d.select(0, 0).select(0, 1), [rows])[0].abs().max().item()).toBe(0);
  });

  it('by products and by differences agree', () => {
    for (const power of [1, 2]) {
      const [a, b] = (['products', 'differences'] as const).map((method) =>
        new LpDistance({ method, power }).forward(x),
      );
      expect(largestDifference(a, b)).toBeLessThan(1e-12);
    }
    expect(largestDifference(raw.forward(x), pairwise_distances(x))).toBeLessThan(1e-12);
  });

  it('of a function, and by angle', () => {
    const l1 = new CallableDistance((a, b) => cdist(a, b, 1), { normalize_embeddings: false });
    const expected = new LpDistance({ p: 1, normalize_embeddings: false }).forward(x);
    expect(largestDifference(l1.forward(x), expected)).toBeLessThan(1e-12);
    const rows = matrix([
      [2, 0],
      [0, 3],
      [-1, 0],
    ]);
    expect(new AngularDistance().forward(rows).tolist()).toEqual([
      [0, 1, 2],
      [1, 0, 1],
      [2, 1, 0],
    ]);
  });

  it('compare by margin the other way round where larger means closer', () => {
    const [a, b] = [tensor([1, 5]), tensor([3, 4])];
    const inverted = new CallableDistance((q) => q, { is_inverted: true });
    expect([raw.margin(a, b).tolist(), inverted.margin(a, b).tolist()]).toEqual([
      [-2, 1],
      [2, -1],
    ]);
    expect([raw.smallest_dist(a, b).tolist(), inverted.smallest_dist(a, b).tolist()]).toEqual([
      [1, 4],
      [3, 5],
    ]);
    expect([raw.largest_dist(a, b).tolist(), inverted.largest_dist(a, b).tolist()]).toEqual([
      [3, 5],
      [1, 4],
    ]);
  });
});

describe('DistanceWeightedMiner', () => {
  it('draws one negative for each positive pair, as often as its weights say', () => {
    manual_seed(11);
    const miner = new DistanceWeightedMiner();
    const wide = drawn(6, 'metric/weighted');
    const target = labels(0, 0, 0, 1, 1, 1);
    const probabilities = miner.probabilities(wide, target);
    const rounds = 400;
    let counts = zeros(6, 6, { dtype: 'float64' });
    for (let i = 0; i < rounds; i++) {
      const mined = miner.forward(wide, target);
      const { positives, negatives } = mined.pairs();
      expect(positives.sum().item()).toBe(negatives.sum().item());
      counts = counts.add(negatives);
    }
    const reachable = probabilities.sum(1, true);
    // Two positives per anchor; three deviations of a share of 800 draws are about 0.05.
    expect(reachable.sum().item()).toBeGreaterThan(0);
    expect(largestDifference(counts.div(2 * rounds), probabilities)).toBeLessThan(0.06);
  });
});

describe('CrossBatchMemory', () => {
  it('compiled keeps its queue as eager does', async () => {
    const make = (): CrossBatchMemory => new CrossBatchMemory(new ContrastiveLoss(), 3, { memory_size: 7 }).double();
    const [eager, traced] = [make(), make()];
    const step = (memory: CrossBatchMemory) => (e: Tensor, t: Tensor) => {
      const value = memory.forward(e, t);
      return [value, ...autograd.grad(value, [e], { materialize_grads: true })];
    };
    const compiled = compileWith(step(traced), interpreter);
    for (let i = 0; i < 4; i++) {
      const [e, t] = [drawn(4, `metric/memory ${i}`), drawnLabels(4, 3, `metric/memory ${i}`)];
      const expected = step(eager)(e.clone().requires_grad_(), t);
      const actual = await compiled(e.clone().requires_grad_(), t);
      expect(actual.map((output) => output.tolist())).toEqual(expected.map((output) => output.tolist()));
      expect(traced.embedding_memory.tolist()).toEqual(eager.embedding_memory.tolist());
      expect(traced.label_memory.tolist()).toEqual(eager.label_memory.tolist());
    }
    expect([eager.queue_idx.item(), eager.num_stored.item()]).toEqual([2, 7]);
    expect(Object.keys(eager.state_dict())).toEqual(['embedding_memory', 'label_memory']);
    eager.reset_queue();
    expect([eager.queue_idx.item(), eager.embedding_memory.abs().sum().item()]).toEqual([0, 0]);
  });
});

describe('reducers', () => {
  it('are taken by name of the part', () => {
    const parts = new ContrastiveLoss().compute_loss(x, y);
    expect(Object.keys(new DoNothingReducer().forward(parts))).toEqual(['pos_loss', 'neg_loss']);
    const mixed = new MultipleReducers({ pos_loss: new SumReducer() }, new AvgNonZeroReducer());
    const expected =
      new SumReducer().forward({ pos_loss: parts.pos_loss }, x, y).item() +
      new AvgNonZeroReducer().forward({ neg_loss: parts.neg_loss }, x, y).item();
    expect(new ContrastiveLoss({ reducer: mixed }).forward(x, y).item()).toBeCloseTo(expected, 12);
  });
});

it('the graph has no size in it: its ops are those of any other batch', () => {
  const miner = new MultiSimilarityMiner();
  const loss = new MultiSimilarityLoss();
  const ops = (rows: number): string[] =>
    trace(
      (e: Tensor, t: Tensor) => loss.forward(e, t, miner.forward(e, t)),
      [drawn(rows, 'metric/size'), drawnLabels(rows, 2, 'metric/size')],
    ).graph.nodes.map(({ op }) => op);
  expect(ops(12)).toEqual(ops(5));
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    ['ContrastiveLoss: embeddings: got int64[9], expected [rows, features]', () => new ContrastiveLoss().forward(y, x)],
    ['ContrastiveLoss: pos_margin: got NaN, expected a finite number', () => new ContrastiveLoss({ pos_margin: NaN })],
    ['LpDistance: p: got 0, expected a number of at least 1, or Infinity', () => new LpDistance({ p: 0 })],
    ['LpDistance: query: got int64[9], expected a floating matrix [rows, features]', () => new LpDistance().forward(y)],
    [
      'CallableDistance: fn: got float64[9, 3], expected a function that gives a matrix [9, 9]',
      () => new CallableDistance((a) => a).forward(x),
    ],
    [
      'RankedListLoss: imbalance: got 2, expected a number from 0 to 1',
      () => new RankedListLoss({ margin: 1, Tn: 1, imbalance: 2 }),
    ],
    [
      'NPairsLoss: ref_emb: got float64[9, 3], expected none: this loss works on the batch alone',
      () => new NPairsLoss().forward(x, y, null, x, y),
    ],
    [
      'NTXentLoss: ref_labels: got null, expected labels, as ref_emb is float64[9, 3]',
      () => new NTXentLoss().forward(x, y, null, x),
    ],
    [
      "BatchEasyHardMiner: pos_strategy, neg_strategy: got ['semihard', 'semihard'], expected 'hard' or 'easy' beside 'semihard'",
      () => new BatchEasyHardMiner({ pos_strategy: 'semihard' }),
    ],
    ['AngularMiner: angle: got 90, expected degrees from 0 to 90', () => new AngularMiner({ angle: 90 })],
    [
      'ThresholdReducer: low, high: got [undefined, undefined], expected at least one of them',
      () => new ThresholdReducer({}),
    ],
    [
      'DivisorReducer: divisor: got undefined, expected a number or a tensor in each part',
      () => new NTXentLoss({ reducer: new DivisorReducer() }).forward(x, y),
    ],
    [
      "PerAnchorReducer: kind: got 'triplet', expected 'element', 'pos_pair' or 'neg_pair': a triplet has no single pair of its anchor",
      () => new TripletMarginLoss({ reducer: new PerAnchorReducer() }).forward(x, y),
    ],
    [
      'ClassWeightedReducer: weights: got float64[9, 3], expected a tensor of one dim [classes]',
      () => new ClassWeightedReducer(x),
    ],
    ['CosFaceLoss: num_classes: got 0, expected an integer of at least 1', () => new CosFaceLoss(0, 3)],
    [
      'ProxyAnchorLoss: labels: got 2, 2, 3 at rows 3, 6, 7, expected integers from 0 to 1',
      () => new ProxyAnchorLoss(2, 3).double().forward(x, y),
    ],
    [
      'NTXentLoss: mined: got float64[9, 9], expected masks [4, 4], of the batch and its references',
      () => new NTXentLoss().forward(x.narrow(0, 0, 4), y.narrow(0, 0, 4), new MultiSimilarityMiner().forward(x, y)),
    ],
    [
      'CrossBatchMemory: embeddings: got float64[9, 3], expected at most memory_size rows, 4',
      () => new CrossBatchMemory(new NTXentLoss(), 3, { memory_size: 4 }).forward(x, y),
    ],
  ])('%s', (text, run) => {
    expect(run).toThrow(text);
  });
});
