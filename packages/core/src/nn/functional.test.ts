import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import type { Tensor } from '../index.js';
import { trace } from '../trace/trace.js';

// Expected numbers are PyTorch's, in float64 unless a dtype is named.
const { nn } = torch;
const F = nn.functional;
const float64 = { dtype: torch.float64 };
const matrix = (values: number[][]): Tensor => torch.tensor(values, float64);
const x = matrix([[1, -2, 0.5], [0, 3, 25]]); // prettier-ignore
const y = matrix([[0.5, 1, -1], [2, 3, 0.1]]); // prettier-ignore
const labels = new torch.LongTensor([2, 0]);

function close(actual: Tensor, expected: number | number[] | number[][], digits = 12): void {
  const flat = [expected].flat(2);
  const data = Array.from(actual.toTypedArray(), Number);
  expect(data).toHaveLength(flat.length);
  flat.forEach((value, i) => expect(data[i]).toBeCloseTo(value, digits));
}

describe('activations', () => {
  it('softplus with a beta, leaky_relu, log_softmax', () => {
    close(F.softplus(x, { beta: 2 }), [
      [1.0634640055214863, 0.009074963958904869, 0.6566308437591114],
      [0.34657359027997264, 3.001237842568865, 25],
    ]);
    close(F.leaky_relu(x, { negative_slope: 0.2 }), [1, -0.4, 0.5, 0, 3, 25]);
    const expected = [-0.5045969023422835, -3.5045969023422834, -1.0045969023422834];
    close(F.log_softmax(x, { dim: 1 }).index(0), expected);
    close(new nn.LogSoftmax(1).forward(x).index(0), expected);
    close(new nn.Softmax({ dim: 1 }).forward(x).sum(1), [1, 1]);
    expect(() => F.softmax(x, {} as { dim: number })).toThrowErrorMatchingInlineSnapshot(
      `[Error: softmax: dim: got undefined, expected an integer]`,
    );
  });

  it('softplus with a beta has a finite gradient beyond the threshold', () => {
    const big = torch.tensor([1000], { ...float64, requires_grad: true });
    F.softplus(big, { beta: 2 }).sum().backward();
    close(big.grad as Tensor, [1]);
  });

  it('normalize', () => {
    close(F.normalize(x).index(1), [0, 0.11914522061843064, 0.992876838486922]);
    close(F.normalize(x, { p: 1, dim: 0 }).index(0), [1, -0.4, 0.0196078431372549]);
    const zero = torch.zeros([1, 3], { ...float64, requires_grad: true });
    F.normalize(zero).sum().backward();
    close(zero.grad as Tensor, [1e12, 1e12, 1e12]);
  });
});

