/** The measured parts of docs/choosing-a-loss.md, as Markdown. */
import {
  CE_WEIGHTS,
  COLLAPSE,
  COLLAPSING,
  LATER,
  LONG,
  LONG_LOSSES,
  LOSSES,
  MARGINS,
  MEASURED_AT,
  PERSON_SHAPES,
  SEEDS,
  SHAPES,
  weighted,
  withMargin,
} from './grid.js';
import { SCALES } from './scale.js';
import type { Results, Run, Scores } from './results.js';
import {
  finalScore,
  gainOver,
  gainText,
  meanScore,
  numberText,
  percentText,
  runsOf,
  summaryOf,
  verdict,
} from './summary.js';
import type { Metric, Summary } from './summary.js';

type Data = Run['data'];

const ORI = '--loss ori';
const WRT = '--loss wrt';
const WRT_SCALED = '--loss wrt --normalize 1';
const NONE = '--loss none';

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const align = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, align, ...rows].map(line).join('\n');
}

const code = (text: string): string => `\`${text}\``;

/** Flags as a reader knows them: the loss, with what is added to it. */
const nameOf = (flags: string): string => code(flags.replace('--loss ', ''));

const score = (results: Results, data: Data, flags: string, metric: Metric): string =>
  percentText(finalScore(results, data, flags, metric));

const gain = (results: Results, data: Data, flags: string, reference: string): string =>
  flags === reference ? '' : gainText(gainOver(results, data, flags, reference, 'rank1'));

function shapeOf(data: Data, results: Results): string {
  const [first, ...others] = results.baselines.filter((baseline) => baseline.data === data);
  if (others.some(({ queries }) => queries !== first.queries)) throw new Error(`shapeOf: ${data} differs by seed`);
  const { trainIdentities, trainPictures, queries, gallery } = first;
  const number = (value: number): string => value.toLocaleString('en-US');
  return (
    `${number(trainPictures)} pictures of ${number(trainIdentities)} identities to train on; ` +
    `${number(queries)} queries and ${number(gallery)} gallery pictures of others`
  );
}

function baselines(results: Results): string {
  const rowsOf = (data: Data): string[][] => {
    const own = results.baselines.filter((baseline) => baseline.data === data);
    const over = (scores: readonly Scores[], metric: Metric): string =>
      percentText(summaryOf(scores.map((one) => meanScore(one, metric))));
    return (['pixels', 'untrained'] as const).map((kind) => {
      const scores = own.map((baseline) => baseline[kind]);
      return [data, kind === 'pixels' ? 'raw pixels' : 'untrained network', over(scores, 'rank1'), over(scores, 'mAP')];
    });
  };
  const sizes = `- emoji: ${shapeOf('emoji', results)}, in both directions.\n- persons: ${shapeOf('persons', results)}.`;
  const rows = [...rowsOf('emoji'), ...rowsOf('persons')];
  return `${sizes}\n\n${table(['data', 'without training', 'rank-1 %', 'mAP %'], rows)}`;
}

function lossTable(results: Results): string {
  const without = (flags: string, metric: Metric): string =>
    flags === NONE ? '' : score(results, 'emoji', weighted(flags, 0), metric);
  const rows = [NONE, ...LOSSES].map((flags) => [
    nameOf(flags),
    score(results, 'emoji', flags, 'rank1'),
    gain(results, 'emoji', flags, ORI),
    score(results, 'emoji', flags, 'mAP'),
    without(flags, 'rank1'),
    without(flags, 'mAP'),
  ]);
  const head = ['loss', 'rank-1 %', `points over ${code('ori')}`, 'mAP %', 'rank-1 %, no CE', 'mAP %, no CE'];
  return table(head, rows);
}

