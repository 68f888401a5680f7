import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { escapeHtml } from './html.js';

/** A curve of a {@link lineChart}. */
export interface ChartSeries {
  readonly label: string;
  /** Class that gives it its colour: `series-0`, `series-1`, ... in the page's style. */
  readonly colour: number;
  readonly points: readonly (readonly [number, number])[];
  /** Drawn thin and pale, without a legend: single values behind their running mean. */
  readonly faint?: boolean;
}

/** Options of {@link lineChart}. */
export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly ChartSeries[];
  /** Ends of the y axis; by default from 0 to the largest value, rounded up. */
  readonly yRange?: readonly [number, number];
  /** Text of a y tick; by default the number. */
  readonly yFormat?: (value: number) => string;
}

const WIDTH = 520;
const HEIGHT = 300;
const MARGIN = { top: 14, right: 16, bottom: 42, left: 52 };
const GRID_LINES = 5;

function extent(values: readonly number[]): [number, number] {
  return values.length === 0
    ? [0, 1]
    : values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** A line chart as a figure with inline SVG; colours come from the page's style, so that it follows light and dark. */
export function lineChart(options: ChartOptions): string {
  const { title, xLabel, series, yFormat = String } = options;
  const points = series.flatMap(({ points: all }) => all);
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
  const grid = y.ticks(GRID_LINES).map((tick) => {
    const at = y(tick).toFixed(1);
    const label = `<text x="${MARGIN.left - 8}" y="${at}" dy="0.32em" text-anchor="end">${escapeHtml(yFormat(tick))}</text>`;
    return `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>${label}`;
  });
  const base = HEIGHT - MARGIN.bottom;
  const ticks = x.ticks(6).map((tick) => {
    const at = x(tick).toFixed(1);
    return `<text x="${at}" y="${base + 18}" text-anchor="middle">${tick}</text>`;
  });
  const curves = series.map(({ colour, faint, points: own }) => {
    const style = `curve series-${colour}${faint === true ? ' faint' : ''}`;
    return `<path class="${style}" d="${path(own) ?? ''}"/>`;
  });
  const legend = series
    .filter(({ faint }) => faint !== true)
    .map(({ label, colour }) => `<span class="key series-${colour}"></span>${escapeHtml(label)}`);
  const centre = (MARGIN.left + WIDTH - MARGIN.right) / 2;
  return [
    '<figure>',
    `<figcaption><b>${escapeHtml(title)}</b><span class="legend">${legend.join(' ')}</span></figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">`,
    ...grid,
    ...ticks,
    `<text x="${centre}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(xLabel)}</text>`,
    ...curves,
    '</svg>',
    '</figure>',
  ].join('\n');
}
