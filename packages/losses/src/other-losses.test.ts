/** The losses of ReID repositories outside of the triplet family: what the goldens do not show. */
import { nn, tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { drawn, labels, matrix } from '../../../test/fixtures/batches.js';
import { gradientOf, largestDifference } from '../../../test/fixtures/derivatives.js';
import {
  CenterLoss,
  CrossEntropyLabelSmooth,
  DeepSupervision,
  OIMLoss,
  TorchreidCrossEntropyLoss,
  fastreid_cross_entropy_loss,
  focal_loss,
  pairwise_circleloss,
  pairwise_cosface,
} from './index.js';

const y = labels(0, 2, 1, 2);
const logits = drawn(4, 'other/logits');

describe('cross entropies', () => {
  it('CrossEntropyLabelSmooth is the label_smoothing of PyTorch', () => {
    const ours = gradientOf((x) => new CrossEntropyLabelSmooth(3, 0.2).forward(x, y), logits);
    const theirs = gradientOf((x) => nn.functional.cross_entropy(x, y, { label_smoothing: 0.2 }), logits);
    expect(ours.outputs[0].item()).toBeCloseTo(theirs.outputs[0].item(), 14);
    expect(largestDifference(ours.gradient, theirs.gradient)).toBeLessThan(1e-15);
  });

  it('without smoothing all are the plain one', () => {
    const plain = nn.functional.cross_entropy(logits, y).item();
    const all = [
      new CrossEntropyLabelSmooth(3, 0).forward(logits, y),
      new TorchreidCrossEntropyLoss(3, 0.1, true, false).forward(logits, y),
      fastreid_cross_entropy_loss(logits, y, 0),
      focal_loss(logits, y, 1, 0),
    ];
    for (const loss of all) expect(loss.item()).toBeCloseTo(plain, 14);
  });

  it('the two conventions differ: epsilon / K and epsilon / (K - 1)', () => {
    const spread = new CrossEntropyLabelSmooth(3, 0.3).forward(logits, y).item();
    expect(fastreid_cross_entropy_loss(logits, y, 0.2).item()).toBeCloseTo(spread, 13);
    expect(fastreid_cross_entropy_loss(logits, y, 0.3).item()).not.toBeCloseTo(spread, 3);
  });

  it('fast-reid divides by the number of losses that are not 0', () => {
    const sure = matrix([
      [900, 0, 0],
      [1, 2, 3],
    ]);
    const all = nn.functional.cross_entropy(sure, labels(0, 2), { reduction: 'sum' }).item();
    expect(fastreid_cross_entropy_loss(sure, labels(0, 2), 0).item()).toBeCloseTo(all, 14);
    expect(fastreid_cross_entropy_loss(matrix([[900, 0, 0]]), labels(0), 0).item()).toBe(0);
  });

  it.each([
    ['columns', () => new CrossEntropyLabelSmooth(4).forward(logits, y)],
    ['a label', () => fastreid_cross_entropy_loss(logits, labels(0, 1, 3, 0), 0.1)],
    ['rows', () => focal_loss(logits, labels(0, 1), 0.25)],
    ['float labels', () => focal_loss(logits, tensor([0, 1, 2, 0]), 0.25)],
    ['no outputs', () => DeepSupervision(() => logits, [], y)],
  ])('refuse %s in one line', (_what, run) => {
    expect(run).toThrowErrorMatchingSnapshot();
  });
});

describe('pairwise losses', () => {
  it.each([
    ['circle', pairwise_circleloss],
    ['cosface', pairwise_cosface],
  ] as const)('%s: rows without positives or negatives cost nothing', (_name, loss) => {
    const x = drawn(4, 'other/pairs');
    for (const same of [labels(5, 5, 5, 5), labels(1, 2, 3, 4)]) {
      const { outputs, gradient } = gradientOf((inputs) => loss(inputs, same, 0.25, 64), x);
      expect([outputs[0].item(), gradient.abs().max().item()]).toEqual([0, 0]);
    }
    expect(loss(x, labels(0, 0, 1, 1), 0.25, 64).item()).toBeGreaterThan(0);
  });
});

describe('CenterLoss', () => {
  it('is a little above 0 at the centres: masked entries are lifted to 1e-12', () => {
    const criterion = new CenterLoss(5, 3).to('float64');
    const x = criterion.centers.detach().index_select(0, labels(3, 3));
    // Each row lifts its four masked entries, and its own, which is 0 but for rounding.
    expect(criterion.forward(x, labels(3, 3)).item()).toBeCloseTo(5e-12, 12);
    expect(() => criterion.forward(x, labels(3, 5))).toThrow(
      'CenterLoss: labels: got 5 at row 1, expected integers from 0 to 4',
    );
    expect(() => new CenterLoss(5, 4).forward(x.float(), labels(1, 1))).toThrow(
      'CenterLoss: x: got float32[2, 3], expected 4 features (feat_dim)',
    );
  });

  it('trains its centres and has them in the state', () => {
    const criterion = new CenterLoss(5, 3).to('float64');
    criterion.forward(drawn(4, 'other/center'), labels(0, 0, 1, 2)).backward();
    const touched = criterion.centers.grad?.abs().sum(1).gt(0).tolist();
    expect(touched).toEqual([1, 1, 1, 0, 0]);
    expect(Object.keys(criterion.state_dict())).toEqual(['centers']);
  });
});

describe('OIMLoss', () => {
  it('leaves the table alone until update, and has it in the state', () => {
    const criterion = new OIMLoss(3, 4).to('float64');
    const x = drawn(4, 'other/oim').requires_grad_();
    const [loss] = criterion.forward(x, y);
    loss.backward();
    expect(criterion.lut.abs().max().item()).toBe(0);
    criterion.update(x, y);
    expect(criterion.lut.mul(criterion.lut).sum(1).sum().item()).toBeCloseTo(3, 12);
    expect(criterion.lut.requires_grad).toBe(false);
    expect(Object.keys(criterion.state_dict())).toEqual(['lut']);
  });

  it('refuses labels that are no class', () => {
    const criterion = new OIMLoss(3, 4).to('float64');
    expect(() => criterion.update(drawn(2, 'other/oim'), labels(0, 4))).toThrow(
      'OIMLoss: targets: got 4 at row 1, expected integers from 0 to 3',
    );
  });
});
