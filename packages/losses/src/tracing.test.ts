import { autograd } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compileWith, interpreter, trace } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../test/fixtures/batches.js';
import type { LossResult } from '../../../test/fixtures/derivatives.js';
import { oriTripletLossLoop } from '../../../test/fixtures/ori-loop.js';
import { tripletLossWrtLines } from '../../../test/fixtures/wrt-lines.js';
import {
  OriTripletLoss,
  TripletHardLoss,
  TripletLoss_WRT,
  TripletSemiHardLoss,
  batch_all_triplet_loss,
  batch_hard_triplet_loss,
  triplet_loss,
  unstack_triplets,
} from './index.js';

type Loss = (x: Tensor, y: Tensor) => LossResult;

const ours: Record<string, Loss> = {
  OriTripletLoss: (x, y) => new OriTripletLoss(9).forward(x, y),
  TripletLoss_WRT: (x, y) => new TripletLoss_WRT().forward(x, y),
  'TripletLoss_WRT, normalised': (x, y) => new TripletLoss_WRT().forward(x, y, true),
  batch_all_triplet_loss: (x, y) => batch_all_triplet_loss(y, x, 0.3),
  batch_hard_triplet_loss: (x, y) => batch_hard_triplet_loss(y, x, 0.3),
  TripletHardLoss: (x, y) => new TripletHardLoss().call(y, x),
  'TripletHardLoss, soft': (x, y) => new TripletHardLoss({ soft: true }).call(y, x),
  TripletSemiHardLoss: (x, y) => new TripletSemiHardLoss().call(y, x),
  'TripletSemiHardLoss, angular': (x, y) => new TripletSemiHardLoss({ distance_metric: 'angular' }).call(y, x),
  triplet_loss: (x) => triplet_loss(...unstack_triplets(x)),
};

const ported: Record<string, Loss> = { 'the loop of seed 002': oriTripletLossLoop, 'its WRT': tripletLossWrtLines };

/** All outputs of a loss, and the gradient of the first. */
function withGradient(loss: Loss): (x: Tensor, y: Tensor) => Tensor[] {
  return (x, y) => {
    const result = loss(x, y);
    const outputs = 'dtype' in result ? [result] : [...result];
    return [...outputs, ...autograd.grad(outputs[0], [x])];
  };
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

describe.each(Object.entries({ ...ours, ...ported }))('%s, traced', (_name, loss) => {
  it('gives the numbers of eager, gradient included, for one batch after the other', async () => {
    const compiled = compileWith(withGradient(loss), interpreter);
    for (const x of [drawn(9, 'tracing/a'), drawn(9, 'tracing/b'), coarse(9, 'tracing/ties')]) {
      const y = drawnLabels(9, 3, 'tracing/labels');
      const eager = withGradient(loss)(x.detach().clone().requires_grad_(), y);
      const run = await compiled(x.detach().clone().requires_grad_(), y);
      expect(run.map((output) => output.tolist())).toEqual(eager.map((output) => output.tolist()));
    }
  });
});

describe.each(Object.entries(ours))('%s, traced', (_name, loss) => {
  it('is the same graph at every batch size', () => {
    const ops = (rows: number): string[] => {
      const x = drawn(rows, 'tracing/size').requires_grad_();
      return trace(withGradient(loss), [x, drawnLabels(rows, 2, 'tracing/size')]).graph.nodes.map(({ op }) => op);
    };
    expect(ops(12)).toEqual(ops(6));
  });

  it.each([
    [
      'a NaN feature',
      matrix([
        [1, 2],
        [3, NaN],
        [0, 1],
      ]),
      labels(0, 0, 1),
    ],
    [
      'one label',
      matrix([
        [1, 2],
        [3, 4],
        [0, 1],
      ]),
      labels(5, 5, 5),
    ],
  ])('says the same as eager for %s', async (_what, x, y) => {
    const outcome = async (run: () => LossResult | Promise<LossResult>): Promise<string> => {
      try {
        await run();
        return 'no error';
      } catch (error) {
        return message(error);
      }
    };
    const eager = await outcome(() => loss(x, y));
    const compiled = await outcome(() => compileWith(loss, interpreter)(x, y));
    expect(compiled).toBe(eager);
  });
});
