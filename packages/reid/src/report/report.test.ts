import { describe, expect, it } from 'vitest';
import type { ReidImage } from '../datasets/index.js';
import { createImage } from '../images/index.js';
import { chartSvg, lineChart } from './chart.js';
import type { ReportData } from './data.js';
import { rankingExamples } from './examples.js';
import { renderReport } from './report.js';

const picture = (pid: number, camid: number, name: string): ReidImage => ({
  image: createImage(2, 4, new Uint8Array(24).fill(pid * 50)),
  pid,
  camid,
  name,
});
const direction = {
  name: 'a → b',
  query: [picture(1, 1, 'q1'), picture(1, 1, 'q1 again'), picture(2, 1, 'q2')],
  gallery: [picture(2, 2, 'g2'), picture(1, 2, 'g1'), picture(1, 1, 'g1 same camera')],
};
const distances = Float32Array.from([1, 2, 3, 1, 2, 3, 0.5, 2, 3]);

const data = (): ReportData => ({
  title: 'Emoji <never> seen',
  summary: 'A small network & 10 steps',
  settings: [{ name: 'loss', value: '"wrt"' }],
  notes: ['47 left out'],
  history: Array.from({ length: 30 }, (_, i) => ({ step: i + 1, loss: 3 - i / 15, correct: i / 30 })),
  directions: [
    {
      name: direction.name,
      queries: 3,
      gallery: 3,
      embeddings: [
        { label: 'raw pixels', cmc: [0.4, 0.5, 0.6], mAP: 0.3, mINP: 0.2, validQueries: 3 },
        { label: 'untrained', cmc: [0.3, 0.5, 0.6], mAP: 0.3, mINP: 0.2, validQueries: 3 },
        { label: 'trained', cmc: [0.625, 0.7, 0.8], mAP: 0.61, mINP: 0.5, validQueries: 3 },
      ],
      examples: rankingExamples(direction, distances, { count: 5, top: 2 }),
    },
  ],
});

describe('rankingExamples', () => {
  it('takes one query an identity, drops matches by the same camera, marks the others', () => {
    const examples = rankingExamples(direction, distances);
    expect(examples.map(({ query }) => query.name)).toEqual(['q1', 'q2']);
    expect(examples[0].ranked.map(({ name, match, distance }) => [name, match, distance])).toEqual([
      ['g2', false, 1],
      ['g1', true, 2],
    ]);
    expect(examples[1].ranked.map(({ match }) => match)).toEqual([true, false, false]);
  });

  it('keeps to count and top', () => {
    const examples = rankingExamples(direction, distances, { count: 1, top: 1 });
    expect(examples).toHaveLength(1);
    expect(examples[0].ranked).toHaveLength(1);
  });
});

