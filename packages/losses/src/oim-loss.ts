import { check, index_copy, matmul, nn, no_grad, norm, where, zeros } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireCount } from '@reidgrad/core/graph';
import { sameLabels } from './masks.js';
import { requireBatch, requireLabelsBelow, requireNumber } from './validate.js';
import type { CallNames } from './validate.js';

const names: CallNames = { fn: 'OIMLoss', embeddings: 'inputs', labels: 'targets', call: 'forward(inputs, targets)' };

/** Options of `OIMLoss` beyond the origin's arguments. */
export interface OimOptions {
  /**
   * The most rows that one label has in a batch: `update` takes that many rounds. Default: the batch size, which is always
   * enough and slow. A batch with more is an error.
   */
  instances?: number;
}

/**
 * Online instance matching: logits = scalar · inputs · lutᵀ, cross entropy with the labels. `lut` [K, D], a buffer of zeros at
 * first, holds a running feature per class.
 *
 * In the origin the backward pass also writes `lut`. Here that is a call, so that it traces and happens when you say:
 * `update` after `backward`. It goes through the rows in their order:
 * lut[y] = momentum · lut[y] + (1 − momentum) · x, then lut[y] /= ‖lut[y]‖.
 * Origin: Cysu/open-reid, reid/loss/oim.py (after Xiao et al., 2017).
 * @example
 * const criterion = new OIMLoss(128, 751, 30);
 * const [loss] = criterion.forward(features, labels);
 * loss.backward();
 * criterion.update(features, labels);
 */
export class OIMLoss extends nn.Module {
  /** [K, D]. */
  declare lut: Tensor;
  readonly instances: number | null;

  /**
   * @param num_features D.
   * @param num_classes K.
   * @param scalar factor of the logits. Default 1.
   * @param momentum share of the old feature in an update. Default 0.5.
   * @param weight factor per class [K], or null (default).
   * @param size_average mean over rows (default), else the sum.
   */
  constructor(
    readonly num_features: number,
    readonly num_classes: number,
    readonly scalar = 1,
    readonly momentum = 0.5,
    readonly weight: Tensor | null = null,
    readonly size_average = true,
    options: OimOptions = {},
  ) {
    super();
    requireCount('OIMLoss', 'num_features', num_features);
    requireCount('OIMLoss', 'num_classes', num_classes);
    requireNumber('OIMLoss', 'scalar', scalar);
    requireNumber('OIMLoss', 'momentum', momentum);
    this.instances = options.instances ?? null;
    this.register_buffer('lut', zeros(num_classes, num_features));
  }

  /**
   * @param inputs features [N, D], of the dtype of `lut`.
   * @param targets labels [N], integers from 0 to K − 1.
   * @returns [loss, logits]: 0-d, [N, K].
   * @throws for other shapes and dtypes, labels out of range and features that are not finite.
   */
  override forward(inputs: Tensor, targets: Tensor): [Tensor, Tensor] {
    requireBatch(names, inputs, targets);
    const logits = matmul(inputs, this.lut.detach().t()).mul(this.scalar);
    const reduction = this.size_average ? 'mean' : 'sum';
    return [nn.functional.cross_entropy(logits, targets, { weight: this.weight, reduction }), logits];
  }

  /**
   * Writes the features of a batch into `lut`, without gradients.
   * @param inputs features [N, D].
   * @param targets labels [N], integers from 0 to K − 1.
   * @throws as `forward`, and for more than `instances` rows of one label.
   */
  update(inputs: Tensor, targets: Tensor): void {
    requireBatch(names, inputs, targets);
    requireLabelsBelow('OIMLoss', 'targets', targets, this.num_classes);
    no_grad(() => {
      const same = sameLabels(targets).to('int64');
      // How many earlier rows have the row's label: in round r, the row with r of them is written for all of its label.
      const earlier = same.tril(-1).sum(1);
      const rounds = this.instances ?? inputs.size(0);
      check(
        earlier.lt(rounds),
        ([row]) =>
          `OIMLoss: targets: row ${row} has a label of more than ${rounds} rows, expected at most options.instances`,
      );
      let features = this.lut.index_select(0, targets);
      for (let round = 0; round < rounds; round++) {
        const turn = same.mul(earlier.eq(round).to('int64').unsqueeze(0));
        const mixed = features.mul(this.momentum).add(matmul(turn.to(inputs.dtype), inputs).mul(1 - this.momentum));
        features = where(turn.sum(1, true).gt(0), mixed.div(norm(mixed, 2, 1, true)), features);
      }
      this.lut.copy_(index_copy(this.lut, 0, targets, features));
    });
  }
}
