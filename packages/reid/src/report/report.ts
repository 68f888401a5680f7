import type { ChartSeries } from './chart.js';
import { lineChart } from './chart.js';
import type { RankingExample, ReportData } from './data.js';
import { reportDataSchema } from './data.js';
import { escapeHtml, percent } from './html.js';
import { STYLE } from './style.js';

type Direction = ReportData['directions'][number];

/** Colours of the page's style, given to embeddings from the last (the result) backwards. */
const RESULT_COLOUR = 2;
const COLOURS = 4;
/** Steps over which loss and correct rows are averaged for the thick curve. */
const MEAN_OVER = 15;
const RANKS = [1, 5, 10];

function atRank(cmc: readonly number[], rank: number): number {
  return cmc[Math.min(rank, cmc.length) - 1];
}

function colourOf(index: number, count: number): number {
  return (((RESULT_COLOUR - (count - 1 - index)) % COLOURS) + COLOURS) % COLOURS;
}

function runningMean(points: readonly (readonly [number, number])[]): [number, number][] {
  return points.map(([x], i) => {
    const window = points.slice(Math.max(0, i - MEAN_OVER + 1), i + 1);
    return [x, window.reduce((sum, [, y]) => sum + y, 0) / window.length];
  });
}

function tile(value: string, label: string, detail: string): string {
  return `<div class="tile">${escapeHtml(label)}<strong>${value}</strong><span class="quiet">${escapeHtml(detail)}</span></div>`;
}

function tiles(data: ReportData): string {
  return data.directions
    .flatMap(({ name, embeddings }) => {
      const first = embeddings[0];
      const last = embeddings[embeddings.length - 1];
      const gain = (now: number, before: number): string => {
        const points = 100 * (now - before);
        return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)} points over ${first.label}`;
      };
      return [
        tile(percent(last.cmc[0]), `rank-1, ${name}`, gain(last.cmc[0], first.cmc[0])),
        tile(percent(last.mAP), `mAP, ${name}`, gain(last.mAP, first.mAP)),
      ];
    })
    .join('\n');
}

function metricsTable(directions: readonly Direction[]): string {
  const head = ['direction', 'embedding', 'mAP', 'mINP', ...RANKS.map((rank) => `rank-${rank}`), 'queries', 'gallery'];
  const rows = directions.flatMap(({ name, gallery, embeddings }) =>
    embeddings.map(({ label, mAP, mINP, cmc, validQueries }, i) => {
      const numbers = [mAP, mINP, ...RANKS.map((rank) => atRank(cmc, rank))].map(percent);
      const cells = [
        i === 0 ? escapeHtml(name) : '',
        escapeHtml(label),
        ...numbers,
        String(validQueries),
        String(gallery),
      ];
      const best = i === embeddings.length - 1 ? ' class="best"' : '';
      return `<tr${best}>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    }),
  );
  const header = head.map((cell) => `<th>${cell}</th>`).join('');
  return `<div class="table"><table class="metrics"><tr>${header}</tr>\n${rows.join('\n')}\n</table></div>`;
}

function historyChart(
  data: ReportData,
  title: string,
  valueOf: (entry: ReportData['history'][number]) => number,
): string {
  const points = data.history.map((entry): [number, number] => [entry.step, valueOf(entry)]);
  const series: ChartSeries[] = [
    { label: 'single step', colour: RESULT_COLOUR, points, faint: true },
    { label: `mean of ${MEAN_OVER} steps`, colour: RESULT_COLOUR, points: runningMean(points) },
  ];
  const asShare = title.startsWith('Correct') ? { yRange: [0, 1] as const, yFormat: percentTick } : {};
  return lineChart({ title, xLabel: 'step', series, ...asShare });
}

function percentTick(value: number): string {
  return `${Math.round(100 * value)}%`;
}

function cmcChart({ name, embeddings }: Direction): string {
  const series = embeddings.map(({ label, cmc }, i): ChartSeries => {
    const points = cmc.map((value, rank): [number, number] => [rank + 1, value]);
    return { label, colour: colourOf(i, embeddings.length), points };
  });
  return lineChart({ title: `CMC, ${name}`, xLabel: 'rank', series, yRange: [0, 1], yFormat: percentTick });
}

function picture(source: string, name: string, style: string, below: string): string {
  const text = escapeHtml(name);
  return `<div class="picture ${style}"><img src="${source}" alt="${text}" title="${text}">${below}</div>`;
}

function exampleRow({ query, ranked }: RankingExample, tall: string): string {
  const items = ranked.map(({ source, name, match, distance }) => {
    const mark = match ? '<b>✓</b>' : '<b>✗</b>';
    const style = `${match ? 'right' : 'wrong'}${tall}`;
    return `<li>${picture(source, name, style, `${mark} ${distance.toFixed(2)}`)}</li>`;
  });
  const list = `<ol class="ranked">${items.join('')}</ol>`;
  return `<div class="example">${picture(query.source, query.name, tall, 'query')}${list}</div>`;
}

/** Height over width of a PNG data URI, from its header: bytes 16 to 23. */
function aspectOf(source: string): number {
  const bytes = Buffer.from(source.slice(source.indexOf(',') + 1, 64), 'base64');
  return bytes.length >= 24 && bytes.toString('latin1', 1, 4) === 'PNG'
    ? bytes.readUInt32BE(20) / bytes.readUInt32BE(16)
    : 1;
}

function examples(directions: readonly Direction[]): string {
  return directions
    .filter((direction) => direction.examples.length > 0)
    .map(({ name, examples: all }) => {
      const rows = all.map((example) => exampleRow(example, aspectOf(example.query.source) > 1.3 ? ' tall' : ''));
      return `<h3>${escapeHtml(name)}</h3>\n${rows.join('\n')}`;
    })
    .join('\n');
}

function settingsTable(data: ReportData): string {
  const rows = data.settings.map(
    ({ name, value }) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<div class="table"><table class="settings">${rows.join('\n')}</table></div>`;
}

/**
 * Renders a training run as one HTML page that needs nothing else: styles, curves and pictures are inside, there is no
 * script. It reads well in light and dark.
 * @returns the page, to be written as `report.html`
 * @throws Error naming the first field of `data` that is wrong.
 * @example
 * await writeFile('runs/emoji/report.html', renderReport(data));
 */
export function renderReport(data: ReportData): string {
  const parsed = reportDataSchema.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`renderReport: data.${issue.path.join('.')} is invalid; ${issue.message}`);
  }
  const { title, summary, notes, directions, history } = parsed.data;
  const withExamples = directions.some((direction) => direction.examples.length > 0);
  const curves = [
    historyChart(parsed.data, 'Loss', ({ loss }) => loss),
    historyChart(parsed.data, 'Correct rows of the batch', ({ correct }) => correct),
  ];
  const sections = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="quiet">${escapeHtml(summary)}</p>`,
    `<div class="tiles">${tiles(parsed.data)}</div>`,
    `<h2>Results</h2>\n${metricsTable(directions)}`,
    ...(history.length > 0 ? [`<h2>Training</h2>\n<div class="charts">${curves.join('\n')}</div>`] : []),
    `<h2>How often the right one is among the first k</h2>\n<div class="charts">${directions.map(cmcChart).join('\n')}</div>`,
    ...(withExamples ? [`<h2>Queries and their nearest gallery pictures</h2>\n${examples(directions)}`] : []),
    `<h2>Settings</h2>\n${settingsTable(parsed.data)}`,
    ...notes.map((note) => `<p class="quiet">${escapeHtml(note)}</p>`),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    ...sections,
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