describe('losses', () => {
  it('of differences', () => {
    close(F.mse_loss(x, y), 105.91833333333331);
    close(F.l1_loss(x, y, { reduction: 'sum' }), 31.9);
    expect(() => F.mse_loss(x, labels)).toThrowErrorMatchingInlineSnapshot(
      `[Error: mse_loss: target: got int64[2], expected the shape of input, [2, 3]]`,
    );
    expect(() => new nn.MSELoss({ reduction: 'max' as 'mean' })).toThrowErrorMatchingInlineSnapshot(
      `[Error: MSELoss: reduction: got 'max', expected 'mean', 'sum' or 'none']`,
    );
  });

  it('of distances', () => {
    close(F.pairwise_distance(x, y), [3.391164696679151, 24.98019306971031]);
    close(F.pairwise_distance(x, x).mul(1e6), [Math.sqrt(3), Math.sqrt(3)]);
    close(F.cosine_similarity(x, y), [-0.5819143739626463, 0.12662357272924338]);
    close(new nn.TripletMarginLoss().forward(x, y, x.mul(2)), 1.4503570943433448);
    expect(() => F.margin_ranking_loss(x, y.index(0), labels)).toThrowErrorMatchingInlineSnapshot(
      `[Error: margin_ranking_loss: input2: got float64[3], expected the rank of input1, float64[2, 3]]`,
    );
  });

  it('hinge at exactly zero passes the gradient', () => {
    const [a, b] = [0.3, 0].map((v) => torch.tensor([v], { ...float64, requires_grad: true }));
    const loss = new nn.MarginRankingLoss({ margin: 0.3 }).forward(a, b, torch.ones(1));
    loss.backward();
    expect([loss.item(), a.grad?.item(), b.grad?.item()]).toEqual([0, -1, 1]);
  });

  it('soft margin overflows as PyTorch', () => {
    const input = torch.tensor([-100]);
    expect(F.soft_margin_loss(input, torch.ones(1)).item()).toBe(Infinity);
  });

  it('binary cross entropy of logits', () => {
    const target = matrix([[0, 1, 0.5], [1, 0, 1]]); // prettier-ignore
    close(F.binary_cross_entropy_with_logits(x, target), 1.3176668691481463);
    const weight = torch.tensor([1, 2, 3], float64);
    const pos_weight = torch.tensor([2, 1, 0.5], float64);
    close(new nn.BCEWithLogitsLoss({ weight, pos_weight, reduction: 'none' }).forward(x, target), [
      [1.3132616875182228, 4.253856022085945, 1.8166732144052402],
      [1.3862943611198906, 6.097174703147484, 2.0831915797301377e-11],
    ]);
  });
});

describe('cross_entropy', () => {
  const weight = torch.tensor([1, 2, 0.5], float64);
  const ignoring = { ignore_index: 0, weight };
  const table: [string, Tensor, object, number | number[]][] = [
    ['weights', labels, { weight }, 17.001532300975985],
    ['weights, none', labels, { weight, reduction: 'none' }, [0.5022984511711417, 25.000000000292836]],
    ['weights, smoothing', labels, { weight, label_smoothing: 0.2 }, 17.024163136746253],
    ['weights, smoothing, sum', labels, { weight, label_smoothing: 0.2, reduction: 'sum' }, 25.53624470511938],
    ['the default ignored label', new torch.LongTensor([2, -100]), {}, 1.0045969023422834],
    ['ignored and smoothed', new torch.LongTensor([2, -100]), { label_smoothing: 0.2 }, 1.1379302356756167],
    ['ignored and weighted', labels, ignoring, 1.0045969023422834],
    ['ignored, weighted, smoothed', labels, { ...ignoring, label_smoothing: 0.2 }, 1.8724894096335591],
    ['ignored, none', labels, { ...ignoring, label_smoothing: 0.2, reduction: 'none' }, [0.9362447048167796, 0]],
    ['probabilities', y.softmax(1), { weight }, 20.812465904579362],
    ['probabilities, smoothing', y.softmax(1), { weight, label_smoothing: 0.2 }, 19.217175695637586],
    ['probabilities, sum', y.softmax(1), { weight, reduction: 'sum' }, 41.624931809158724],
  ];
  it.each(table)('%s', (_name, target, options, expected) => {
    close(F.cross_entropy(x, target, options), expected);
    close(new nn.CrossEntropyLoss(options).forward(x, target), expected);
  });

  it('of a single row and of maps', () => {
    const one = new torch.LongTensor([1]).reshape([]);
    close(F.cross_entropy(x.index(0), one, { reduction: 'none' }), 3.5045969023422834);
    const maps = torch.arange(12).double().reshape(2, 3, 2).div(7);
    close(F.cross_entropy(maps, torch.tensor([[0, 2], [1, 1]], { dtype: torch.long }), { weight }), 1.1516142439549009); // prettier-ignore
    close(F.nll_loss(x, labels), -0.25);
    close(new nn.NLLLoss().forward(x, labels), -0.25);
    expect(F.cross_entropy(x, new torch.IntTensor([2, 0])).item()).toBe(F.cross_entropy(x, labels).item());
  });

  it.each<[string, () => unknown]>([
    ['float labels', () => F.cross_entropy(x, torch.tensor([2, 0]))],
    ['another length', () => F.cross_entropy(x, new torch.LongTensor([1, 2, 0]))],
    ['a label out of range', () => F.cross_entropy(x, new torch.LongTensor([1, 3]))],
    ['labels out of range', () => F.nll_loss(x, new torch.LongTensor([-1, 3]))],
    ['one weight too few', () => F.cross_entropy(x, labels, { weight: torch.ones(2) })],
    ['integer logits', () => F.cross_entropy(labels, labels)],
    ['too much smoothing', () => F.cross_entropy(x, labels, { label_smoothing: 2 })],
  ])('rejects %s', (_name, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });

  it('checks labels in a trace too', () => {
    const { graph } = trace((logits: Tensor, target: Tensor) => F.cross_entropy(logits, target), [x, labels]);
    expect(graph.checks.map(({ message }) => message([1]))).toEqual([
      'cross_entropy: target: out of range at row 1, expected integers from 0 to 2',
    ]);
  });
});

