import { arange, matmul, nn, randn } from '@reidgrad/core';
import { badArgument, requireCount } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { squaredNorms } from './distances.js';
import { requireBatch, requireLabelsBelow } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = { fn: 'CenterLoss', embeddings: 'x', labels: 'labels', call: 'forward(x, labels)' };

/**
 * Centre loss: Σ_i Σ_c min(max(‖x_i − centre_c‖² · [y_i = c], 1e-12), 1e12) / N, with trainable centres.
 *
 * As in the origin the clamp follows the mask: the K − 1 entries per row that do not count are lifted to 1e-12, which adds
 * (K − 1) · 1e-12 to the loss and nothing to its gradient.
 * Training code multiplies the loss by a small weight and the gradient of `centers` by its inverse before their own step.
 * Origin: reid-strong-baseline, layers/center_loss.py (after Wen et al., 2016).
 * @example
 * const center = new CenterLoss(751, 2048, false);
 * const loss = center.forward(features, labels);
 */
export class CenterLoss extends nn.Module {
  /** [K, D], drawn from N(0, 1). */
  centers: nn.Parameter;

  /**
   * @param num_classes K. Default 751.
   * @param feat_dim D. Default 2048.
   * @param use_gpu accepted for ported code and not used.
   */
  constructor(
    readonly num_classes = 751,
    readonly feat_dim = 2048,
    readonly use_gpu = true,
  ) {
    super();
    requireCount('CenterLoss', 'num_classes', num_classes);
    requireCount('CenterLoss', 'feat_dim', feat_dim);
    this.centers = new nn.Parameter(randn(num_classes, feat_dim));
  }

  /**
   * @param x features [N, D], of the dtype of `centers`.
   * @param labels [N], integers from 0 to K − 1.
   * @returns the loss, 0-d.
   * @throws for other shapes and dtypes, labels out of range and features that are not finite.
   */
  override forward(x: Tensor, labels: Tensor): Tensor {
    requireBatch(names, x, labels);
    if (x.size(1) !== this.feat_dim) {
      throw badArgument('CenterLoss', 'x', x, `${this.feat_dim} features (feat_dim)`);
    }
    requireLabelsBelow('CenterLoss', 'labels', labels, this.num_classes);
    const { centers } = this;
    const products = matmul(x, centers.t());
    const distances = squaredNorms(x).add(squaredNorms(centers).t()).sub(products.mul(2));
    const own = labels
      .unsqueeze(1)
      .eq(arange(this.num_classes, { dtype: labels.dtype }))
      .to(x.dtype);
    return distances.mul(own).clamp({ min: 1e-12, max: 1e12 }).sum(1).mean();
  }
}
