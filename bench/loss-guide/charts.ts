/** The curves of docs/choosing-a-loss.md, as SVG files. */
import { chartSvg } from '@reidgrad/reid';
import type { ChartSeries } from '@reidgrad/reid';
import { CE_WEIGHTS, COLLAPSE, COLLAPSING, CURVE_POINTS, LATER, LONG, SEEDS, SHAPES, weighted } from './grid.js';
import type { Results, Run } from './results.js';
import { finalScore, meanScore, runsOf, summaryOf } from './summary.js';
import type { Summary } from './summary.js';

type Data = Run['data'];
type Series = readonly (readonly [label: string, flags: string, colour: number])[];

const BAND = `mean and range of seeds ${SEEDS.join(', ')}`;
const THOUSAND = 1000;
/** Of emoji. */
const RANK1_RANGE = [0.15, 0.7] as const;
const percentTick = (value: number): string => `${Math.round(100 * value)}%`;

function seriesOf(label: string, colour: number, at: readonly number[], summaries: readonly Summary[]): ChartSeries {
  return {
    label,
    colour,
    points: summaries.map(({ mean }, i) => [at[i], mean]),
    band: summaries.map(({ low, high }, i) => [at[i], low, high]),
  };
}

/** Rank-1 against the pictures seen, from the untrained network on. */
function learning(results: Results, data: Data, label: string, flags: string, colour: number): ChartSeries {
  const runs = runsOf(results, data, flags);
  const untrained = results.baselines
    .filter((one) => one.data === data)
    .map((one) => meanScore(one.untrained, 'rank1'));
  const later = runs[0].points.map((_, i) =>
    summaryOf(runs.map(({ points }) => meanScore(points[i].directions, 'rank1'))),
  );
  const at = [0, ...runs[0].points.map(({ pictures }) => pictures / THOUSAND)];
  return seriesOf(label, colour, at, [summaryOf(untrained), ...later]);
}

function learningChart(
  title: string,
  data: Data,
  series: Series,
  yRange: readonly [number, number] = RANK1_RANGE,
): (results: Results) => string {
  return (results) =>
    chartSvg({
      title: `${title}: rank-1 on unseen identities`,
      xLabel: `thousand pictures seen (${BAND})`,
      series: series.map(([label, flags, colour]) => learning(results, data, label, flags, colour)),
      yRange,
      yFormat: percentTick,
    });
}

/** A curve that is kept of every step: the loss, or the share of correct rows. */
function stepChart(
  title: string,
  of: 'loss' | 'correct',
  series: Series,
  more: { yRange?: readonly [number, number] } = {},
): (results: Results) => string {
  const drawn = (results: Results, flags: string, label: string, colour: number): ChartSeries => {
    const runs = runsOf(results, 'emoji', flags);
    const { rows, steps } = runs[0];
    const at = Array.from({ length: CURVE_POINTS }, (_, i) => ((i + 0.5) / CURVE_POINTS) * steps * (rows / THOUSAND));
    return seriesOf(
      label,
      colour,
      at,
      at.map((_, i) => summaryOf(runs.map((run) => run[of][i]))),
    );
  };
  return (results) =>
    chartSvg({
      title,
      xLabel: `thousand pictures seen (${BAND})`,
      series: series.map(([label, flags, colour]) => drawn(results, flags, label, colour)),
      yFormat: of === 'correct' ? percentTick : String,
      ...more,
    });
}

function weightChart(results: Results): string {
  const places = CE_WEIGHTS.map((_, i) => i);
  const kinds = [
    ['batch-hard, margin 0.3', '--loss ori', 1],
    ['WRT, raw', '--loss wrt', 3],
    ['WRT, length 1', '--loss wrt --normalize 1', 4],
    ['WRT, length 5', LATER, 7],
  ] as const;
  return chartSvg({
    title: 'Weight of cross-entropy: rank-1 on unseen identities',
    xLabel: `weight of cross-entropy (${BAND})`,
    series: kinds.map(([label, flags, colour]) => {
      const summaries = CE_WEIGHTS.map((weight) => finalScore(results, 'emoji', weighted(flags, weight), 'rank1'));
      return seriesOf(label, colour, places, summaries);
    }),
    xTicks: CE_WEIGHTS.map((weight, i) => [i, String(weight)]),
    yRange: RANK1_RANGE,
    yFormat: percentTick,
  });
}

