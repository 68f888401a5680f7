/** The rows of a batch against all of it: all at once, or tile by tile, so that no matrix of all pairs is ever held. */
import { arange, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { fixSize } from '@reidgrad/core/graph';
import type { RowDistance } from './distance.js';
import { allRows } from './mask.js';
import type { RowPairs } from './mask.js';
import { tilesOf } from './tile-sizes.js';
import type { Rows } from './tile-sizes.js';
import { joined, takeRows, tiledSum } from './tiled-sum.js';
import type { BatchSum, RowTerms, TileRows, Tiling } from './tiled-sum.js';

/** A batch, seen by its rows. */
export class Batch {
  readonly size: number;
  private readonly tiles: readonly Rows[] | null = null;
  private readonly inTrace: boolean = false;
  /** What the last loop over labels gave: the next loop comes after it. */
  private looped: readonly Tensor[] = [];

  /**
   * @param fn the loss, for errors.
   * @param labels [N].
   * @param rows_per_tile null: all rows at once, on the tape as usual.
   */
  constructor(
    fn: string,
    private readonly labels: Tensor,
    rows_per_tile: number | null,
  ) {
    const n = labels.size(0);
    this.size = n;
    if (rows_per_tile === null || rows_per_tile >= n) return;
    this.inTrace = fixSize(
      n,
      `${fn}: rows_per_tile ${rows_per_tile} makes a loop over the rows, so that the batch axis cannot be dynamic; ` +
        'set rows_per_tile to null, or export for a fixed batch',
    );
    this.tiles = tilesOf(n, rows_per_tile);
  }

  /**
   * @param perRow from some rows to vectors of their length.
   * @returns the vectors for all rows, [N].
   */
  fromLabels(perRow: (pairs: RowPairs) => readonly Tensor[]): readonly Tensor[] {
    if (this.tiles === null) return perRow(allRows(this.labels));
    const parts: (readonly Tensor[])[] = [];
    for (const tile of this.tiles) {
      parts.push(perRow(this.rowsOf(tile, parts.at(-1) ?? []).pairs));
    }
    this.looped = parts.at(-1) ?? [];
    return joined(parts);
  }

  /**
   * A sum over all rows.
   * @param x embeddings [N, D].
   * @param later in tiles: do not take the gradient of the sum along with its value, since other vectors are what will be
   * differentiated. See `tiledSum`.
   */
  sumOver(
    x: Tensor,
    distance: RowDistance,
    perRow: (distances: Tensor, pairs: RowPairs) => RowTerms,
    later = false,
  ): BatchSum {
    const { tiles } = this;
    const points = distance.prepare(x, tiles !== null);
    if (tiles !== null) {
      const run = (rows: readonly Tensor[], columns: readonly Tensor[], pairs: RowPairs): RowTerms =>
        perRow(distance.between(rows, columns, pairs.distinct), pairs);
      const tiling: Tiling = {
        tiles,
        rowsOf: (...args) => this.rowsOf(...args),
        after: (...args) => this.after(...args),
      };
      return tiledSum(tiling, points, run, later);
    }
    const pairs = allRows(this.labels);
    const { terms, also } = perRow(distance.between(points, points, pairs.distinct), pairs);
    return { total: terms.sum(), also };
  }

  /** The rows of a tile; in a trace they come after `done`. */
  private rowsOf({ start, rows }: Rows, done: readonly Tensor[]): TileRows {
    const { labels } = this;
    const places = arange(this.size);
    const at = this.after(done.length > 0 ? done : this.looped, places.narrow(0, start, rows));
    const same = labels.unsqueeze(0).eq(takeRows(labels, at).unsqueeze(1));
    return { at, pairs: { same, distinct: () => places.unsqueeze(0).ne(at.unsqueeze(1)) } };
  }

  /**
   * `x`, but in a graph computed after `done`, by a condition that no compiler sees through: a runtime then lets go of one
   * tile before it begins the next, and a tile that is computed again is not merged with its first time.
   */
  private after(done: readonly Tensor[], x: Tensor): Tensor {
    if (!this.inTrace || done.length === 0) return x;
    const conditions = done.map((tensor) => {
      const one = tensor.reshape(-1).narrow(0, 0, 1);
      return one.eq(one);
    });
    const condition = conditions.reduce((all, one) => all.logical_and(one));
    return where(condition, x, x);
  }
}
