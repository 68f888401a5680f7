import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { badArgument } from '@reidgrad/core/graph';
import { escapeHtml } from './html.js';

/** A curve of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Class that gives it its colour: `series-0`, `series-1`, ... in the page's style. */
  readonly colour: number;
  readonly points: readonly (readonly [number, number])[];
  /** Drawn thin and pale, without a legend: single values behind their running mean. */
  readonly faint?: boolean;
  /** A pale band behind the curve: x, lowest and highest value. */
  readonly band?: readonly (readonly [number, number, number])[];
}

/** Options of {@link lineChart} and {@link chartSvg}. */
export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly ChartSeries[];
  /** Ends of the y axis, where curves are cut off; by default from 0 to the largest value, rounded up. */
  readonly yRange?: readonly [number, number];
  /** Text of a y tick; by default the number. */
  readonly yFormat?: (value: number) => string;
  /** Text below some places of the x axis; by default round numbers. */
  readonly xTicks?: readonly (readonly [number, string])[];
}

const WIDTH = 520;
const HEIGHT = 300;
const MARGIN = { top: 14, right: 16, bottom: 42, left: 52 };
const GRID_LINES = 5;
const X_TICKS = 6;

/** Cuts off what leaves the plot: an SVG inside another hides what is outside it. Lines on the edge keep their width. */
const CUT = (() => {
  const [x, y, width, height] = [
    MARGIN.left - 2,
    MARGIN.top - 2,
    WIDTH - MARGIN.left - MARGIN.right + 4,
    HEIGHT - MARGIN.top - MARGIN.bottom + 4,
  ];
  return `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">`;
})();

