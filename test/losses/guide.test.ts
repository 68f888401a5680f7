/** docs/choosing-a-loss.md shows what bench/loss-guide/results.json holds, and the experiment behind it runs. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BLOCKS } from '../../bench/loss-guide/blocks.js';
import { CHARTS } from '../../bench/loss-guide/charts.js';
import {
  CE_WEIGHTS,
  COLLAPSE,
  entries,
  LONG,
  MEASURED_AT,
  PERSON_SHAPES,
  SEEDS,
  SHAPES,
  weighted,
} from '../../bench/loss-guide/grid.js';
import { configOf, measureBaselines, trainAndMeasure } from '../../bench/loss-guide/measure.js';
import { chartUrl, fillPage, pageUrl } from '../../bench/loss-guide/page.js';
import { readResults } from '../../bench/loss-guide/results.js';
import type { Run } from '../../bench/loss-guide/results.js';
import { scaleRows } from '../../bench/loss-guide/scale.js';
import { gainText, percentText, runsOf, summaryOf, verdict } from '../../bench/loss-guide/summary.js';
import { writeTinyFolder } from '../../packages/reid/src/train/tiny.testing.js';

const results = readResults();
const page = await readFile(pageUrl, 'utf8');
const WRITE = 'bench/loss-guide/write.ts writes it';

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('docs/choosing-a-loss.md', () => {
  it(`has the tables of results.json; ${WRITE}`, () => {
    expect(page).toBe(fillPage(page, results));
  });

  it.each(Object.keys(CHARTS))(`has the curves of results.json in %s; ${WRITE}`, async (name) => {
    expect(await readFile(chartUrl(name), 'utf8')).toBe(CHARTS[name](results));
  });

  it('has the headings that it and docs/losses.md link to', async () => {
    const family = await readFile(new URL('losses.md', pageUrl), 'utf8');
    const here = [...page.matchAll(/\]\(#([^)]+)\)/g), ...family.matchAll(/\]\(choosing-a-loss\.md#([^)]+)\)/g)];
    const there = [...page.matchAll(/\]\(losses\.md#([^)]+)\)/g)];
    const headings = [anchorsOf(page), anchorsOf(family)];
    expect(
      [here, there].map((links, i) => links.map(([, to]) => to).filter((to) => !headings[i].includes(to))),
    ).toEqual([[], []]);
    expect([here.length, there.length].every((count) => count > 1)).toBe(true);
  });

  it('has no other curves', async () => {
    expect((await readdir(chartUrl('.'))).sort()).toEqual(Object.keys(CHARTS).sort());
  });
});

/**
 * What the page says in words of rank-1: data, flags, how they are to the reference, the reference; `--loss` goes before
 * the flags. When new results turn a line red, the sentence behind it is to be written anew.
 */
