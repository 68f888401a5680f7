import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { drawn, labels, matrix } from '../../../test/fixtures/batches.js';
import {
  OriTripletLoss,
  TripletHardLoss,
  TripletLoss_WRT,
  TripletSemiHardLoss,
  batch_all_triplet_loss,
  batch_hard_triplet_loss,
} from './index.js';

type Loss = (embeddings: Tensor, targets: Tensor) => unknown;

const losses: Record<string, Loss> = {
  OriTripletLoss: (x, y) => new OriTripletLoss(4).forward(x, y),
  TripletLoss_WRT: (x, y) => new TripletLoss_WRT().forward(x, y),
  batch_all_triplet_loss: (x, y) => batch_all_triplet_loss(y, x, 0.3),
  batch_hard_triplet_loss: (x, y) => batch_hard_triplet_loss(y, x, 0.3),
  TripletHardLoss: (x, y) => new TripletHardLoss().call(y, x),
  TripletSemiHardLoss: (x, y) => new TripletSemiHardLoss().call(y, x),
};

const x = drawn(4, 'validate');
const y = labels(0, 0, 1, 1);
const withRow = (row: number[]): Tensor => matrix([[1, 2], [3, 4], row, [5, 6]], 'float32');
const notATensor: unknown = [0, 0, 1, 1];

/** What each loss says to a bad batch. */
function messages(embeddings: Tensor, targets: Tensor): Record<string, string> {
  return Object.fromEntries(
    Object.entries(losses).map(([name, loss]) => {
      try {
        loss(embeddings, targets);
        return [name, 'no error'];
      } catch (error) {
        return [name, error instanceof Error ? error.message : String(error)];
      }
    }),
  );
}

