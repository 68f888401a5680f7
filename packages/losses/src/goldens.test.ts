import { describe, expect, it } from 'vitest';
import { arrayOf, lossCalls, runCase, scaleOf, tensorOf } from '../../../test/fixtures/loss-calls.js';
import { literals, sixPointRows } from '../../../test/goldens/literals.js';
import type { Literal } from '../../../test/goldens/literals.js';
import { expectClose, loadGoldens } from '../../../test/goldens/load.js';
import type { GoldenArray, GoldenCase } from '../../../test/goldens/load.js';
import { generate } from '../../../test/goldens/inputs.js';
import { autograd } from '@reidgrad/core';
import { pdist_torch } from './distances.js';
import { allRows, pairsWithSelf } from './family/parts/mask.js';
import { hardestSelected, weightedMeans } from './family/parts/miner.js';

const goldens = loadGoldens('losses');

/** Relative to the largest element of the array. */
const TOLERANCE = { float64: 1e-10, float32: 1e-5 };

/**
 * In float32 the squared diagonal of normalised rows is a rounding error of 1e-7 instead of 0. Its root has a slope of up
 * to 5e5, so rounding shows in the gradient, in PyTorch as here; the float64 cases hold the mathematics.
 */
const TOLERANCE_OF_NORMALISED_WRT_GRADIENT = 1e-4;

/** float32 cases in which a rounding error is all there is to compare; their float64 twins are compared. */
const ROUNDING_DECIDES = [
  {
    name: 'six points + 0.5',
    arg: 'distance_metric',
    value: 'angular',
    why: 'two negatives point the same way: a tie',
  },
  { name: 'all distinct', arg: 'normalize_feature', value: true, why: 'the furthest positive is the diagonal itself' },
] as const;

function roundingDecides(golden: GoldenCase): boolean {
  if (golden.dtype === 'float64') return false;
  return ROUNDING_DECIDES.some(({ name, arg, value }) => golden.name === name && golden.args[arg] === value);
}

const title = ({ fn, name, dtype, args }: GoldenCase): string => `${fn} ${JSON.stringify(args)} ${name} ${dtype}`;

/** The largest element, or 1 for an array that is zero but for rounding. */
function scaleFor(expected: GoldenArray): number {
  const scale = scaleOf(expected);
  return scale < 1e-4 ? 1 : scale;
}

function compare(golden: GoldenCase): void {
  const { outputs, grads } = runCase(golden);
  const rtol = TOLERANCE[golden.dtype];
  const normalised = golden.dtype === 'float32' && golden.args.normalize_feature === true;
  const gradientRtol = normalised ? TOLERANCE_OF_NORMALISED_WRT_GRADIENT : rtol;
  for (const [name, expected] of Object.entries(golden.outputs ?? {})) {
    expectClose(
      arrayOf(outputs[name]),
      expected,
      { rtol, atol: rtol * scaleFor(expected) },
      `${title(golden)}: ${name}`,
    );
  }
  for (const [name, expected] of Object.entries(golden.grads ?? {})) {
    const tolerance = { rtol: gradientRtol, atol: gradientRtol * scaleFor(expected) };
    expectClose(arrayOf(grads[name]), expected, tolerance, `${title(golden)}: gradient of ${name}`);
  }
}

const kinds = new Map<string, GoldenCase[]>();
for (const golden of goldens.filter((golden) => !roundingDecides(golden))) {
  const kind = `${golden.fn} ${golden.dtype}`;
  kinds.set(kind, [...(kinds.get(kind) ?? []), golden]);
}

describe("the authors' code in PyTorch", () => {
  for (const [kind, cases] of kinds) {
    it(`${kind}: ${cases.length} cases`, () => {
      const failures = cases.flatMap((golden) => {
        try {
          if (golden.error === undefined) compare(golden);
          else expect(() => runCase(golden), title(golden)).toThrow();
          return [];
        } catch (error) {
          return [error instanceof Error ? error.message : String(error)];
        }
      });
      expect(failures).toEqual([]);
    });
  }

  it('leaves out what rounding decides, and no more', () => {
    expect(goldens.filter(roundingDecides).map(title)).toMatchInlineSnapshot(`
      [
        "TripletSemiHardLoss {"margin":0.3,"distance_metric":"angular"} six points + 0.5 float32",
        "TripletHardLoss {"margin":0.3,"distance_metric":"angular","soft":false} six points + 0.5 float32",
        "TripletHardLoss {"margin":0.3,"distance_metric":"angular","soft":true} six points + 0.5 float32",
        "TripletLoss_WRT {"normalize_feature":true} all distinct float32",
      ]
    `);
  });

  it('covers every function', () => {
    expect(new Set(goldens.map(({ fn }) => fn))).toEqual(new Set(Object.keys(lossCalls)));
  });
});

/** The embeddings of a literal: written with it, or those of a golden case. */
function embeddingsOf(literal: Literal): { shape: number[]; values: number[] } {
  if (literal.embeddings !== undefined) {
    const [first] = literal.embeddings;
    return { shape: [literal.embeddings.length, first.length], values: literal.embeddings.flat() };
  }
  const golden = goldens.find(({ fn, name }) => fn === literal.fn && name === literal.golden);
  if (golden === undefined) throw new Error(`${literal.name}: no golden case ${literal.golden}`);
  const { embeddings } = golden.inputs;
  return { shape: [...embeddings.shape], values: generate(embeddings, embeddings.key) };
}

/** A literal's nested lists as an array. */
function arrayFrom(expected: Literal['expected'][string]): GoldenArray {
  if (typeof expected === 'number') return { shape: [], data: [Number.isNaN(expected) ? 'NaN' : expected] };
  const rows = expected.map((row) => (typeof row === 'number' ? [row] : row));
  const flat = typeof expected[0] === 'number';
  return { shape: flat ? [rows.length] : [rows.length, rows[0].length], data: rows.flat() };
}

describe('published numbers', () => {
  for (const literal of literals) {
    it(`${literal.fn} ${JSON.stringify(literal.args)}: ${literal.name}`, () => {
      const { shape, values } = embeddingsOf(literal);
      const embeddings = tensorOf(values, shape, 'float64').requires_grad_();
      const { labels = [] } = literal;
      const outputs = lossCalls[literal.fn](
        { embeddings, labels: tensorOf(labels, [labels.length], 'int64') },
        literal.args,
      );
      for (const [name, expected] of Object.entries(literal.expected)) {
        const actual = name === 'grad' ? autograd.grad(outputs.loss, [embeddings])[0] : outputs[name];
        expectClose(arrayOf(actual), arrayFrom(expected), { rtol: 0, atol: literal.atol }, name);
      }
    });
  }

  it('the rows of OriTripletLoss and TripletLoss_WRT on the six points', () => {
    const { embeddings, labels, distAp, distAn, distAtol } = sixPointRows;
    const { furthestPositive, closestNegative, weightedAtol } = sixPointRows;
    const x = tensorOf(embeddings.flat(), [6, 2], 'float64');
    const distances = pdist_torch(x, x);
    const pairs = pairsWithSelf(allRows(tensorOf(labels, [6], 'int64')));
    const [ap, an] = hardestSelected(distances, pairs, 'even');
    const [fp, cn] = weightedMeans(1, false)(distances, pairs, 'even');
    for (const [actual, expected, atol] of [
      [ap, distAp, distAtol],
      [an, distAn, distAtol],
      [fp, furthestPositive, weightedAtol],
      [cn, closestNegative, weightedAtol],
    ] as const) {
      expectClose(arrayOf(actual), { shape: [6], data: [...expected] }, { rtol: 0, atol });
    }
  });
});
