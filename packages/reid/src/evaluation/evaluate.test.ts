import { describe, expect, it } from 'vitest';
import type { RankingInput } from './evaluate.js';
import { evaluate, rankedGallery } from './evaluate.js';

const rows = [
  [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
  [0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
  [0.3, 0.1, 0.2, 0.6, 0.4, 0.5],
];
const market = (galleryCamids: number[]): RankingInput => ({
  distances: Float64Array.from(rows.flat()),
  queryPids: [1, 2, 3],
  galleryPids: [1, 2, 1, 2, 1, 3],
  queryCamids: [1, 1, 2],
  galleryCamids,
});
/** One query of identity 1 by camera 1; the gallery is by camera 2. */
const single = (distances: number[], galleryPids: number[]): RankingInput => ({
  distances: Float32Array.from(distances),
  queryPids: [1],
  galleryPids,
  queryCamids: [1],
  galleryCamids: galleryPids.map(() => 2),
});

describe('evaluate', () => {
  it('gives the numbers of the Market-style eval_func, one query without a match skipped', () => {
    const result = evaluate(market([1, 2, 2, 1, 3, 2]), { maxRank: 5 });
    expect(result.cmc).toEqual([0, 0.5, 0.5, 1, 1]);
    expect(result.mAP).toBeCloseTo(0.375, 12);
    expect(result.mINP).toBeCloseTo(0.375, 12);
    expect(result.validQueries).toBe(2);
  });

  it('gives the numbers of the Market-style eval_func, all queries valid', () => {
    const result = evaluate(market([1, 2, 2, 1, 3, 1]), { maxRank: 4 });
    [0, 1 / 3, 1 / 3, 2 / 3].forEach((value, i) => expect(result.cmc[i]).toBeCloseTo(value, 12));
    expect(result.cmc).toHaveLength(4);
    expect(result.mAP).toBeCloseTo(0.3166667, 6);
    expect(result.mINP).toBeCloseTo(0.3166667, 6);
    expect(result.validQueries).toBe(3);
  });

  it('keeps the order of the gallery among equal distances', () => {
    const result = evaluate(single([5, 5, 5, 5], [0, 1, 0, 1]));
    expect(result.cmc).toEqual([0, 1, 1, 1]);
    expect(result.mAP).toBe(0.5);
    expect(result.mINP).toBe(0.5);
  });

  it('goes on with the last value where the gallery left is shorter than the curve', () => {
    const result = evaluate(market([1, 2, 2, 1, 3, 1]), { maxRank: 50 });
    expect(result.cmc).toHaveLength(6);
    expect(result.cmc[5]).toBe(1);
  });

  it('counts infinite distances as last, in order', () => {
    expect(evaluate(single([Infinity, Infinity, 1], [0, 1, 0])).cmc).toEqual([0, 0, 1]);
  });

  it('measures the hardest match by mINP', () => {
    const result = evaluate(single([1, 2, 3, 4], [1, 0, 0, 1]));
    expect(result).toEqual({ cmc: [1, 1, 1, 1], mAP: 0.75, mINP: 0.5, validQueries: 1 });
  });

  it.each<[string, Partial<RankingInput>, string]>([
    ['cameras', { queryCamids: [1] }, 'evaluate: queryCamids has length 1; expected 3 as queryPids'],
    ['gallery', { galleryCamids: [1] }, 'evaluate: galleryCamids has length 1; expected 6 as galleryPids'],
    [
      'matrix',
      { distances: new Float32Array(17) },
      'evaluate: distances has length 17; expected 18 for 3 queries x 6 gallery images',
    ],
    ['NaN', { distances: new Float32Array(18).fill(NaN, 13) }, 'evaluate: distances[2, 1] is NaN; expected a number'],
    ['no match', { queryPids: [7, 8, 9] }, 'evaluate: no identity of the 3 queries is in the gallery'],
    [
      'empty',
      { queryPids: [], queryCamids: [], distances: new Float32Array(0) },
      'evaluate: 0 queries and 6 gallery images',
    ],
  ])('refuses wrong input: %s', (_, change, message) => {
    expect(() => evaluate({ ...market([1, 2, 2, 1, 3, 2]), ...change })).toThrow(message);
  });

  it('refuses an empty curve', () => {
    expect(() => evaluate(market([1, 2, 2, 1, 3, 2]), { maxRank: 0 })).toThrow('evaluate: maxRank is 0');
  });
});

describe('rankedGallery', () => {
  it('leaves out the same identity by the same camera only', () => {
    const { indices, matches } = rankedGallery(market([1, 2, 2, 1, 3, 2]), 0);
    expect(indices).toEqual([1, 2, 3, 4, 5]);
    expect(matches).toEqual([false, true, false, true, false]);
    expect(rankedGallery(market([1, 2, 2, 1, 3, 2]), 1).indices).toEqual([5, 4, 2, 1, 0]);
  });

  it('refuses a row that does not exist', () => {
    expect(() => rankedGallery(market([1, 2, 2, 1, 3, 2]), 3)).toThrow('rankedGallery: row is 3; expected 0 to 2');
  });
});