function weightTable(results: Results): string {
  const rows = [ORI, WRT, WRT_SCALED, LATER].flatMap((flags) =>
    (['rank1', 'mAP'] as const).map((metric) => [
      nameOf(flags),
      metric === 'rank1' ? 'rank-1' : 'mAP',
      ...CE_WEIGHTS.map((weight) => score(results, 'emoji', weighted(flags, weight), metric)),
    ]),
  );
  const sentences = CE_WEIGHTS.map((weight) => {
    const parts = Object.entries({ 'raw rows': WRT, 'rows of length 1': WRT_SCALED, 'rows of length 5': LATER }).map(
      ([name, flags]) => {
        const { word, detail } = verdict(results, 'emoji', weighted(flags, weight), weighted(ORI, weight));
        return `on ${name} ${word} batch-hard (${detail})`;
      },
    );
    return `- Weight ${weight}: WRT is ${parts.join(', ')}.`;
  });
  const head = ['loss', '%', ...CE_WEIGHTS.map((weight) => `cross-entropy × ${weight}`)];
  return `${table(head, rows)}\n\n${sentences.join('\n')}`;
}

/** Batch-hard against WRT on raw rows, in points of rank-1. */
function knownTable(results: Results): string {
  const comparisons = (['emoji', 'persons'] as const).flatMap((data) =>
    ['', LONG[data], '--ce-weight 0'].map((more) => ({ data, more })),
  );
  const rows = comparisons.map(({ data, more }) => {
    const [hinge, soft, wrt] = [ORI, '--loss soft-margin', WRT].map((loss) => `${loss} ${more}`.trim());
    const cell = (flags: string): string => {
      const points = gainText(gainOver(results, data, flags, wrt, 'rank1'));
      return `${points}, ${verdict(results, data, flags, wrt).word}`;
    };
    const notRun = !results.runs.some((run) => run.data === data && run.flags === soft);
    const [{ steps }] = runsOf(results, data, wrt);
    return [data, String(steps), more === '--ce-weight 0' ? '0' : '1', cell(hinge), notRun ? 'not run' : cell(soft)];
  });
  const against = ['margin 0.3', 'soft margin'].map((name) => `${name} against WRT, points`);
  return table(['data', 'steps', 'weight of cross-entropy', ...against], rows);
}

function marginTable(results: Results): string {
  const kinds = [...MARGINS.map((margin) => withMargin(ORI, margin)), '--loss soft-margin'];
  const names = [...MARGINS.map((margin) => `hinge, margin ${margin}`), 'soft margin'];
  const rows = kinds.map((flags, i) => [
    names[i],
    ...[1, 0].flatMap((weight) =>
      (['rank1', 'mAP'] as const).map((metric) => score(results, 'emoji', weighted(flags, weight), metric)),
    ),
  ]);
  return table(['batch-hard', 'rank-1 %', 'mAP %', 'rank-1 %, no CE', 'mAP %, no CE'], rows);
}

function shapeTable(results: Results, data: Data, own: string, shapes: Readonly<Record<string, string>>): string {
  const rows = Object.entries({ [own]: '', ...shapes }).map(([shape, flags]) => {
    const lines = [ORI, WRT].map((loss) => `${loss} ${flags}`.trim());
    const [run] = runsOf(results, data, lines[0]);
    return [
      shape,
      String(run.rows),
      String(run.steps),
      (run.rows * run.steps).toLocaleString('en-US'),
      ...lines.map((line) => score(results, data, line, 'rank1')),
      ...lines.map((line) => score(results, data, line, 'mAP')),
    ];
  });
  const losses = (metric: string): string[] => ['ori', 'wrt'].map((loss) => `${code(loss)}, ${metric} %`);
  return table(['P x K', 'rows', 'steps', 'pictures', ...losses('rank-1'), ...losses('mAP')], rows);
}

/** On persons, a loss on features against cross-entropy alone. */
function personTable(results: Results): string {
  const without = [ORI, WRT, WRT_SCALED].map((flags) => weighted(flags, 0));
  const rows = [NONE, ...LOSSES, LATER, ...without].map((flags) => [
    nameOf(flags),
    score(results, 'persons', flags, 'rank1'),
    gain(results, 'persons', flags, ORI),
    gain(results, 'persons', flags, NONE),
    score(results, 'persons', flags, 'mAP'),
  ]);
  const against = [ORI, NONE].map((flags) => `points over ${nameOf(flags)}`);
  return table(['loss', 'rank-1 %', ...against, 'mAP %'], rows);
}

