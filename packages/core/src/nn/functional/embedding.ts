/** Rows of a table. */
import { dispatch } from '../../dispatch.js';
import { api, badArgument } from '../../errors.js';
import { checkRange, requireIndex } from '../../functions/indexing.js';
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
    throw badArgument(name, 'padding_idx', padding, `an integer from ${-rows} to ${rows - 1}`);
  }
  return padding < 0 ? padding + rows : padding;
}

/**
 * The rows of `weight` [rows, features] at the integers `input` of any shape: [...input, features].
 * @throws for floating indices, and those out of range.
 */
export const embedding = api(
  'embedding input weight options= padding_idx',
  (input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor => {
    if (weight.ndim !== 2) {
      throw badArgument('embedding', 'weight', weight, '[rows, features]');
    }
    const padding = paddingRow('embedding', options.padding_idx, weight.size(0));
    const positions = requireIndex('embedding', input, 'input');
    checkRange('embedding', positions, weight.size(0), 'input');
    const found = dispatch('index_select', [weight, reshape(positions, [-1])], { dim: 0 });
    const rows = reshape(found, [...input.shape, weight.size(1)]);
    return padding === null ? rows : where(unsqueeze(eq(input, padding), -1), rows.detach(), rows);
  },
);
