/** Rows of a table. */
import { describe, isInteger } from '../../dtype.js';
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
    throw new Error(`${name}: padding_idx: got ${padding}, expected ${-rows} to ${rows - 1}`);
  }
  return padding < 0 ? padding + rows : padding;
}

/**
 * The rows of `weight` [rows, features] at the integers `input` of any shape: [...input, features].
 * @throws for floating indices, and those out of range.
 */
export function embedding(input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  if (!isInteger(input.dtype)) {
    throw new Error(
      `embedding: input: got ${describe(input.dtype, input.shape)}, expected integers; convert them with .long()`,
    );
  }
  if (weight.ndim !== 2) {
    throw new Error(`embedding: weight: got ${describe(weight.dtype, weight.shape)}, expected [rows, features]`);
  }
  const padding = paddingRow('embedding', options.padding_idx, weight.size(0));
  const rows = reshape(index_select(weight, 0, reshape(input, [-1])), [...input.shape, weight.size(1)]);
  return padding === null ? rows : where(unsqueeze(eq(input, padding), -1), rows.detach(), rows);
}
