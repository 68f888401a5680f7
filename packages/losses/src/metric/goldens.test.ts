import { describe, expect, it } from 'vitest';
import { arrayOf, scaleOf } from '../../../../test/fixtures/loss-calls.js';
import { expectClose } from '../../../../test/goldens/load.js';
import type { GoldenArray } from '../../../../test/goldens/load.js';
import { metricGoldens, runMetricCase } from '../../../../test/fixtures/metric-calls.js';
import type { MetricCase } from '../../../../test/fixtures/metric-calls.js';

const goldens = metricGoldens();
const RTOL = { float64: 1e-10, float32: 1e-5 };

/** Batches in which equal rows or distances leave it to the rounding of float32 what is chosen. */
const EXACT_ONLY = ['tied', 'duplicates', 'one triplet'];

const title = ({ fn, name, args }: MetricCase): string => `${fn} ${name} ${JSON.stringify(args)}`;

function tuplesOf({ shape, data }: GoldenArray): number[][] {
  return Array.from({ length: shape[0] }, (_, i) => data.slice(i * shape[1], (i + 1) * shape[1]).map(Number));
}

function compare(golden: MetricCase, dtype: 'float32' | 'float64'): void {
  const { outputs, grads, indices } = runMetricCase(golden, dtype);
  if (indices !== null) {
    const expected = Object.entries(golden.outputs ?? {}).map(([name, array]) => [name, tuplesOf(array)]);
    expect(indices, title(golden)).toEqual(Object.fromEntries(expected));
    return;
  }
  const check = (actual: (typeof outputs)[string], expected: GoldenArray, what: string): void => {
    const scale = scaleOf(expected);
    const atol = RTOL[dtype] * (scale < 1e-3 ? 1 : scale);
    expectClose(arrayOf(actual), expected, { rtol: RTOL[dtype], atol }, `${title(golden)}: ${what}`);
  };
  for (const [name, expected] of Object.entries(golden.outputs ?? {})) check(outputs[name], expected, name);
  for (const [name, expected] of Object.entries(golden.grads ?? {}))
    check(grads[name], expected, `gradient of ${name}`);
}

const kinds = [...new Set(goldens.map(({ fn }) => fn))];

describe('pytorch-metric-learning', () => {
  it.each(kinds.flatMap((fn) => (['float64', 'float32'] as const).map((dtype) => [fn, dtype] as const)))(
    '%s, %s',
    (fn, dtype) => {
      const cases = goldens.filter(
        (golden) => golden.fn === fn && (dtype === 'float64' || !EXACT_ONLY.includes(golden.name)),
      );
      expect(cases.length).toBeGreaterThan(0);
      const failures = cases.flatMap((golden) => {
        try {
          compare(golden, dtype);
          return [];
        } catch (error) {
          return [error instanceof Error ? error.message : String(error)];
        }
      });
      expect(failures).toEqual([]);
    },
  );
});