describe('layers', () => {
  it('conv2d pads to the same size, unevenly for even kernels', () => {
    const image = torch.arange(20).double().reshape(1, 1, 4, 5);
    const kernel = torch.arange(6).double().reshape(1, 1, 2, 3);
    const expected = [52, 79, 94, 109, 64, 112, 154, 169, 184, 104, 172, 229, 244, 259, 144, 47, 50, 53, 56, 19];
    close(F.conv2d(image, kernel, null, { padding: 'same' }), expected);
    const single = F.conv2d(image.index(0), kernel, null, { padding: 'same' });
    expect(single.shape).toEqual([1, 4, 5]);
    close(single, expected);
  });

  it.each<[string, () => unknown]>([
    ['channels', () => F.conv2d(torch.zeros(1, 3, 4, 4), torch.zeros(2, 4, 3, 3))],
    ['rank', () => F.conv2d(torch.zeros(3, 4), torch.zeros(2, 3, 3, 3))],
    ['bias', () => F.conv2d(torch.zeros(1, 3, 4, 4), torch.zeros(2, 3, 3, 3), torch.zeros(3))],
    [
      'same with stride',
      () => F.conv2d(torch.zeros(1, 3, 4, 4), torch.zeros(2, 3, 3, 3), null, { stride: 2, padding: 'same' }),
    ],
    ['groups', () => new nn.Conv2d(3, 4, 3, { groups: 2 })],
    ['kernel', () => new nn.Conv2d(3, 4, 0)],
    ['pool rank', () => F.max_pool2d(torch.zeros(4, 4), 2)],
    ['batch norm rank', () => new nn.BatchNorm2d(3).forward(torch.zeros(4, 3))],
    ['batch norm of one value', () => new nn.BatchNorm1d(3).forward(torch.zeros(1, 3))],
    ['dropout', () => new nn.Dropout(1.5)],
    ['linear', () => new nn.Linear(3, 2).forward(torch.zeros(4, 5))],
  ])('rejects %s', (_name, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });

  it('batch norm averages all batches without momentum', () => {
    const layer = new nn.BatchNorm1d(2, { momentum: null }).double();
    for (let i = 0; i < 3; i++) layer.forward(matrix([[1, 2], [3, 5], [i, i * 2]])); // prettier-ignore
    close(layer.running_mean as Tensor, [1.6666666666666665, 3]);
    close(layer.running_var as Tensor, [1.5555555555555558, 3.8888888888888893]);
    expect(layer.num_batches_tracked?.item()).toBe(3);
    layer.reset_running_stats();
    expect(layer.running_var?.tolist()).toEqual([1, 1]);
  });

  it('batch norm without running statistics uses those of the batch in evaluation', () => {
    const layer = new nn.BatchNorm1d(2, { track_running_stats: false, affine: false }).eval();
    close(layer.forward(matrix([[1, 2], [3, 5]])), [-0.9999950000374997, -0.999997777785185, 0.9999950000374997, 0.9999977777851853]); // prettier-ignore
    expect(layer.state_dict()).toEqual({});
    expect(String(layer)).toBe(
      'BatchNorm1d(2, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)',
    );
  });

  it('pools a single image, and keeps a size with null', () => {
    const image = torch.arange(12).double().reshape(1, 3, 4);
    close(F.max_pool2d(image, [3, 2]), [9, 11]);
    expect(F.adaptive_avg_pool2d(image, [null, 2]).shape).toEqual([1, 3, 2]);
    expect(new nn.Flatten().forward(torch.zeros(2, 3, 4)).shape).toEqual([2, 12]);
    expect(new nn.Identity(7, { unused: true }).forward(image)).toBe(image);
  });

  it("dropout draws PyTorch's mask", () => {
    torch.manual_seed(3);
    const layer = new nn.Dropout({ p: 0.3 });
    const kept = layer.forward(torch.ones(2, 8));
    expect(kept.ne(0).long().tolist()).toEqual([
      [1, 1, 0, 1, 0, 1, 1, 1],
      [1, 0, 1, 1, 1, 1, 0, 1],
    ]);
    expect(kept.max().item()).toBe(1.4285714626312256);
    expect(layer.eval().forward(x)).toBe(x);
    expect(F.dropout(x, { p: 1 }).abs().max().item()).toBe(0);
  });
});