/** At the length of `npm start`. */
function longTable(results: Results, data: Data): string {
  const long = (flags: string): string => `${flags} ${LONG[data]}`;
  const rows = LONG_LOSSES[data].map((flags) => [
    nameOf(flags),
    score(results, data, flags, 'rank1'),
    score(results, data, long(flags), 'rank1'),
    gain(results, data, long(flags), long(ORI)),
    score(results, data, long(flags), 'mAP'),
  ]);
  const [before, after] = [ORI, long(ORI)].map((flags) => runsOf(results, data, flags)[0].steps);
  const head = ['loss', `rank-1 % at ${before} steps`, `rank-1 % at ${after}`, `points over ${code('ori')}`, 'mAP %'];
  return table(head, rows);
}

function distanceTable(results: Results): string {
  const over = (flags: string, of: (run: Run) => number, digits: number): string =>
    numberText(summaryOf(runsOf(results, 'emoji', flags).map(of)), digits);
  const end = (values: readonly number[]): number => values[values.length - 1];
  const flagsOf = [
    NONE,
    ...[ORI, '--loss soft-margin', WRT, WRT_SCALED, '--loss batch-all', '--loss circle'].map((flags) =>
      weighted(flags, 0),
    ),
    ...COLLAPSING.map((flags) => `${flags} ${COLLAPSE}`),
  ];
  const rows = flagsOf.map((flags) => [
    nameOf(flags),
    over(flags, ({ loss }) => loss[0], 3),
    over(flags, ({ loss }) => end(loss), 3),
    over(flags, ({ correct }) => 100 * end(correct), 0),
    over(flags, ({ distances }) => distances.positive, 2),
    over(flags, ({ distances }) => distances.negative, 2),
    score(results, 'emoji', flags, 'rank1'),
  ]);
  const head = ['run', 'loss, first 4 %', 'loss, last 4 %', 'correct rows %', 'furthest positive', 'closest negative'];
  return table([...head, 'rank-1 %'], rows);
}

function scaleTable(results: Results): string {
  const over = (scale: number, of: (row: Results['scale'][number]) => number): Summary =>
    summaryOf(results.scale.filter((row) => row.scale === scale).map(of));
  const short = (value: number): string => (value >= 0.01 || value === 0 ? value.toFixed(2) : value.toExponential(1));
  const text = ({ mean }: Summary): string => short(mean);
  const rows = SCALES.map((scale) => [
    String(scale),
    text(over(scale, ({ negative }) => negative)),
    ...(['origin', 'stable'] as const).flatMap((name) => [
      text(over(scale, ({ variants }) => variants[name].closestNegative)),
      text(over(scale, ({ variants }) => variants[name].weightSum)),
      text(over(scale, ({ variants }) => variants[name].loss)),
      over(scale, ({ variants }) => variants[name].correct).mean.toFixed(0),
    ]),
  ]);
  const columns = ['closest negative', 'sum of weights', 'loss', 'correct of 64'];
  return table(
    ['length of the rows', 'real closest negative', ...columns, ...columns.map((c) => `${c}, stable`)],
    rows,
  );
}

function seedList(): string {
  return `Seeds ${SEEDS.join(', ')}; measured after ${MEASURED_AT.map((share) => `${100 * share} %`).join(', ')} of the steps.`;
}

/** All blocks by the name that marks them on the page. */
export const BLOCKS: Readonly<Record<string, (results: Results) => string>> = {
  seeds: seedList,
  baselines,
  losses: lossTable,
  weights: weightTable,
  known: knownTable,
  margins: marginTable,
  shapes: (results) => shapeTable(results, 'emoji', '32 x 2', SHAPES),
  persons: personTable,
  'person-shapes': (results) => shapeTable(results, 'persons', '12 x 4', PERSON_SHAPES),
  long: (results) => longTable(results, 'emoji'),
  'long-persons': (results) => longTable(results, 'persons'),
  distances: distanceTable,
  scale: scaleTable,
};
