import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { coarse, drawnLabels, labels, matrix } from '../../../test/fixtures/batches.js';
import { gradientOf, largestDifference } from '../../../test/fixtures/derivatives.js';
import { oriTripletLossLoop } from '../../../test/fixtures/ori-loop.js';
import { OriTripletLoss } from './index.js';
import { hardestSelected } from './family/parts/miner.js';

const duplicates = matrix([
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 2],
  [0, -2],
  [0, 2],
]);

const batches: [string, Tensor, Tensor][] = [
  ['duplicated rows', duplicates, labels(0, 0, 0, 1, 1, 1)],
  ['a singleton', coarse(5, 'singleton'), labels(3, 3, 3, 3, 8)],
  ['ties everywhere', matrix(Array.from({ length: 4 }, () => [1, 2])), labels(0, 0, 1, 1)],
  ...[1, 2, 3, 4].map((i): [string, Tensor, Tensor] => [
    `grid ${i}`,
    coarse(9, `ori/grid ${i}`),
    drawnLabels(9, 3, `ori/labels ${i}`),
  ]),
];

describe('OriTripletLoss', () => {
  for (const [name, x, y] of batches) {
    for (const margin of [0, 0.3, 5]) {
      it(`equals the seed's loop, ties included: ${name}, margin ${margin}`, () => {
        const ours = gradientOf((inputs) => new OriTripletLoss(y.size(0), margin).forward(inputs, y), x);
        const seed = gradientOf((inputs) => oriTripletLossLoop(inputs, y, margin), x);
        expect(ours.outputs[0].item()).toBeCloseTo(seed.outputs[0].item(), 13);
        expect(ours.outputs[1].item()).toBe(seed.outputs[1].item());
        expect(largestDifference(ours.gradient, seed.gradient)).toBeLessThan(1e-12);
      });
    }
  }

  it('equals the loop in float32 too', () => {
    const x = coarse(9, 'ori/grid 1').float();
    const y = drawnLabels(9, 3, 'ori/labels 1');
    const ours = gradientOf((inputs) => new OriTripletLoss(9).forward(inputs, y), x);
    const seed = gradientOf((inputs) => oriTripletLossLoop(inputs, y), x);
    expect(ours.outputs[0].dtype).toBe('float32');
    expect(ours.outputs[0].item()).toBeCloseTo(seed.outputs[0].item(), 5);
    expect(largestDifference(ours.gradient, seed.gradient)).toBeLessThan(1e-6);
  });

  it('counts an equal distance as correct and returns 0-d tensors', () => {
    const square = matrix([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ]);
    const [loss, correct] = new OriTripletLoss(4).forward(square, labels(0, 0, 1, 1));
    expect([loss.shape, correct.shape, correct.dtype, correct.item()]).toEqual([[], [], 'int64', 4]);
  });

  it('is active at an exactly zero hinge', () => {
    // Rows 0 and 3 have ap - an + 1 = 0; were they inactive, the gradient would be [-1, 3, -3, 1] / 4.
    const { outputs, gradient } = gradientOf(
      (inputs) => new OriTripletLoss(4, 1).forward(inputs, labels(0, 0, 1, 1)),
      // Distances of 1 and 2, whose gradients are exact in any order.
      matrix([[0], [1], [2], [3]]),
    );
    expect(outputs[0].item()).toBe(0.5);
    expect(gradient.tolist()).toEqual([[-0.25], [1.25], [-1.25], [0.25]]);
  });

  it('keeps a singleton: its positive is itself, at 1e-6', () => {
    const x = matrix([[0], [3], [5]]);
    const [loss] = new OriTripletLoss(3, 10).forward(x, labels(0, 1, 1));
    expect(loss.item()).toBeCloseTo((1e-6 - 3 + (2 - 3) + (2 - 5)) / 3 + 10, 12);
  });

  it('uses margin 0.3 unless told otherwise and does not use batch_size', () => {
    const x = coarse(9, 'ori/grid 2');
    const y = drawnLabels(9, 3, 'ori/labels 2');
    const loss = (criterion: OriTripletLoss): number => criterion.forward(x, y)[0].item();
    expect(new OriTripletLoss(64).margin).toBe(0.3);
    expect(loss(new OriTripletLoss(64))).toBe(loss(new OriTripletLoss(3, 0.3)));
  });

  it('accepts int32 and uint8 labels', () => {
    const x = coarse(9, 'ori/grid 3');
    const y = drawnLabels(9, 3, 'ori/labels 3');
    const loss = (targets: Tensor): number => new OriTripletLoss(9).forward(x, targets)[0].item();
    expect([loss(y.int()), loss(y.byte())]).toEqual([loss(y), loss(y)]);
  });
});

describe('hardestSelected', () => {
  const same = labels(1, 1, 0, 0).bool().unsqueeze(0);

  it('splits the gradient of tied negatives, and of tied positives', () => {
    const distances = matrix([[3, 3, 2, 2]]);
    const an = gradientOf(
      (d) => hardestSelected(d, { positive: same, negative: same.logical_not() }, 'even')[1].sum(),
      distances,
    );
    const ap = gradientOf(
      (d) => hardestSelected(d, { positive: same, negative: same.logical_not() }, 'even')[0].sum(),
      distances,
    );
    expect([an.outputs[0].item(), ap.outputs[0].item()]).toEqual([2, 3]);
    expect(an.gradient.tolist()).toEqual([[0, 0, 0.5, 0.5]]);
    expect(ap.gradient.tolist()).toEqual([[0.5, 0.5, 0, 0]]);
  });

  it('does not share with a masked entry of the same value', () => {
    const { gradient } = gradientOf(
      (d) => hardestSelected(d, { positive: same, negative: same.logical_not() }, 'even')[0].sum(),
      matrix([[2, 1, 2, 2]]),
    );
    expect(gradient.tolist()).toEqual([[1, 0, 0, 0]]);
  });
});