function extent(values: readonly number[]): [number, number] {
  return values.length === 0
    ? [0, 1]
    : values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** Grid, axes and curves, as elements of an SVG of WIDTH x HEIGHT. */
function plot(options: ChartOptions): string[] {
  const { xLabel, series, yFormat = String } = options;
  const points = series.flatMap(({ points: all, band = [] }) => [
    ...all,
    ...band.flatMap(([at, low, high]) => [[at, low] as const, [at, high] as const]),
  ]);
  const [low, high] = extent(points.map(([, y]) => y));
  const x = scaleLinear(extent(points.map(([value]) => value)), [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear(options.yRange ?? [Math.min(0, low), high], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  if (options.yRange === undefined) {
    y.nice(GRID_LINES);
  }
  const path = line<readonly [number, number]>(
    ([value]) => x(value),
    ([, value]) => y(value),
  ).digits(1);
  const bandPath = area<readonly [number, number, number]>(
    ([value]) => x(value),
    ([, lowest]) => y(lowest),
    ([, , highest]) => y(highest),
  ).digits(1);
  const grid = y.ticks(GRID_LINES).map((tick) => {
    const at = y(tick).toFixed(1);
    const label = `<text x="${MARGIN.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${escapeHtml(yFormat(tick))}</text>`;
    return `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>${label}`;
  });
  const base = HEIGHT - MARGIN.bottom;
  const ticks = (options.xTicks ?? x.ticks(X_TICKS).map((tick) => [tick, String(tick)] as const)).map(
    ([tick, text]) =>
      `<text x="${x(tick).toFixed(1)}" y="${base + 18}" text-anchor="middle">${escapeHtml(text)}</text>`,
  );
  const bands = series.flatMap(({ colour, band }) =>
    band === undefined ? [] : [`<path class="band series-${colour}" d="${bandPath(band) ?? ''}"/>`],
  );
  const curves = series.map(({ colour, faint, points: own }) => {
    const style = `curve series-${colour}${faint === true ? ' faint' : ''}`;
    return `<path class="${style}" d="${path(own) ?? ''}"/>`;
  });
  const centre = (MARGIN.left + WIDTH - MARGIN.right) / 2;
  return [
    ...grid,
    ...ticks,
    `<text x="${centre}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(xLabel)}</text>`,
    CUT,
    ...bands,
    ...curves,
    '</svg>',
  ];
}

function named(series: readonly ChartSeries[]): ChartSeries[] {
  return series.filter(({ faint }) => faint !== true);
}

/** A line chart as a figure with inline SVG; colours come from the page's style, so that it follows light and dark. */
export function lineChart(options: ChartOptions): string {
  const { title, series } = options;
  const legend = named(series).map(
    ({ label, colour }) => `<span class="key series-${colour}"></span>${escapeHtml(label)}`,
  );
  return [
    '<figure>',
    `<figcaption><b>${escapeHtml(title)}</b><span class="legend">${legend.join(' ')}</span></figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">`,
    ...plot(options),
    '</svg>',
    '</figure>',
  ].join('\n');
}

/** Line and band colours of {@link chartSvg} by `colour`, on light and on dark ground. */
const PALETTE: readonly (readonly [string, string])[] = [
  ['#6b7280', '#9ca3af'],
  ['#c2410c', '#fb923c'],
  ['#1d4ed8', '#60a5fa'],
  ['#15803d', '#4ade80'],
  ['#7e22ce', '#c084fc'],
  ['#a16207', '#facc15'],
  ['#be185d', '#f472b6'],
  ['#0f766e', '#2dd4bf'],
];
/** Dashes of the colours, so that curves can be told apart without seeing colours. */
const DASHES = ['2 3', 'none', '8 3', 'none', '8 3 2 3', '4 2', 'none', '1 2'];

/** Room above the plot for the title, and beside it for the legend. */
const TITLE_HEIGHT = 34;
const LEGEND = { left: WIDTH + 8, width: 190, line: 22 };

function standaloneStyle(): string {
  const colours = (dark: 0 | 1): string =>
    PALETTE.map((pair, i) => `.curve.series-${i}{stroke:${pair[dark]}}.band.series-${i}{fill:${pair[dark]}}`).join('');
  const dashes = DASHES.map((dash, i) => `.curve.series-${i}{stroke-dasharray:${dash}}`).join('');
  return [
    'text{font:12px system-ui,sans-serif;fill:#5b6473}.title{font-size:15px;font-weight:600;fill:#1d2330}',
    '.ground{fill:#fff;stroke:#dfe3ea}.grid{stroke:#dfe3ea}.curve{fill:none;stroke-width:2}.band{opacity:.16}',
    `${colours(0)}${dashes}`,
    '@media(prefers-color-scheme:dark){text{fill:#9aa4b5}.title{fill:#e8ebf1}.ground{fill:#1b202a;stroke:#323a48}',
    `.grid{stroke:#323a48}.band{opacity:.2}${colours(1)}}`,
  ].join('\n');
}

/**
 * A line chart as an SVG file that stands alone: title, legend and colours are inside, on a ground of its own, light or
 * dark by the reader's setting. `colour` of a series is 0 to 7. Throws without series.
 * @example await writeFile('loss.svg', chartSvg({ title: 'Loss', xLabel: 'step', series }));
 */
export function chartSvg(options: ChartOptions): string {
  const { title, series } = options;
  if (series.length === 0) throw badArgument('chartSvg', 'series', series, 'at least one series');
  const [width, height] = [LEGEND.left + LEGEND.width, TITLE_HEIGHT + HEIGHT + 4];
  const legend = named(series).map(({ label, colour }, i) => {
    const y = TITLE_HEIGHT + MARGIN.top + 8 + i * LEGEND.line;
    const key = `<path class="curve series-${colour}" d="M${LEGEND.left},${y}h26"/>`;
    return `${key}<text x="${LEGEND.left + 34}" y="${y}" dy="0.32em">${escapeHtml(label)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escapeHtml(title)}">`,
    `<style>${standaloneStyle()}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    `<text class="title" x="16" y="24">${escapeHtml(title)}</text>`,
    `<g transform="translate(0 ${TITLE_HEIGHT})">`,
    ...plot(options),
    '</g>',
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}