describe('errors of the losses', () => {
  it('accept a good batch', () => {
    expect(new Set(Object.values(messages(x, y)))).toEqual(new Set(['no error']));
  });

  it('float labels: says how to convert them', () => {
    expect(messages(x, y.float())).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: targets: got float32[4], expected integers [rows]; convert it with .long()",
        "TripletHardLoss": "TripletHardLoss: y_true: got float32[4], expected integers [rows]; convert it with .long()",
        "TripletLoss_WRT": "TripletLoss_WRT: targets: got float32[4], expected integers [rows]; convert it with .long()",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_true: got float32[4], expected integers [rows]; convert it with .long()",
        "batch_all_triplet_loss": "batch_all_triplet_loss: labels: got float32[4], expected integers [rows]; convert it with .long()",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: labels: got float32[4], expected integers [rows]; convert it with .long()",
      }
    `);
  });

  it('bool labels', () => {
    expect(messages(x, y.bool()).OriTripletLoss).toMatchInlineSnapshot(
      `"OriTripletLoss: targets: got bool[4], expected integers [rows]; convert it with .long()"`,
    );
  });

  it('labels [N, 1]', () => {
    expect(messages(x, y.unsqueeze(1))).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: targets: got int64[4, 1], expected one dim [rows]; flatten it with .view(-1)",
        "TripletHardLoss": "TripletHardLoss: y_true: got int64[4, 1], expected one dim [rows]; flatten it with .view(-1)",
        "TripletLoss_WRT": "TripletLoss_WRT: targets: got int64[4, 1], expected one dim [rows]; flatten it with .view(-1)",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_true: got int64[4, 1], expected one dim [rows]; flatten it with .view(-1)",
        "batch_all_triplet_loss": "batch_all_triplet_loss: labels: got int64[4, 1], expected one dim [rows]; flatten it with .view(-1)",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: labels: got int64[4, 1], expected one dim [rows]; flatten it with .view(-1)",
      }
    `);
  });

  it('swapped arguments', () => {
    expect(messages(y, x)).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: inputs: got int64[4], expected [rows, features]; it and targets are swapped, the call is forward(inputs, targets)",
        "TripletHardLoss": "TripletHardLoss: y_pred: got int64[4], expected [rows, features]; it and y_true are swapped, the call is call(y_true, y_pred)",
        "TripletLoss_WRT": "TripletLoss_WRT: inputs: got int64[4], expected [rows, features]; it and targets are swapped, the call is forward(inputs, targets)",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_pred: got int64[4], expected [rows, features]; it and y_true are swapped, the call is call(y_true, y_pred)",
        "batch_all_triplet_loss": "batch_all_triplet_loss: embeddings: got int64[4], expected [rows, features]; it and labels are swapped, the call is batch_all_triplet_loss(labels, embeddings, margin)",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: embeddings: got int64[4], expected [rows, features]; it and labels are swapped, the call is batch_hard_triplet_loss(labels, embeddings, margin)",
      }
    `);
  });

  it('another number of labels', () => {
    expect(messages(x, labels(0, 1))).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: targets: got int64[2], expected one label per row of inputs float64[4, 3]",
        "TripletHardLoss": "TripletHardLoss: y_true: got int64[2], expected one label per row of y_pred float64[4, 3]",
        "TripletLoss_WRT": "TripletLoss_WRT: targets: got int64[2], expected one label per row of inputs float64[4, 3]",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_true: got int64[2], expected one label per row of y_pred float64[4, 3]",
        "batch_all_triplet_loss": "batch_all_triplet_loss: labels: got int64[2], expected one label per row of embeddings float64[4, 3]",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: labels: got int64[2], expected one label per row of embeddings float64[4, 3]",
      }
    `);
  });

  it('embeddings that are no floating matrix, or empty', () => {
    const bad = [x.unsqueeze(0), x.long(), torch.zeros(0, 3)];
    expect(bad.map((embeddings) => messages(embeddings, y).OriTripletLoss)).toMatchInlineSnapshot(`
      [
        "OriTripletLoss: inputs: got float64[1, 4, 3], expected a floating matrix [rows, features]",
        "OriTripletLoss: inputs: got int64[4, 3], expected a floating matrix [rows, features]",
        "OriTripletLoss: inputs: got float32[0, 3], expected at least one row",
      ]
    `);
  });

  it('something else than a tensor', () => {
    // @ts-expect-error a caller without type checks
    expect(() => new OriTripletLoss(4).forward(x, notATensor)).toThrowErrorMatchingInlineSnapshot(
      `[Error: OriTripletLoss: targets: got [0, 0, 1, 1], expected a tensor]`,
    );
    // @ts-expect-error a caller without type checks
    expect(() => batch_hard_triplet_loss(y, null, 0.3)).toThrowErrorMatchingInlineSnapshot(
      `[Error: batch_hard_triplet_loss: embeddings: got null, expected a tensor]`,
    );
  });

  it('NaN, infinite and too large features: names the row', () => {
    expect(messages(withRow([1, NaN]), y)).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: inputs: row 2 has a feature that is NaN, infinite or too large to be squared, expected finite ones",
        "TripletHardLoss": "TripletHardLoss: y_pred: row 2 has a feature that is NaN, infinite or too large to be squared, expected finite ones",
        "TripletLoss_WRT": "TripletLoss_WRT: inputs: row 2 has a feature that is NaN, infinite or too large to be squared, expected finite ones",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_pred: row 2 has a feature that is NaN, infinite or too large to be squared, expected finite ones",
        "batch_all_triplet_loss": "batch_all_triplet_loss: embeddings: row 2 has a feature that is NaN, infinite or too large to be squared, expected finite ones",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: embeddings: row 2 has a feature that is NaN, infinite or too large to be squared, expected finite ones",
      }
    `);
    for (const row of [
      [-Infinity, 0],
      [2e19, 0],
    ]) {
      expect(messages(withRow(row), y)).toEqual(messages(withRow([1, NaN]), y));
    }
  });

  it('a margin that is no number', () => {
    expect(() => new OriTripletLoss(4, NaN)).toThrowErrorMatchingInlineSnapshot(
      `[Error: OriTripletLoss: margin: got NaN, expected a finite number]`,
    );
    expect(() => new TripletHardLoss({ margin: Infinity })).toThrowErrorMatchingInlineSnapshot(
      `[Error: TripletHardLoss: margin: got Infinity, expected a finite number]`,
    );
    // @ts-expect-error a caller without type checks
    expect(() => batch_all_triplet_loss(y, x, '0.3')).toThrowErrorMatchingInlineSnapshot(
      `[Error: batch_all_triplet_loss: margin: got '0.3', expected a finite number]`,
    );
    // @ts-expect-error the margin is required, as in the origin
    expect(() => batch_hard_triplet_loss(y, x)).toThrowErrorMatchingInlineSnapshot(
      `[Error: batch_hard_triplet_loss: margin: got undefined, expected a finite number]`,
    );
  });

  it('no negatives: an error in OriTripletLoss alone, for one row too', () => {
    expect(messages(x, labels(7, 7, 7, 7))).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: row 0 of inputs has no negative: all targets of the batch are equal",
        "TripletHardLoss": "no error",
        "TripletLoss_WRT": "no error",
        "TripletSemiHardLoss": "no error",
        "batch_all_triplet_loss": "no error",
        "batch_hard_triplet_loss": "no error",
      }
    `);
    expect(messages(matrix([[1, 2]]), labels(7)).OriTripletLoss).toBe(messages(x, labels(7, 7, 7, 7)).OriTripletLoss);
  });
});