describe('nn.utils', () => {
  const parameters = (): Tensor[] => {
    const [p, q] = [new nn.Parameter(torch.zeros(2, 2)), new nn.Parameter(torch.zeros(2))];
    p.grad = torch.tensor([[3, 4], [0, 0]]); // prettier-ignore
    q.grad = torch.tensor([0, 12]);
    return [p, q, new nn.Parameter(torch.zeros(1))];
  };

  it('clips the norm of all gradients together', () => {
    const [p, q, r] = parameters();
    expect(nn.utils.clip_grad_norm_([p, q, r], 1).item()).toBe(13);
    close(p.grad as Tensor, [0.23076921701431274, 0.307692289352417, 0, 0], 7);
    close(q.grad as Tensor, [0, 0.923076868057251], 7);
    expect(nn.utils.clip_grad_norm_([p, q], 100).item()).toBeCloseTo(1, 6);
    close(q.grad as Tensor, [0, 0.923076868057251], 7);
    expect(nn.utils.clip_grad_norm_(q, 1, { norm_type: Infinity }).item()).toBeCloseTo(0.923077, 6);
  });

  it('clips every element', () => {
    const all = parameters();
    nn.utils.clip_grad_value_(all, 3.5);
    expect(all.map(({ grad }) => grad?.tolist() ?? null)).toEqual([[[3, 3.5], [0, 0]], [0, 3.5], null]); // prettier-ignore
  });
});

describe('nn.init', () => {
  it('knows gains and rejects tensors without fans', () => {
    expect(nn.init.calculate_gain('relu')).toBe(Math.SQRT2);
    expect(nn.init.calculate_gain('tanh')).toBe(5 / 3);
    expect(nn.init.constant_(new nn.Parameter(torch.zeros(2)), 4).tolist()).toEqual([4, 4]);
    expect(() => nn.init.kaiming_normal_(torch.zeros(3))).toThrowErrorMatchingInlineSnapshot(
      `[Error: kaiming_normal_: tensor: got float32[3], expected at least 2 dims]`,
    );
    expect(() => nn.init.calculate_gain('gelu' as 'relu')).toThrowErrorMatchingInlineSnapshot(
      `[Error: calculate_gain: nonlinearity: got 'gelu', expected linear, conv1d, conv2d, conv3d, sigmoid, tanh, relu, leaky_relu or selu]`,
    );
    torch.manual_seed(0);
    const std = nn.init.xavier_normal_(torch.zeros(60, 40), 2).std().item();
    expect(std).toBeCloseTo(2 * Math.sqrt(2 / 100), 1);
  });
});
