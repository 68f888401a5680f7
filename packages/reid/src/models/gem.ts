import { nn, ones } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { badArgument, requireTensor } from '@reidgrad/core/graph';

/**
 * Generalized mean pooling (Radenović et al., "Fine-tuning CNN Image Retrieval with No Human Annotation", 2018):
 * mean(max(x, eps)^p)^(1/p) over bins. p = 1 averages, a large p tends to the maximum.
 * [N, C, H, W] to [N, C, output_size, output_size].
 *
 * Origin: ReID-Survey, `GeneralizedMeanPooling`.
 * @throws when `norm` is not positive.
 */
export class GeneralizedMeanPooling extends nn.Module<[Tensor], Tensor> {
  p: number | nn.Parameter;

  /**
   * @param norm the power p.
   * @param output_size bins per axis. Default 1.
   * @param eps smaller values count as this. Default 1e-6.
   */
  constructor(
    norm: number,
    readonly output_size = 1,
    readonly eps = 1e-6,
  ) {
    super();
    if (typeof norm !== 'number' || !(norm > 0)) {
      throw badArgument(this.constructor.name, 'norm', norm, 'a positive number');
    }
    this.p = norm;
  }

  override forward(x: Tensor): Tensor {
    requireTensor(this.constructor.name, 'x', x);
    const root = typeof this.p === 'number' ? 1 / this.p : this.p.reciprocal();
    const powers = x.clamp({ min: this.eps }).pow(this.p);
    return nn.functional.adaptive_avg_pool2d(powers, this.output_size).pow(root);
  }

  override extra_repr(): string {
    const p = typeof this.p === 'number' ? this.p : this.p.item();
    return `${p}, output_size=${this.output_size}`;
  }
}

/** {@link GeneralizedMeanPooling} with a trained power `p` [1], which starts at `norm` (default 3). */
export class GeneralizedMeanPoolingP extends GeneralizedMeanPooling {
  declare p: nn.Parameter;

  constructor(norm = 3, output_size = 1, eps = 1e-6) {
    super(norm, output_size, eps);
    this.p = new nn.Parameter(ones(1).mul(norm));
  }
}

/**
 * The cross-modality baseline's generalized mean over the whole map: (mean(x^p) + 1e-12)^(1/p), without a bound below.
 * [N, C, H, W] to [N, C].
 *
 * As in the origin a negative mean gives NaN: it is meant for what a ReLU leaves.
 * @param p default 3.
 */
export function gm_pool(x: Tensor, p = 3): Tensor {
  requireTensor('gm_pool', 'x', x);
  if (x.ndim !== 4) throw badArgument('gm_pool', 'x', x, '[N, C, H, W]');
  return x
    .flatten(2)
    .pow(p)
    .mean(-1)
    .add(1e-12)
    .pow(1 / p);
}
