/** Gallery rows worked through before going to the next query: they stay in the processor's cache. */
const TILE = 64;

function rowCount(caller: string, name: string, features: ArrayLike<number>, dim: number): number {
  if (!Number.isInteger(dim) || dim < 1) {
    throw new RangeError(`${caller}: dim is ${dim}; expected a positive integer`);
  }
  if (features.length === 0 || features.length % dim !== 0) {
    const expected = `a positive multiple of dim ${dim}`;
    throw new RangeError(`${caller}: ${name} has ${features.length} numbers; expected ${expected}`);
  }
  return features.length / dim;
}

/**
 * Euclidean distances between all rows of two feature matrices, summed in float64, in tiles. No square is expanded, so
 * equal rows are exactly 0 apart.
 * @param query Q x dim numbers, row by row
 * @param gallery G x dim numbers
 * @param dim length of a feature
 * @returns float32 of shape [Q, G]
 * @throws RangeError when dim is no positive integer, or a length is no multiple of it.
 */
export function euclideanDistances(
  query: Float32Array | Float64Array,
  gallery: Float32Array | Float64Array,
  dim: number,
): Float32Array {
  const rows = rowCount('euclideanDistances', 'query', query, dim);
  const columns = rowCount('euclideanDistances', 'gallery', gallery, dim);
  const distances = new Float32Array(rows * columns);
  for (let tile = 0; tile < columns; tile += TILE) {
    const tileEnd = Math.min(columns, tile + TILE);
    for (let row = 0; row < rows; row++) {
      for (let column = tile; column < tileEnd; column++) {
        let sum = 0;
        for (let i = 0, q = row * dim, g = column * dim; i < dim; i++, q++, g++) {
          const difference = query[q] - gallery[g];
          sum += difference * difference;
        }
        distances[row * columns + column] = Math.sqrt(sum);
      }
    }
  }
  return distances;
}

/**
 * Divides every row by its Euclidean length, in a new array; rows of zeros stay zeros. Euclidean distances of such rows
 * rank as cosine similarity does.
 * @param features N x dim numbers, row by row
 */
export function normalizeRows(features: Float32Array | Float64Array, dim: number): Float32Array {
  const rows = rowCount('normalizeRows', 'features', features, dim);
  const normalized = new Float32Array(features.length);
  for (let row = 0; row < rows; row++) {
    const start = row * dim;
    let sum = 0;
    for (let i = start; i < start + dim; i++) {
      sum += features[i] * features[i];
    }
    const length = Math.sqrt(sum);
    for (let i = start; length > 0 && i < start + dim; i++) {
      normalized[i] = features[i] / length;
    }
  }
  return normalized;
}
