import type { EvaluationDirection, ReidImage } from '../datasets/index.js';
import type { RankingInput } from '../evaluation/index.js';
import { rankedGallery } from '../evaluation/index.js';
import { pngDataUri } from '../images/index.js';
import type { RankingExample } from './data.js';

/** Options of {@link rankingExamples}. */
export interface RankingExamplesOptions {
  /** How many queries; 12. */
  readonly count?: number;
  /** How many gallery pictures for each; 10. */
  readonly top?: number;
}

/** The labels of a direction and its distances, as {@link evaluate} wants them. */
export function rankingInput(direction: EvaluationDirection, distances: RankingInput['distances']): RankingInput {
  const { query, gallery } = direction;
  return {
    distances,
    queryPids: query.map((image) => image.pid),
    galleryPids: gallery.map((image) => image.pid),
    queryCamids: query.map((image) => image.camid),
    galleryCamids: gallery.map((image) => image.camid),
  };
}

/**
 * The first queries, one for each identity, with their nearest gallery pictures: good and bad ones as they come.
 * @param distances Q x G, as given to {@link evaluate}
 */
export function rankingExamples(
  direction: EvaluationDirection,
  distances: RankingInput['distances'],
  options: RankingExamplesOptions = {},
): RankingExample[] {
  const { count = 12, top = 10 } = options;
  const input = rankingInput(direction, distances);
  const picture = (image: ReidImage): { source: string; name: string } => ({
    source: pngDataUri(image.image),
    name: image.name,
  });
  const rows = direction.query.map((_, row) => row);
  const firstOfIdentity = rows.filter((row) => input.queryPids.indexOf(input.queryPids[row]) === row);
  return firstOfIdentity.slice(0, count).map((row) => {
    const { indices, matches } = rankedGallery(input, row);
    return {
      query: picture(direction.query[row]),
      ranked: indices.slice(0, top).map((column, rank) => ({
        ...picture(direction.gallery[column]),
        match: matches[rank],
        distance: distances[row * direction.gallery.length + column],
      })),
    };
  });
}
