/** Rows of a table. */
import { isInteger } from '../../dtype.js';
import { api, badArgument } from '../../errors.js';
import { index_select } from '../../functions/indexing.js';
import { eq, where } from '../../functions/pointwise.js';
import { reshape, unsqueeze } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** The row that gets no gradient; negative numbers count from the end. */
  padding_idx?: number | null;
}

/** @internal The padding row counted from the start. Throws out of range. */
export function paddingRow(name: string, padding: number | null | undefined, rows: number): number | null {
  if (padding === null || padding === undefined) return null;
  if (!Number.isInteger(padding) || padding < -rows || padding >= rows) {
    throw badArgument(name, 'padding_idx', padding, `${-rows} to ${rows - 1}`);
  }
  return padding < 0 ? padding + rows : padding;
}

/**
 * The rows of `weight` [rows, features] at the integers `input` of any shape: [...input, features].
 * @throws for floating indices, and those out of range.
 */
export const embedding = api(
  'embedding input weight options=',
  (input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor => {
    if (!isInteger(input.dtype)) {
      throw badArgument('embedding', 'input', input, 'integers; convert them with .long()');
    }
    if (weight.ndim !== 2) {
      throw badArgument('embedding', 'weight', weight, '[rows, features]');
    }
    const padding = paddingRow('embedding', options.padding_idx, weight.size(0));
    const rows = reshape(index_select(weight, 0, reshape(input, [-1])), [...input.shape, weight.size(1)]);
    return padding === null ? rows : where(unsqueeze(eq(input, padding), -1), rows.detach(), rows);
  },
);
