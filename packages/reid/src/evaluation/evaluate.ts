/** Distances and labels of one evaluation. */
export interface RankingInput {
  /** Q x G, row by row; smaller means more alike. */
  readonly distances: Float32Array | Float64Array;
  readonly queryPids: readonly number[];
  readonly galleryPids: readonly number[];
  readonly queryCamids: readonly number[];
  readonly galleryCamids: readonly number[];
}

/** What {@link evaluate} measures. */
export interface EvaluationResult {
  /** `cmc[k - 1]`: the share of queries with a match among the first k. */
  readonly cmc: readonly number[];
  /** Mean average precision. */
  readonly mAP: number;
  /** Mean inverse negative penalty: matches / rank of the last match. */
  readonly mINP: number;
  /** Queries with at least one match in the gallery; the others do not count. */
  readonly validQueries: number;
}

/** Gallery indices in the order of one query's ranking, and whether each shows the query's identity. */
export interface Ranking {
  readonly indices: readonly number[];
  readonly matches: readonly boolean[];
}

function checkInput(caller: string, input: RankingInput): void {
  const { distances, queryPids, galleryPids, queryCamids, galleryCamids } = input;
  const rows = queryPids.length;
  const columns = galleryPids.length;
  if (rows === 0 || columns === 0) {
    throw new RangeError(`${caller}: ${rows} queries and ${columns} gallery images; expected at least one of each`);
  }
  const lengths: [string, number, number, string][] = [
    ['queryCamids', queryCamids.length, rows, 'as queryPids'],
    ['galleryCamids', galleryCamids.length, columns, 'as galleryPids'],
    ['distances', distances.length, rows * columns, `for ${rows} queries x ${columns} gallery images`],
  ];
  for (const [name, got, expected, reason] of lengths) {
    if (got !== expected) {
      throw new RangeError(`${caller}: ${name} has length ${got}; expected ${expected} ${reason}`);
    }
  }
  for (let i = 0; i < distances.length; i++) {
    if (Number.isNaN(distances[i])) {
      const row = Math.floor(i / columns);
      throw new RangeError(`${caller}: distances[${row}, ${i - row * columns}] is NaN; expected a number`);
    }
  }
}

function rankRow(input: RankingInput, row: number): Ranking {
  const { distances, galleryPids, galleryCamids } = input;
  const pid = input.queryPids[row];
  const camid = input.queryCamids[row];
  const start = row * galleryPids.length;
  const indices: number[] = [];
  for (let i = 0; i < galleryPids.length; i++) {
    if (galleryPids[i] !== pid || galleryCamids[i] !== camid) {
      indices.push(i);
    }
  }
  // Infinity - Infinity is NaN, which `||` passes on to the index like a tie.
  indices.sort((a, b) => distances[start + a] - distances[start + b] || a - b);
  return { indices, matches: indices.map((i) => galleryPids[i] === pid) };
}

/**
 * Ranks the gallery for one query, nearest first; images of the query's identity by the query's own camera are left
 * out, equal distances keep the gallery's order.
 * @throws RangeError when lengths do not fit, a distance is NaN, or the row does not exist.
 */
export function rankedGallery(input: RankingInput, row: number): Ranking {
  checkInput('rankedGallery', input);
  if (!Number.isInteger(row) || row < 0 || row >= input.queryPids.length) {
    throw new RangeError(`rankedGallery: row is ${row}; expected 0 to ${input.queryPids.length - 1}`);
  }
  return rankRow(input, row);
}

/**
 * Single-gallery evaluation as for Market-1501 (the `eval_func` of Bag of Tricks, AGW and fast-reid): for each query,
 * gallery images with its identity *and* its camera are left out; queries without a match are skipped.
 *
 * Equal distances keep the order of the gallery (numpy's default sort leaves that open). The curve has
 * `min(maxRank, gallery size)` entries; where fewer images remain for a query, its last value goes on.
 *
 * @param options.maxRank length of the curve; 50 by default
 * @throws RangeError when lengths do not fit, a distance is NaN (naming row and column), or no query has a match.
 * @example
 * const { cmc, mAP } = evaluate({ distances, queryPids, galleryPids, queryCamids, galleryCamids });
 * console.log(`rank-1 ${cmc[0]}, mAP ${mAP}`);
 */
export function evaluate(input: RankingInput, options: { readonly maxRank?: number } = {}): EvaluationResult {
  const { maxRank = 50 } = options;
  if (!Number.isInteger(maxRank) || maxRank < 1) {
    throw new RangeError(`evaluate: maxRank is ${maxRank}; expected a positive integer`);
  }
  checkInput('evaluate', input);
  const firstHits = new Array<number>(Math.min(maxRank, input.galleryPids.length)).fill(0);
  let validQueries = 0;
  let sumOfPrecisions = 0;
  let sumOfPenalties = 0;
  for (let row = 0; row < input.queryPids.length; row++) {
    const { matches } = rankRow(input, row);
    let hits = 0;
    let precisions = 0;
    let lastRank = 0;
    matches.forEach((match, position) => {
      if (match) {
        hits++;
        lastRank = position + 1;
        precisions += hits / lastRank;
      }
    });
    if (hits > 0) {
      validQueries++;
      sumOfPrecisions += precisions / hits;
      sumOfPenalties += hits / lastRank;
      const first = matches.indexOf(true);
      if (first < firstHits.length) {
        firstHits[first]++;
      }
    }
  }
  if (validQueries === 0) {
    const expected = 'at least one query with a match by another camera';
    throw new RangeError(
      `evaluate: no identity of the ${input.queryPids.length} queries is in the gallery; expected ${expected}`,
    );
  }
  let found = 0;
  const cmc = firstHits.map((hits) => (found += hits) / validQueries);
  return { cmc, mAP: sumOfPrecisions / validQueries, mINP: sumOfPenalties / validQueries, validQueries };
}