const SAYS: readonly (readonly [Run['data'], string, ReturnType<typeof verdict>['word'], string])[] = [
  // The weight beside cross-entropy
  ['emoji', 'wrt --ce-weight 0', 'above', 'wrt'],
  ['emoji', 'wrt --ce-weight 0.25', 'above', 'wrt'],
  // Losses beside each other
  ['emoji', 'soft-margin', 'above', 'ori'],
  ['emoji', 'circle', 'above', 'ori'],
  ['emoji', 'circle', 'not told apart from', 'soft-margin'],
  ['emoji', 'multi-similarity', 'not told apart from', 'soft-margin'],
  ['emoji', 'sup-con', 'not told apart from', 'ori'],
  ['emoji', 'batch-all', 'below', 'ori'],
  ['emoji', 'semi-hard', 'below', 'batch-all'],
  ['emoji', 'wrt --normalize 1', 'below', 'batch-all'],
  // Longer
  ['emoji', 'soft-margin --epochs 10', 'not told apart from', 'ori --epochs 10'],
  ['emoji', 'circle --epochs 10', 'not told apart from', 'ori --epochs 10'],
  ['emoji', 'wrt --epochs 10', 'below', 'ori --epochs 10'],
  ['emoji', 'wrt --normalize 1 --epochs 10', 'below', 'ori --epochs 10'],
  ['emoji', 'none --epochs 10', 'below', 'ori --epochs 10'],
  ...['wrt', 'wrt --normalize 1'].flatMap((loss) =>
    ['none', 'ori', 'soft-margin'].map(
      (other) => ['persons', `${loss} ${LONG.persons}`, 'above', `${other} ${LONG.persons}`] as const,
    ),
  ),
  ['persons', 'wrt --epochs 130', 'not told apart from', 'wrt --normalize 1 --epochs 130'],
  ['persons', 'soft-margin --epochs 130', 'above', 'ori --epochs 130'],
  ['persons', 'circle --epochs 130', 'above', 'ori --epochs 130'],
  ['persons', 'circle --epochs 130', 'not told apart from', 'soft-margin --epochs 130'],
  ['persons', 'multi-similarity --epochs 130', 'below', 'wrt --epochs 130'],
  // WRT
  ...CE_WEIGHTS.flatMap((weight) =>
    (
      [
        ['wrt', 'wrt --normalize 5'],
        ['wrt --normalize 5', 'wrt --normalize 1'],
      ] as const
    ).map(([one, other]) => ['emoji', weighted(one, weight), 'above', weighted(other, weight)] as const),
  ),
  ['persons', 'wrt', 'not told apart from', 'wrt --normalize 1'],
  ['persons', 'wrt', 'not told apart from', 'wrt --normalize 5'],
  ['persons', 'wrt --normalize 5', 'not told apart from', 'wrt --normalize 1'],
  // Plain batch-hard can beat WRT
  ['emoji', 'soft-margin', 'above', 'wrt'],
  ['emoji', 'ori', 'not told apart from', 'wrt'],
  ['emoji', 'ori --ce-weight 4', 'above', 'wrt --ce-weight 4'],
  ['emoji', 'ori --ce-weight 0', 'below', 'wrt --ce-weight 0'],
  ['persons', 'ori --ce-weight 0', 'below', 'wrt --ce-weight 0'],
  // The margin
  ['emoji', 'ori --margin 0.1', 'not told apart from', 'ori'],
  ['emoji', 'ori --margin 1', 'above', 'ori'],
  ['emoji', 'ori --margin 1', 'not told apart from', 'soft-margin'],
  // The batch
  ...['ori', 'wrt'].flatMap((loss) =>
    (['64 x 1', '16 x 4'] as const).map((shape) => ['emoji', `${loss} ${SHAPES[shape]}`, 'below', loss] as const),
  ),
  ['emoji', `ori ${SHAPES['16 x 2']}`, 'not told apart from', 'ori'],
  ['emoji', `ori ${SHAPES['64 x 2']}`, 'not told apart from', 'ori'],
  ['emoji', `wrt ${SHAPES['64 x 2']}`, 'below', 'wrt'],
  ...Object.values(PERSON_SHAPES).flatMap(
    (shape) =>
      [
        ['persons', `ori ${shape}`, 'below', 'ori'],
        ['persons', `wrt ${shape}`, 'not told apart from', 'wrt'],
      ] as const,
  ),
  // Stuck at 0.3 or 0.693
  ...['wrt', 'batch-all'].flatMap(
    (loss) =>
      [
        ['emoji', `${loss} ${COLLAPSE}`, 'above', `ori ${COLLAPSE}`],
        ['emoji', `${loss} ${COLLAPSE}`, 'below', `${loss} --ce-weight 0`],
      ] as const,
  ),
  // Persons
  ['persons', 'multi-similarity', 'above', 'none'],
  ...['batch-all', 'semi-hard', 'circle', 'ori --ce-weight 0', 'wrt --ce-weight 0'].map(
    (loss) => ['persons', loss, 'below', 'none'] as const,
  ),
  ...['ori', 'soft-margin', 'wrt', 'wrt --normalize 1', 'wrt --normalize 5', 'sup-con'].map(
    (loss) => ['persons', loss, 'not told apart from', 'none'] as const,
  ),
  ['persons', 'wrt --normalize 1', 'above', 'ori'],
  ['persons', 'wrt --normalize 1', 'above', 'soft-margin'],
];

describe('what the page says in words', () => {
  it.each(SAYS)('%s: %s is %s %s', (data, flags, word, reference) => {
    expect(verdict(results, data, `--loss ${flags}`, `--loss ${reference}`).word).toBe(word);
  });
});