describe('renderReport', () => {
  const page = renderReport(data());

  it('stands alone: no script, nothing to load', () => {
    expect(page).not.toMatch(/<script|<link|url\(|@import|https?:/);
    const sources = [...page.matchAll(/src="([^"]*)"/g)].map(([, source]) => source);
    expect(sources).toHaveLength(2 * 3);
    expect(sources.every((source) => source.startsWith('data:image/png;base64,'))).toBe(true);
  });

  it('shows the results and the gain over the first embedding', () => {
    expect(page).toContain('<strong>62.5%</strong><span class="quiet">+22.5 points over raw pixels</span>');
    expect(page).toContain('<strong>61.0%</strong><span class="quiet">+31.0 points over raw pixels</span>');
    const row = ['trained', '61.0%', '50.0%', '62.5%', '80.0%', '80.0%', '3', '3'].map((cell) => `<td>${cell}</td>`);
    expect(page).toContain(row.join(''));
  });

  it('draws loss, correct rows and a CMC curve an embedding', () => {
    const figures = page.split('<figure>').slice(1);
    expect(figures.map((figure) => /<b>(.*?)<\/b>/.exec(figure)?.[1])).toEqual([
      'Loss',
      'Correct rows of the batch',
      'CMC, a → b',
    ]);
    expect(figures.map((figure) => figure.split('<path').length - 1)).toEqual([2, 2, 3]);
    expect(page).not.toContain('NaN');
  });

  it('marks right and wrong by colour and sign', () => {
    const shown = [...page.matchAll(/<div class="picture (right|wrong) tall"><img [^>]*alt="(g\d)"[^>]*><b>(.)<\/b>/g)];
    expect(shown.map(([, style, name, mark]) => [style, name, mark])).toEqual([
      ['wrong', 'g2', '✗'],
      ['right', 'g1', '✓'],
      ['right', 'g2', '✓'],
      ['wrong', 'g1', '✗'],
    ]);
  });

  it('escapes text', () => {
    expect(page).toContain('<h1>Emoji &lt;never&gt; seen</h1>');
    expect(page).toContain('&quot;wrt&quot;');
    expect(page).toContain('network &amp; 10');
  });

  it('leaves out what there is not', () => {
    const [only] = data().directions;
    const bare = renderReport({ ...data(), history: [], directions: [{ ...only, examples: [] }] });
    expect(bare).not.toContain('<h2>Training</h2>');
    expect(bare).not.toContain('Queries and their nearest');
  });

  it('tells a loss of gain as minus', () => {
    const [only] = data().directions;
    const embeddings = [...only.embeddings].reverse();
    expect(renderReport({ ...data(), directions: [{ ...only, embeddings }] })).toContain('−22.5 points over trained');
  });

  it.each<[string, Partial<ReportData>, string]>([
    [
      'a loss that is no number',
      { history: [{ step: 1, loss: NaN, correct: 0 }] },
      'renderReport: data.history.0.loss is invalid',
    ],
    [
      'counts instead of shares',
      { history: [{ step: 1, loss: 1, correct: 64 }] },
      'renderReport: data.history.0.correct is invalid',
    ],
    ['no results', { directions: [] }, 'renderReport: data.directions is invalid'],
  ])('refuses %s', (_, change, message) => {
    expect(() => renderReport({ ...data(), ...change })).toThrow(message);
  });

  it('refuses a picture that would have to be loaded', () => {
    const changed = data();
    changed.directions[0].examples[0].query.source = 'https://example.org/a.png';
    expect(() => renderReport(changed)).toThrow('expected a data:image/... URI');
  });
});

describe('lineChart', () => {
  it('places points by the scales: first lower left, last upper right', () => {
    const chart = lineChart({
      title: 't',
      xLabel: 'x',
      series: [
        {
          label: 'a',
          colour: 0,
          points: [
            [0, 0],
            [10, 1],
          ],
        },
      ],
      yRange: [0, 1],
    });
    expect(chart).toContain('d="M52,258L504,14"');
  });

  it('draws a band behind its curve, and keeps it in the picture', () => {
    const series = [
      {
        ...{ label: 'a', colour: 1, points: [[0, 1] as const, [10, 1] as const] },
        band: [[0, 0, 2] as const, [10, 1, 2] as const],
      },
    ];
    const chart = lineChart({ title: 't', xLabel: 'x', series, xTicks: [[0, 'begin']] });
    expect(chart.indexOf('class="band series-1" d="M52,14L504,14L504,136L52,258Z"')).toBeGreaterThan(0);
    expect(chart.indexOf('class="band')).toBeLessThan(chart.indexOf('class="curve'));
    expect(chart).toContain('>begin</text>');
    expect(chart.match(/text-anchor="middle"/g)).toHaveLength(2);
  });

  it('cuts bands and curves off at the ends of the y axis, but for the width of a line', () => {
    const points = [[0, 0] as const, [10, 9] as const];
    const band = [[0, 0, 1] as const, [10, 8, 10] as const];
    const series = [{ label: 'a', colour: 0, points, band }];
    const chart = lineChart({ title: 't', xLabel: 'x', series, yRange: [0, 1] });
    const cut = '<svg x="50" y="12" width="456" height="248" viewBox="50 12 456 248">';
    expect(
      chart
        .split(cut)[1]
        .split('</svg>')[0]
        .match(/<path class="(band|curve) /g),
    ).toHaveLength(2);
  });

  it('draws an empty series without breaking', () => {
    const chart = lineChart({ title: 't', xLabel: 'x', series: [{ label: 'a', colour: 0, points: [] }] });
    expect(chart).not.toMatch(/NaN|Infinity/);
  });
});

describe('chartSvg', () => {
  const points = [[0, 0] as const, [10, 1] as const];
  const chart = chartSvg({
    ...{ title: 'a & b', xLabel: 'x', yRange: [0, 1] },
    series: [
      { label: 'mean <1>', colour: 7, points },
      { label: 'single', colour: 2, points, faint: true },
    ],
  });

  it('is a file that stands alone, for light and dark', () => {
    expect(chart).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
    expect(chart).toContain('@media(prefers-color-scheme:dark)');
    expect(chart).not.toMatch(/var\(|<script|url\(|NaN/);
  });

  it('has the plot of lineChart, its title and a legend without faint curves', () => {
    expect(chart).toContain('<path class="curve series-7" d="M52,258L504,14"/>');
    expect(chart).toContain('>a &amp; b</text>');
    expect(chart).toContain('>mean &lt;1&gt;</text>');
    expect(chart).not.toContain('single');
  });

  it('has a colour in both styles for each of eight series', () => {
    for (let i = 0; i < 8; i++) expect(chart.split(`.curve.series-${i}{stroke:`)).toHaveLength(3);
  });
});
