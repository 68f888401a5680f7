import { tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { drawn, matrix } from '../../../test/fixtures/batches.js';
import { inputOf } from '../../../test/fixtures/loss-calls.js';
import { loadGoldens } from '../../../test/goldens/load.js';
import { gradientOf } from '../../../test/fixtures/derivatives.js';
import { triplet_loss, unstack_triplets } from './index.js';

const [anchor, positive, negative] = [matrix([[0], [0]]), matrix([[1], [3]]), matrix([[2], [1]])];

describe('triplet_loss', () => {
  it('averages in the code and sums in the formula', () => {
    // 1 - 4 + 0.2 < 0 and 9 - 1 + 0.2.
    expect(triplet_loss(anchor, positive, negative).item()).toBeCloseTo(4.1, 12);
    expect(triplet_loss(anchor, positive, negative, { reduction: 'sum' }).item()).toBeCloseTo(8.2, 12);
  });

  it("has 8 of 12 terms above 0 on the article's sample (numpy seed 666)", () => {
    const golden = loadGoldens('losses').find(({ fn, name }) => fn === 'triplet_loss' && name === 'seed 1');
    if (golden === undefined) throw new Error('no golden case');
    const rows = inputOf(golden.inputs.embeddings, 'float64');
    const drawnFirst = Array.from(rows.toTypedArray().slice(0, 3), Number);
    expect(drawnFirst.map((value) => value.toFixed(8))).toEqual(['0.70043712', '0.84418664', '0.67651434']);
    const terms = Array.from({ length: 12 }, (_, i) =>
      triplet_loss(...unstack_triplets(rows.narrow(0, 3 * i, 3))).item(),
    );
    expect(terms.filter((term) => term > 0).length).toBe(8);
  });

  it('takes alpha as an option and in the fourth place', () => {
    expect(triplet_loss(anchor, positive, negative, { alpha: 4 }).item()).toBe(6.5);
    expect(triplet_loss(anchor, positive, negative, 4).item()).toBe(6.5);
  });

  it('is active at an exactly zero hinge', () => {
    const x = matrix([[0], [1], [2]]);
    const { outputs, gradient } = gradientOf((e) => triplet_loss(...unstack_triplets(e), 3), x);
    expect(outputs[0].item()).toBe(0);
    expect(gradient.tolist()).toEqual([[2], [2], [-4]]);
  });

  it('names what it cannot take', () => {
    const rows = drawn(2, 'facenet');
    expect(() => triplet_loss(rows, rows, matrix([[1, 2, 3]]))).toThrowErrorMatchingInlineSnapshot(
      `[Error: triplet_loss: negative: got float64[1, 3], expected float64[2, 3], as anchor float64[2, 3] has it]`,
    );
    expect(() => triplet_loss(rows, rows.float(), rows)).toThrowErrorMatchingInlineSnapshot(
      `[Error: triplet_loss: positive: got float32[2, 3], expected float64[2, 3], as anchor float64[2, 3] has it]`,
    );
    expect(() => triplet_loss(rows.index(0), rows, rows)).toThrowErrorMatchingInlineSnapshot(
      `[Error: triplet_loss: anchor: got float64[3], expected a floating matrix [rows, features]]`,
    );
    expect(() =>
      triplet_loss(
        rows,
        rows,
        matrix([
          [1, 2, 3],
          [1, NaN, 3],
        ]),
      ),
    ).toThrowErrorMatchingInlineSnapshot(
      `[Error: triplet_loss: anchor, positive, negative: row 1 has a feature that is NaN, infinite or too large to be squared, expected finite ones]`,
    );
    expect(() => triplet_loss(rows, rows, rows, { alpha: NaN })).toThrowErrorMatchingInlineSnapshot(
      `[Error: triplet_loss: alpha: got NaN, expected a finite number]`,
    );
    const none: string = 'none';
    expect(() =>
      // @ts-expect-error a caller without type checks
      triplet_loss(rows, rows, rows, { reduction: none }),
    ).toThrowErrorMatchingInlineSnapshot(`[Error: triplet_loss: reduction: got 'none', expected 'mean' or 'sum']`);
  });
});

describe('unstack_triplets', () => {
  it('splits interleaved rows', () => {
    const rows = tensor([[0], [1], [2], [3], [4], [5]]);
    expect(unstack_triplets(rows).map((part) => part.tolist())).toEqual([
      [[0], [3]],
      [[1], [4]],
      [[2], [5]],
    ]);
  });

  it('refuses rows that are not in threes', () => {
    expect(() => unstack_triplets(drawn(4, 'facenet'))).toThrowErrorMatchingInlineSnapshot(
      `[Error: unstack_triplets: embeddings: got float64[4, 3], expected rows in threes (anchor, positive, negative)]`,
    );
  });
});
