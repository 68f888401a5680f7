/** Differences of neighbours in sorted rows. */
import { arange } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { takeColumns } from './order.js';

/** 0, 1, … along the rows of a matrix, int64 [N]. */
export function positionsOf(matrix: Tensor): Tensor {
  return arange(matrix.size(1), { dtype: 'int64' });
}

/** Every entry less the one before it in its row; 0 for the first. */
export function gapsOf(ordered: Tensor): Tensor {
  return ordered.sub(takeColumns(ordered, positionsOf(ordered).sub(1).clamp({ min: 0 })));
}
