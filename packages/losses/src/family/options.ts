/** The options that all losses of the triplet family share. Their defaults are each origin's behaviour. */
import { badArgument } from '@reidgrad/core/graph';
import type { Ties } from './parts/extremes.js';
import type { EmptyRows } from './parts/reducer.js';

export type { EmptyRows, Ties };

/** The option of losses that can go without a matrix of all pairs. */
export interface TileOptions {
  /**
   * Compute so many rows of distances at a time, for batches whose matrix of all pairs takes too much memory: 256 for some
   * thousand rows. Values and gradients are the same up to the order of sums. A graph that is traced with it holds for
   * this batch size only. Default null: all rows at once, as the origin.
   */
  rows_per_tile?: number | null;
}

/** Options of losses that choose one positive and one negative per row. */
export interface RowOptions extends TileOptions {
  /**
   * Who gets the gradient of equal distances: `'even'` shares it, `'first'` gives all to the first index, `'origin'`
   * (default) is what the loss's origin does.
   */
  ties?: Ties | 'origin';
  /**
   * Rows without another row of their label, or without one of another label: `'throw'`, `'skip'` (they do not count in
   * the mean), `'zero'` (they count as 0), or `'origin'` (default).
   */
  empty_rows?: EmptyRows;
}

/** `RowOptions` and the stable twin. */
export interface FamilyOptions extends RowOptions {
  /**
   * The same numbers where the origin is sound and right ones where it is not: softmax weights that do not vanish for far
   * rows, log(1 + e^x) without overflow, no gradient from rounding errors under a root or from zero norms. Default false.
   */
  stable?: boolean;
}

/** Options with the defaults filled in. */
export interface Settings {
  ties: Ties;
  empty_rows: EmptyRows;
  stable: boolean;
  rows_per_tile: number | null;
}

function requireOneOf(fn: string, name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const choices = allowed.map((choice) => `'${choice}'`).join(', ');
  throw badArgument(fn, name, value, `one of ${choices}`);
}

/** The option, checked. */
export function rowsPerTile(fn: string, { rows_per_tile = null }: TileOptions): number | null {
  if (rows_per_tile === null || (Number.isInteger(rows_per_tile) && rows_per_tile > 0)) return rows_per_tile;
  throw new Error(`${fn}: rows_per_tile must be a positive integer or null, got ${String(rows_per_tile)}`);
}

/** Fills in defaults. Throws for other words. */
export function settingsOf(fn: string, originTies: Ties, options: FamilyOptions): Settings {
  const { ties = 'origin', empty_rows = 'origin', stable = false } = options;
  requireOneOf(fn, 'ties', ties, ['even', 'first', 'origin']);
  requireOneOf(fn, 'empty_rows', empty_rows, ['throw', 'skip', 'zero', 'origin']);
  return {
    ties: ties === 'origin' ? originTies : ties,
    empty_rows,
    stable,
    rows_per_tile: rowsPerTile(fn, options),
  };
}
