/** Every variant of the triplet family against the code it comes from. */
import { describe, expect, it } from 'vitest';
import { arrayOf, scaleOf } from '../../../../test/fixtures/loss-calls.js';
import { expectClose, loadGoldens } from '../../../../test/goldens/load.js';
import type { GoldenArray, GoldenCase } from '../../../../test/goldens/load.js';
import { calls, runFamilyCase } from './calls.testing.js';

const goldens = loadGoldens('triplet-family');
const TOLERANCE = { float64: 1e-10, float32: 1e-5 };

interface Exception {
  dtype: GoldenCase['dtype'];
  matches: (golden: GoldenCase) => boolean;
  rtol: number;
  /** Read by people. */
  why: string;
}

/** What needs a looser comparison. */
const EXCEPTIONS: readonly Exception[] = [
  {
    dtype: 'float32',
    matches: ({ fn, args }) => args.normalize_feature === true && /WRT|WeightedRegularized/.test(fn),
    rtol: 1e-3,
    why: 'the squared diagonal of unit rows is a rounding error of 1e-7 under a root, and the softmax weighs it',
  },
];

const title = ({ fn, name, dtype, args }: GoldenCase): string => `${fn} ${JSON.stringify(args)} ${name} ${dtype}`;

function failuresOf(golden: GoldenCase, exceptions = EXCEPTIONS): string[] {
  const exception = exceptions.find(({ dtype, matches }) => dtype === golden.dtype && matches(golden));
  const rtol = exception?.rtol ?? TOLERANCE[golden.dtype];
  try {
    if (golden.error !== undefined) {
      expect(() => runFamilyCase(golden), title(golden)).toThrow();
      return [];
    }
    const { outputs, grads } = runFamilyCase(golden);
    const compare = (what: string, actual: (typeof outputs)[string], expected: GoldenArray): void => {
      const scale = scaleOf(expected);
      const atol = rtol * (scale < 1e-4 ? 1 : scale);
      expectClose(arrayOf(actual), expected, { rtol, atol }, `${title(golden)}: ${what}`);
    };
    for (const [name, expected] of Object.entries(golden.outputs ?? {})) compare(name, outputs[name], expected);
    for (const [name, expected] of Object.entries(golden.grads ?? {})) {
      compare(`gradient of ${name}`, grads[name], expected);
    }
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const kinds = new Map<string, GoldenCase[]>();
for (const golden of goldens) {
  const kind = `${golden.fn} ${golden.dtype}`;
  kinds.set(kind, [...(kinds.get(kind) ?? []), golden]);
}

describe("the repositories' code in PyTorch", () => {
  it.each([...kinds])('%s', (_kind, cases) => {
    expect(cases.flatMap((golden) => failuresOf(golden))).toEqual([]);
  });

  it('covers every call', () => {
    expect(new Set(goldens.map(({ fn }) => fn))).toEqual(new Set(Object.keys(calls)));
  });

  it('needs every exception', () => {
    const unused = EXCEPTIONS.filter(
      ({ dtype, matches }) =>
        !goldens.some((golden) => golden.dtype === dtype && matches(golden) && failuresOf(golden, []).length > 0),
    );
    expect(unused).toEqual([]);
  });
});
