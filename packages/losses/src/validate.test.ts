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
        "OriTripletLoss": "OriTripletLoss: targets must be integers [rows], got float32[4]; convert them with targets.long()",
        "TripletHardLoss": "TripletHardLoss: y_true must be integers [rows], got float32[4]; convert them with y_true.long()",
        "TripletLoss_WRT": "TripletLoss_WRT: targets must be integers [rows], got float32[4]; convert them with targets.long()",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_true must be integers [rows], got float32[4]; convert them with y_true.long()",
        "batch_all_triplet_loss": "batch_all_triplet_loss: labels must be integers [rows], got float32[4]; convert them with labels.long()",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: labels must be integers [rows], got float32[4]; convert them with labels.long()",
      }
    `);
  });

  it('bool labels', () => {
    expect(messages(x, y.bool()).OriTripletLoss).toMatchInlineSnapshot(
      `"OriTripletLoss: targets must be integers [rows], got bool[4]; convert them with targets.long()"`,
    );
  });

  it('labels [N, 1]', () => {
    expect(messages(x, y.unsqueeze(1))).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: targets must have one dim [rows], got int64[4, 1]; flatten them with targets.view(-1)",
        "TripletHardLoss": "TripletHardLoss: y_true must have one dim [rows], got int64[4, 1]; flatten them with y_true.view(-1)",
        "TripletLoss_WRT": "TripletLoss_WRT: targets must have one dim [rows], got int64[4, 1]; flatten them with targets.view(-1)",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_true must have one dim [rows], got int64[4, 1]; flatten them with y_true.view(-1)",
        "batch_all_triplet_loss": "batch_all_triplet_loss: labels must have one dim [rows], got int64[4, 1]; flatten them with labels.view(-1)",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: labels must have one dim [rows], got int64[4, 1]; flatten them with labels.view(-1)",
      }
    `);
  });

  it('swapped arguments', () => {
    expect(messages(y, x)).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: inputs and targets are swapped: got inputs int64[4] and targets float64[4, 3], expected forward(inputs, targets)",
        "TripletHardLoss": "TripletHardLoss: y_pred and y_true are swapped: got y_pred int64[4] and y_true float64[4, 3], expected call(y_true, y_pred)",
        "TripletLoss_WRT": "TripletLoss_WRT: inputs and targets are swapped: got inputs int64[4] and targets float64[4, 3], expected forward(inputs, targets)",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_pred and y_true are swapped: got y_pred int64[4] and y_true float64[4, 3], expected call(y_true, y_pred)",
        "batch_all_triplet_loss": "batch_all_triplet_loss: embeddings and labels are swapped: got embeddings int64[4] and labels float64[4, 3], expected batch_all_triplet_loss(labels, embeddings, margin)",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: embeddings and labels are swapped: got embeddings int64[4] and labels float64[4, 3], expected batch_hard_triplet_loss(labels, embeddings, margin)",
      }
    `);
  });

  it('another number of labels', () => {
    expect(messages(x, labels(0, 1))).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: inputs float64[4, 3] and targets int64[2] differ in their number of rows",
        "TripletHardLoss": "TripletHardLoss: y_pred float64[4, 3] and y_true int64[2] differ in their number of rows",
        "TripletLoss_WRT": "TripletLoss_WRT: inputs float64[4, 3] and targets int64[2] differ in their number of rows",
        "TripletSemiHardLoss": "TripletSemiHardLoss: y_pred float64[4, 3] and y_true int64[2] differ in their number of rows",
        "batch_all_triplet_loss": "batch_all_triplet_loss: embeddings float64[4, 3] and labels int64[2] differ in their number of rows",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: embeddings float64[4, 3] and labels int64[2] differ in their number of rows",
      }
    `);
  });

  it('embeddings that are no floating matrix, or empty', () => {
    const bad = [x.unsqueeze(0), x.long(), torch.zeros(0, 3)];
    expect(bad.map((embeddings) => messages(embeddings, y).OriTripletLoss)).toMatchInlineSnapshot(`
      [
        "OriTripletLoss: inputs must be a floating matrix [rows, features], got float64[1, 4, 3]",
        "OriTripletLoss: inputs must be a floating matrix [rows, features], got int64[4, 3]",
        "OriTripletLoss: inputs must have at least one row, got float32[0, 3]",
      ]
    `);
  });

  it('something else than a tensor', () => {
    // @ts-expect-error a caller without type checks
    expect(() => new OriTripletLoss(4).forward(x, notATensor)).toThrowErrorMatchingInlineSnapshot(
      `[Error: OriTripletLoss: targets must be a tensor, got an array]`,
    );
    // @ts-expect-error a caller without type checks
    expect(() => batch_hard_triplet_loss(y, null, 0.3)).toThrowErrorMatchingInlineSnapshot(
      `[Error: batch_hard_triplet_loss: embeddings must be a tensor, got null]`,
    );
  });

  it('NaN, infinite and too large features: names the row', () => {
    expect(messages(withRow([1, NaN]), y)).toMatchInlineSnapshot(`
      {
        "OriTripletLoss": "OriTripletLoss: row 2 of inputs has a feature that is NaN, infinite or too large to be squared",
        "TripletHardLoss": "TripletHardLoss: row 2 of y_pred has a feature that is NaN, infinite or too large to be squared",
        "TripletLoss_WRT": "TripletLoss_WRT: row 2 of inputs has a feature that is NaN, infinite or too large to be squared",
        "TripletSemiHardLoss": "TripletSemiHardLoss: row 2 of y_pred has a feature that is NaN, infinite or too large to be squared",
        "batch_all_triplet_loss": "batch_all_triplet_loss: row 2 of embeddings has a feature that is NaN, infinite or too large to be squared",
        "batch_hard_triplet_loss": "batch_hard_triplet_loss: row 2 of embeddings has a feature that is NaN, infinite or too large to be squared",
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
      `[Error: OriTripletLoss: margin must be a finite number, got NaN]`,
    );
    expect(() => new TripletHardLoss({ margin: Infinity })).toThrowErrorMatchingInlineSnapshot(
      `[Error: TripletHardLoss: margin must be a finite number, got Infinity]`,
    );
    // @ts-expect-error a caller without type checks
    expect(() => batch_all_triplet_loss(y, x, '0.3')).toThrowErrorMatchingInlineSnapshot(
      `[Error: batch_all_triplet_loss: margin must be a finite number, got "0.3"]`,
    );
    // @ts-expect-error the margin is required, as in the origin
    expect(() => batch_hard_triplet_loss(y, x)).toThrowErrorMatchingInlineSnapshot(
      `[Error: batch_hard_triplet_loss: margin must be a finite number, got undefined]`,
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
