import { requireChoice } from '../../errors.js';
import { mean, sum } from '../../functions/reduce.js';
import type { Tensor } from '../../tensor.js';

/** How a loss comes out: the mean (default), the sum, or one per element. */
export type Reduction = 'mean' | 'sum' | 'none';

/** Options that losses share. */
export interface LossOptions {
  /** Default 'mean'. */
  reduction?: Reduction;
}

/** Throws unless `reduction` is one of the three. */
export function checkReduction(name: string, reduction: Reduction): void {
  requireChoice(name, 'reduction', reduction, 'mean sum none');
}

/** Applies a reduction. The mean of nothing is NaN. */
export function reduceLoss(name: string, loss: Tensor, reduction: Reduction = 'mean'): Tensor {
  checkReduction(name, reduction);
  if (reduction === 'none') return loss;
  return reduction === 'sum' ? sum(loss) : mean(loss);
}