function scaleChart(results: Results): string {
  const scales = [...new Set(results.scale.map(({ scale }) => scale))];
  const series = (['origin', 'stable'] as const).map((name, i) => {
    const at = (scale: number): Summary =>
      summaryOf(results.scale.filter((row) => row.scale === scale).map(({ variants }) => variants[name].loss));
    return seriesOf(name === 'origin' ? 'as the origin' : 'stable: true', i + 1, scales, scales.map(at));
  });
  return chartSvg({
    title: 'TripletLoss_WRT of the same rows, longer and longer',
    xLabel: `length of the rows, 16 x 4, 2048 features (${BAND})`,
    series,
    xTicks: scales.map((scale) => [scale, String(scale)]),
  });
}

const without = (series: Series): Series => series.map(([label, flags, colour]) => [label, weighted(flags, 0), colour]);

const NONE: Series = [['cross-entropy alone', '--loss none', 0]];
const TRIPLETS: Series = [
  ['batch-hard, margin 0.3', '--loss ori', 1],
  ['batch-hard, soft margin', '--loss soft-margin', 2],
  ['WRT, raw', '--loss wrt', 3],
  ['WRT, length 1', '--loss wrt --normalize 1', 4],
];
const OTHERS: Series = [
  ['batch-all, margin 0.3', '--loss batch-all', 5],
  ['semi-hard, margin 0.3', '--loss semi-hard', 6],
  ['circle', '--loss circle', 7],
];
const COSINES: Series = [
  ['multi-similarity, mined', '--loss multi-similarity', 2],
  ['SupCon', '--loss sup-con', 1],
];
const PERSONS_RANGE = [0, 0.65] as const;
const CIRCLE: Series = [['circle', '--loss circle', 7]];

/** At the length of `npm start`. */
const long = (data: Data, series: Series): Series =>
  series.map(([label, flags, colour]) => [label, `${flags} ${LONG[data]}`, colour]);

/** All charts, by the name of their file in docs/choosing-a-loss. */
export const CHARTS: Readonly<Record<string, (results: Results) => string>> = {
  'triplets.svg': learningChart('Batch-hard and WRT beside cross-entropy', 'emoji', [...NONE, ...TRIPLETS]),
  'others.svg': learningChart('Other losses beside cross-entropy', 'emoji', [...NONE, ...OTHERS, ...COSINES]),
  'without.svg': learningChart('Without cross-entropy', 'emoji', without([...TRIPLETS, ...OTHERS])),
  'weights.svg': weightChart,
  'shapes.svg': learningChart('Batch-hard by P x K', 'emoji', [
    ['32 x 2', '--loss ori', 1],
    ...Object.entries(SHAPES).map(([shape, flags], i) => [shape, `--loss ori ${flags}`, i + 2] as const),
  ]),
  'persons.svg': learningChart('Persons, short', 'persons', [...NONE, ...TRIPLETS, ...CIRCLE], PERSONS_RANGE),
  'long-emoji.svg': learningChart('Emoji, longer', 'emoji', long('emoji', [...NONE, ...TRIPLETS, ...CIRCLE])),
  'long-persons.svg': learningChart(
    'Persons, longer',
    'persons',
    long('persons', [...NONE, ...TRIPLETS, ...CIRCLE]),
    PERSONS_RANGE,
  ),
  'loss.svg': stepChart('Loss without cross-entropy', 'loss', without(TRIPLETS)),
  'correct.svg': stepChart('Correct rows of the batch, without cross-entropy', 'correct', without(TRIPLETS), {
    yRange: [0, 1],
  }),
  'collapse.svg': stepChart(
    'Ten times the learning rate, without cross-entropy: the loss',
    'loss',
    COLLAPSING.map((flags, i) => [flags.replace('--loss ', ''), `${flags} ${COLLAPSE}`, i + 1] as const),
    { yRange: [0, 1.5] },
  ),
  'scale.svg': scaleChart,
};