describe('fillPage', () => {
  const whole = [
    ...Object.keys(BLOCKS).map((name) => `<!-- measured: ${name} -->\nOF BEFORE\n<!-- end -->`),
    ...Object.keys(CHARTS).map((name) => `![a](choosing-a-loss/${name})`),
  ];

  it('replaces what is between the marks and nothing else', () => {
    const filled = fillPage(`before ${whole.join(' between ')} after`, results);
    expect(filled).not.toContain('OF BEFORE');
    expect(filled.startsWith('before <!--')).toBe(true);
    expect(filled.endsWith(' after')).toBe(true);
    expect(fillPage(filled, results)).toBe(filled);
  });

  it('refuses a part that there is not, and a page that leaves one out', () => {
    expect(() => fillPage('<!-- measured: nothing -->\n<!-- end -->', results)).toThrow('the page asks for nothing');
    expect(() => fillPage(whole.slice(1).join('\n'), results)).toThrow(/does not show seeds$/);
    expect(() => fillPage(whole.slice(0, -1).join('\n'), results)).toThrow(/does not show scale\.svg$/);
  });
});

describe('results.json', () => {
  it('has every configuration of the grid with every seed, and no other run', () => {
    const wanted = entries().flatMap(({ data, flags }) => SEEDS.map((seed) => `${data} ${flags} ${seed}`));
    expect(results.runs.map(({ data, flags, seed }) => `${data} ${flags} ${seed}`).sort()).toEqual(wanted.sort());
  });

  it('is measured at the shares of the grid, the last after the last step', () => {
    for (const { steps, points, flags } of results.runs) {
      const stops = MEASURED_AT.map((share) => Math.round(share * steps));
      expect(
        points.map(({ step }) => step),
        flags,
      ).toEqual(stops);
    }
  });

  it('has for the scale of features what the losses compute now', () => {
    const rows = scaleRows();
    expect(rows.map(({ seed, scale }) => [seed, scale])).toEqual(results.scale.map(({ seed, scale }) => [seed, scale]));
    rows.forEach(({ variants }, i) => {
      for (const name of ['origin', 'stable'] as const) {
        const [now, kept] = [variants[name], results.scale[i].variants[name]];
        expect(now.correct).toBe(kept.correct);
        // float32 sums in e^-70: their last digits follow the exponential function of the machine.
        expect(Math.abs(now.loss / kept.loss - 1)).toBeLessThan(1e-3);
        expect(Math.abs(now.weightSum / kept.weightSum - 1)).toBeLessThan(1e-3);
      }
    });
  });
});

describe('the summary', () => {
  it('is a mean with its range', () => {
    expect(percentText(summaryOf([0.5, 0.6, 0.55]))).toBe('55.0 (50.0 to 60.0)');
    expect(gainText(summaryOf([0.01, -0.025, 0.0001]))).toBe('−0.5 (−2.5 to +1.0)');
    expect(gainText(summaryOf([0.0001, -0.0001, 0]))).toBe('0.0 (0.0 to 0.0)');
  });

  it('refuses a configuration without all seeds', () => {
    const runs = results.runs.filter(({ seed }) => seed !== SEEDS[1]);
    expect(() => runsOf({ ...results, runs }, 'emoji', '--loss ori')).toThrow(
      'results.json has no run of emoji --loss ori --seed 12',
    );
  });
});

describe('the experiment', () => {
  it('knows the flags of all its configurations', () => {
    for (const entry of entries()) expect(configOf(entry, 11, { persons: 'folder' }).seed).toBe(11);
  });

  it('trains and measures', async () => {
    const persons = await mkdtemp(path.join(tmpdir(), 'loss-guide-'));
    try {
      await writeTinyFolder(persons);
      const flags = '--loss ori --size 16 --p 8 --k 2 --embedding 8 --epochs 28';
      const run = await trainAndMeasure({ data: 'persons', flags }, 11, { persons });
      expect(run).toMatchObject({ data: 'persons', flags, seed: 11, rows: 16, steps: 28 });
      expect(run.points.map(({ pictures }) => pictures)).toEqual([112, 224, 448]);
      expect(run.loss).toHaveLength(28);
      expect(run.loss[27]).toBeLessThan(run.loss[0]);
      expect(run.distances.negative).toBeGreaterThan(0);
      const baseline = await measureBaselines('persons', 11, { persons }, '--loss none --p 8 --k 2');
      expect(baseline).toMatchObject({ queries: 16, gallery: 32, trainIdentities: 8, trainPictures: 32 });
    } finally {
      await rm(persons, { recursive: true });
    }
  });
});
