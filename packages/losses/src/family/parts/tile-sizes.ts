/** How a batch is cut into tiles. */

/** Rows `start` to `start + rows` of a batch. */
export interface Rows {
  readonly start: number;
  readonly rows: number;
}

/** Tiles of at most `most` of `n` rows, of about the same size: products of a single row are rounded in another order. */
export function tilesOf(n: number, most: number): Rows[] {
  const count = Math.ceil(n / most);
  const rows = Math.ceil(n / count);
  return Array.from({ length: Math.ceil(n / rows) }, (_, i) => ({
    start: i * rows,
    rows: Math.min(rows, n - i * rows),
  }));
}
