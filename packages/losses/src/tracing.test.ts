import { autograd, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compileWith, interpreter, trace } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../test/fixtures/batches.js';
import type { LossResult } from '../../../test/fixtures/derivatives.js';
import { oriTripletLossLoop } from '../../../test/fixtures/ori-loop.js';
import { tripletLossWrtLines } from '../../../test/fixtures/wrt-lines.js';
import { familyCalls, someArgs } from './family/calls.testing.js';
import {
  AGWTripletLoss,
  FastReidTripletLoss,
  OIMLoss,
  OriTripletLoss,
  TripletHardLoss,
  TripletLoss_ADP,
  TripletLoss_WRT,
  TripletSemiHardLoss,
  batch_all_triplet_loss,
  batch_hard_triplet_loss,
  triplet_loss,
  unstack_triplets,
} from './index.js';
import type { BlockOptions } from './index.js';

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
  ...Object.fromEntries(
    Object.entries(familyCalls).map(([name, call]): [string, Loss] => [
      `${name} of the family`,
      (x, y) => Object.values(call(x, y, someArgs, perRow(name))),
    ]),
  ),
  'FastReidTripletLoss, soft': (x, y) => new FastReidTripletLoss(0, true).forward(x, y),
  'TripletLoss_ADP, square': (x, y) => new TripletLoss_ADP(1, 1, 1).forward(x, y),
  ...Object.fromEntries(
    (['skip', 'zero'] as const).flatMap((empty_rows) =>
      [OriTripletLoss.name, 'WeightedRegularizedTriplet', 'TripletSemiHardLoss', 'batch_hard_triplet_loss'].map(
        (name): [string, Loss] => [
          `${name}, ${empty_rows}, stable`,
          (x, y) => Object.values(familyCalls[name](x, y, someArgs, { empty_rows, stable: true })),
        ],
      ),
    ),
  ),
};

/** Blocks need classes of one size. */
function perRow(name: string): BlockOptions {
  return /BagOfTricks|AGW/.test(name) ? { unequal_counts: 'per-row' } : {};
}

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

describe('blocks and tables, traced', () => {
  const agw: Loss = (x, y) => new AGWTripletLoss(1).forward(x, y);

  it('blocks give the numbers of eager, mixed rows included, and its error', async () => {
    const compiled = compileWith(withGradient(agw), interpreter);
    for (const y of [labels(0, 1, 2, 0, 1, 2), labels(0, 1, 2, 2, 2, 2)]) {
      const x = coarse(6, 'tracing/blocks');
      const eager = withGradient(agw)(x.detach().clone().requires_grad_(), y);
      const run = await compiled(x.detach().clone().requires_grad_(), y);
      expect(run.map((output) => output.tolist())).toEqual(eager.map((output) => output.tolist()));
    }
    const unequal = labels(0, 0, 0, 1, 1, 2);
    const x = drawn(6, 'tracing/blocks').requires_grad_();
    await expect(compiled(x, unequal)).rejects.toThrow('AGWTripletLoss: labels have classes of unequal size');
  });

  it("OIMLoss.update writes the table in a compiled step, repeated labels in the rows' order", async () => {
    const y = labels(2, 0, 2, 2, 1, 0);
    const step = (criterion: OIMLoss) => (x: Tensor, targets: Tensor) => {
      const [loss] = criterion.forward(x, targets);
      criterion.update(x, targets);
      return loss;
    };
    const [eager, traced] = [0, 1].map(() => new OIMLoss(3, 4, 2, 0.3, null, true, { instances: 3 }).to('float64'));
    const compiled = compileWith(step(traced), interpreter);
    for (const key of ['a', 'b', 'c']) {
      const x = drawn(6, `tracing/oim ${key}`);
      expect((await compiled(x, y)).item()).toBe(step(eager)(x, y).item());
    }
    expect(traced.lut.tolist()).toEqual(eager.lut.tolist());
    const lengths = traced.lut.mul(traced.lut).sum(1);
    expect(
      lengths
        .sub(tensor([1, 1, 1, 0], { dtype: 'float64' }))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-12);
    await expect(compiled(drawn(6, 'tracing/oim'), labels(1, 1, 1, 1, 0, 0))).rejects.toThrow(
      'OIMLoss: targets: row 3 has a label of more than 3 rows, expected at most options.instances',
    );
  });
});
