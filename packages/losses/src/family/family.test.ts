/** What the table of the family says, read back from the classes; options; the examples of the reference. */
import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, labels, matrix } from '../../../../test/fixtures/batches.js';
import { gradientOf, largestDifference } from '../../../../test/fixtures/derivatives.js';
import { loadGoldens } from '../../../../test/goldens/load.js';
import * as losses from '../index.js';
import { familyCalls, someArgs } from './calls.testing.js';
import { tripletFamily } from './table.js';

const rows = tripletFamily.filter(({ reference }) => reference === undefined);
type Options = losses.FamilyOptions & losses.BlockOptions;

/** The loss of a variant, with its own result first. */
const lossOf =
  (name: string, options?: Options) =>
  (x: Tensor, y: Tensor): Tensor =>
    familyCalls[name](x, y, someArgs, options).loss;
const withOption = (option: 'ties' | 'empty_rows' | 'stable') => rows.filter(({ options }) => options.includes(option));
const perRow = (name: string): Options => (/BagOfTricks|AGW/.test(name) ? { unequal_counts: 'per-row' } : {});

describe('the table', () => {
  it('names exports, all of them called by the tests and compared with goldens', () => {
    const names = rows.map(({ name }) => name);
    const compared = new Set(loadGoldens('triplet-family').map(({ fn }) => fn));
    expect(names.filter((name) => !Object.hasOwn(losses, name))).toEqual([]);
    expect(names.filter((name) => !Object.hasOwn(familyCalls, name) || !compared.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(rows.map(({ name, withoutNegatives }) => [name, withoutNegatives] as const))(
    '%s without negatives: %s',
    (name, expected) => {
      const x = drawn(4, 'family/one class');
      const run = (): number => lossOf(name)(x, labels(7, 7, 7, 7)).item();
      if (expected === 'throws') expect(run).toThrow(/has no negative: all (targets|labels) of the batch are equal/);
      else expect(Number.isFinite(run())).toBe(true);
    },
  );

  it.each(withOption('ties').map(({ name, ties }) => [name, ties] as const))('%s: ties are %s', (name, ties) => {
    // Each row of the square has two equal negatives or positives.
    const x = matrix([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
    const y = labels(0, 0, 0, 1, 1, 1);
    const gradient = (options?: Options): Tensor =>
      gradientOf((inputs) => lossOf(name, options)(inputs, y), x).gradient;
    const other = ties === 'even' ? 'first' : 'even';
    expect(gradient().tolist()).toEqual(gradient({ ties: ties === 'first' ? 'first' : 'even' }).tolist());
    expect(gradient({ ties: 'origin' }).tolist()).toEqual(gradient().tolist());
    expect(largestDifference(gradient(), gradient({ ties: other }))).toBeGreaterThan(0.01);
    expect(lossOf(name, { ties: other })(x, y).item()).toBeCloseTo(lossOf(name)(x, y).item(), 14);
  });
});

describe.each(withOption('empty_rows').map(({ name }) => name))('empty rows of %s', (name) => {
  const x = drawn(6, 'family/empty');
  const full = labels(0, 0, 1, 1, 2, 2);
  const single = labels(0, 0, 1, 1, 0, 9);
  const run = (y: Tensor, empty_rows: losses.EmptyRows, inputs = x): Tensor =>
    lossOf(name, { ...perRow(name), empty_rows })(inputs, y);

  it('changes nothing where no row is empty', () => {
    const origin = run(full, 'origin').item();
    expect((['throw', 'skip', 'zero'] as const).map((mode) => run(full, mode).item())).toEqual([
      origin,
      origin,
      origin,
    ]);
  });

  it('throws, naming the row', () => {
    expect(() => run(single, 'throw')).toThrow(/: row 5 of \w+ has no positive: no other row has its label$/);
    expect(() => run(labels(1, 1, 1, 1, 1, 1), 'throw')).toThrow(/: row 0 of \w+ has no negative/);
  });

  it('skips them, or counts them as 0', () => {
    const [skipped, zero] = [run(single, 'skip').item(), run(single, 'zero').item()];
    expect(skipped).toBeGreaterThan(0);
    // Of six rows one is empty; the semi-hard loss counts pairs, and a row without a positive has none.
    expect(zero).toBeCloseTo(name === 'TripletSemiHardLoss' ? skipped : (skipped * 5) / 6, 12);
  });

  it.each([
    ['one label', labels(3, 3, 3, 3, 3, 3)],
    ['no label twice', labels(0, 1, 2, 3, 4, 5)],
  ])('gives 0 with a gradient of 0 for %s', (_what, y) => {
    for (const mode of ['skip', 'zero'] as const) {
      const { outputs, gradient } = gradientOf((inputs) => run(y, mode, inputs), x);
      expect([outputs[0].item(), gradient.abs().max().item()]).toEqual([0, 0]);
    }
  });
});

describe('options', () => {
  it('refuses other words', () => {
    const wrong: Record<string, unknown> = { ties: 'last' };
    expect(() => new losses.OriTripletLoss(4, 0.3, wrong)).toThrowErrorMatchingInlineSnapshot(
      `[Error: OriTripletLoss: ties: got 'last', expected one of 'even', 'first', 'origin']`,
    );
    expect(() => new losses.AGWTripletLoss(null, { empty_rows: 'skip' })).toThrowErrorMatchingInlineSnapshot(
      `[Error: AGWTripletLoss: empty_rows: got 'skip', expected 'throw' or 'origin', unless unequal_counts is 'per-row']`,
    );
  });
});

describe('examples of the reference', () => {
  const six = matrix([
    [0, 0],
    [3, 4],
    [6, 8],
    [1, 0],
    [0, 2],
    [5, 5],
  ]);

  it('duplicated rows: OriTripletLoss and AGW have one value and two gradients', () => {
    const x = matrix([
      [0, 0],
      [1, 0],
      [-1, 0],
      [0, 2],
      [0, -2],
      [0, 2],
    ]);
    const y = labels(0, 0, 0, 1, 1, 1);
    const ori = gradientOf((inputs) => new losses.OriTripletLoss(6, 5).forward(inputs, y), x);
    const agw = gradientOf((inputs) => new losses.AGWTripletLoss(5).forward(inputs, y), x);
    expect(ori.outputs[0].item()).toBeCloseTo(5.7546, 4);
    expect(agw.outputs[0].item()).toBeCloseTo(5.7546, 4);
    const oriGradient = [
      [0, 0.2222],
      [0.3421, 0.0497],
      [-0.3421, 0.0497],
      [0, -0.0716],
      [0, -0.1784],
      [0, -0.0716],
    ];
    const agwGradient = [
      [-0.1667, 0.3333],
      [0.4255, 0.1491],
      [-0.2588, 0.1491],
      [0, -0.2981],
      [0, -0.3333],
      [0, 0],
    ];
    expect(largestDifference(ori.gradient, matrix(oriGradient))).toBeLessThan(6e-5);
    expect(largestDifference(agw.gradient, matrix(agwGradient))).toBeLessThan(6e-5);
    const even = gradientOf((inputs) => new losses.AGWTripletLoss(5, { ties: 'even' }).forward(inputs, y), x);
    expect(largestDifference(even.gradient, ori.gradient)).toBeLessThan(1e-14);
  });

  it('classes of 1, 1 and 4 rows: the blocks of the origin mix rows, silently', () => {
    const y = labels(0, 1, 2, 2, 2, 2);
    const [origin, ap] = new losses.AGWTripletLoss(0.3).forward(six, y);
    const [correct] = new losses.AGWTripletLoss(0.3, { unequal_counts: 'per-row' }).forward(six, y);
    expect(origin.item()).toBeCloseTo(5.0016, 4);
    expect(correct.item()).toBeCloseTo(4.12, 4);
    expect(ap.index(0).item()).toBeCloseTo(1e-6, 12);
    expect(ap.index(1).item()).toBeCloseTo(9.434, 3);
  });

  it('classes whose pairs do not divide are an error that names the way out', () => {
    expect(() => new losses.BagOfTricksTripletLoss(0.3).forward(six, labels(0, 0, 0, 1, 1, 2))).toThrow(
      'BagOfTricksTripletLoss: labels have classes of unequal size: the positive pairs cannot be viewed as one block per ' +
        "row, as the origin does; balance the batch or set unequal_counts: 'per-row'",
    );
  });

  it('six points: AGW soft and ADP squared', () => {
    const y = labels(0, 0, 1, 1, 2, 2);
    expect(new losses.AGWTripletLoss().forward(six, y)[0].item()).toBeCloseTo(4.8376, 4);
    expect(new losses.TripletLoss_ADP(1, 1, 1).forward(six, y)[0].item()).toBeCloseTo(23.749673843, 5);
    expect(new losses.TripletLoss_ADP().forward(six, y)[0].item()).toBeCloseTo(4.489464713342532, 10);
  });

  it.each([1, 2])('equal classes: blocks are rows (%d)', (i) => {
    const x = coarse(8, `family/blocks ${i}`);
    const y = labels(2, 0, 1, 1, 3, 0, 3, 2);
    const blocks = gradientOf((inputs) => new losses.AGWTripletLoss(1).forward(inputs, y), x);
    const own = gradientOf(
      (inputs) => new losses.AGWTripletLoss(1, { unequal_counts: 'per-row' }).forward(inputs, y),
      x,
    );
    expect(blocks.outputs.map((output) => output.tolist())).toEqual(own.outputs.map((output) => output.tolist()));
    expect(blocks.gradient.tolist()).toEqual(own.gradient.tolist());
  });

  it('fast-reid falls back to the hinge at 0.3 when its soft form overflows', () => {
    const x = matrix([[0], [200], [1], [400]], 'float32');
    const y = labels(0, 0, 1, 1);
    const soft = gradientOf((inputs) => new losses.FastReidTripletLoss(0).forward(inputs, y), x);
    const hinge = gradientOf((inputs) => new losses.FastReidTripletLoss(0.3).forward(inputs, y), x);
    expect(soft.outputs[0].item()).toBe(hinge.outputs[0].item());
    expect(soft.gradient.tolist()).toEqual(hinge.gradient.tolist());
  });
});

it.each([1, 2, 3])('options differ from no variant on a plain batch (%d)', (key) => {
  // Four rows per label and no ties: `ties`, `empty_rows` and `stable` have nothing to decide.
  const x = drawn(12, `family/plain ${key}`);
  const y = labels(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2);
  for (const { name, options } of rows) {
    const plain = gradientOf((inputs) => lossOf(name)(inputs, y), x);
    for (const option of [{ ties: 'first' }, { ties: 'even' }, { empty_rows: 'throw' }, { stable: true }] as const) {
      if (!options.some((accepted) => accepted in option)) continue;
      const other = gradientOf((inputs) => lossOf(name, option)(inputs, y), x);
      expect(Math.abs(other.outputs[0].item() - plain.outputs[0].item()), name).toBeLessThan(1e-9);
      expect(largestDifference(other.gradient, plain.gradient), name).toBeLessThan(1e-6);
    }
  }
});
