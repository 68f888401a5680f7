/** Means and ranges over the seeds. */
import { SEEDS } from './grid.js';
import type { Results, Run, Scores } from './results.js';

export type Metric = 'rank1' | 'mAP';

/** Over the seeds; shares, not percent. */
export interface Summary {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** In the order of the seeds. */
  readonly values: readonly number[];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function summaryOf(values: readonly number[]): Summary {
  return { mean: mean(values), low: Math.min(...values), high: Math.max(...values), values };
}

/** The mean over the search directions. */
export function meanScore(scores: Scores, metric: Metric): number {
  return mean(scores.map((score) => score[metric]));
}

/** The runs of a configuration, one for each seed, in their order. Throws when one is missing. */
export function runsOf({ runs }: Results, data: Run['data'], flags: string): Run[] {
  return SEEDS.map((seed) => {
    const run = runs.find((one) => one.data === data && one.flags === flags && one.seed === seed);
    if (run === undefined) throw new Error(`runsOf: results.json has no run of ${data} ${flags} --seed ${seed}`);
    return run;
  });
}

const lastPoint = ({ points }: Run): Scores => points[points.length - 1].directions;

/** What a configuration finds after its last step, on identities it has not seen. */
export function finalScore(results: Results, data: Run['data'], flags: string, metric: Metric): Summary {
  return summaryOf(runsOf(results, data, flags).map((run) => meanScore(lastPoint(run), metric)));
}

/** How much more than another configuration, seed by seed: same split, first weights and batches. */
export function gainOver(
  results: Results,
  data: Run['data'],
  flags: string,
  reference: string,
  metric: Metric,
): Summary {
  const [ours, theirs] = [flags, reference].map((line) => finalScore(results, data, line, metric).values);
  return summaryOf(ours.map((value, i) => value - theirs[i]));
}

/** A share in percent, with its range: `61.2 (60.1 to 62.4)`. */
export function percentText({ mean: middle, low, high }: Summary): string {
  const [a, b, c] = [middle, low, high].map((value) => (100 * value).toFixed(1));
  return `${a} (${b} to ${c})`;
}

/** A difference in percentage points: `+1.3 (−0.4 to +2.1)`. */
export function gainText({ mean: middle, low, high }: Summary): string {
  const [a, b, c] = [middle, low, high].map((value) => signed(100 * value));
  return `${a} (${b} to ${c})`;
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(1);
  return Number(text) === 0 ? '0.0' : `${value < 0 ? '−' : '+'}${text}`;
}

/** A number with its range, `digits` after the point. */
export function numberText({ mean: middle, low, high }: Summary, digits: number): string {
  const [a, b, c] = [middle, low, high].map((value) => value.toFixed(digits));
  return `${a} (${b} to ${c})`;
}

/** What one configuration is to another at rank-1, told from it only where all seeds agree. */
export function verdict(
  results: Results,
  data: Run['data'],
  flags: string,
  reference: string,
): { readonly word: 'above' | 'below' | 'not told apart from'; readonly detail: string } {
  const gain = gainOver(results, data, flags, reference, 'rank1');
  const count = gain.values.length;
  const above = gain.values.filter((value) => value > 0).length;
  const below = gain.values.filter((value) => value < 0).length;
  const word = above === count ? 'above' : below === count ? 'below' : 'not told apart from';
  const seeds = word === 'not told apart from' ? `above for ${above} of ${count} seeds` : `all ${count} seeds`;
  return { word, detail: `${seeds}, mean ${signed(100 * gain.mean)} points` };
}
