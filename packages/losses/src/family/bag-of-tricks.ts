import { nn } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { requireNumber } from '../validate.js';
import type { CallNames } from '../validate.js';
import type { FamilyOptions } from './options.js';
import { hardestInBlocks } from './parts/blocks.js';
import { hinge, softGap } from './parts/margin.js';
import { hardestSelected } from './parts/miner.js';
import { RowTripletLoss } from './row-loss.js';

/** Options of `BagOfTricksTripletLoss` and `AGWTripletLoss`. */
export interface BlockOptions extends FamilyOptions {
  /**
   * `'origin'` (default) views all selected distances as N blocks, `dist[is_pos].view(N, -1)`. **With classes of
   * unequal size that is an error, or, where the number of selected pairs is a multiple of N, silently wrong**: blocks
   * then mix the distances of several rows. `'per-row'` takes each row's own, for any class sizes; it is the same where
   * all classes have one size.
   */
  unequal_counts?: 'origin' | 'per-row';
}

/**
 * The `TripletLoss` of reid-strong-baseline: the hardest positive and negative of each row, then
 * mean_i max(ap_i − an_i + margin, 0), or with `margin` null mean_i log(1 + e^(ap_i − an_i)).
 *
 * * Distances are √max(‖a − b‖², 1e-12); a row is its own positive.
 * * Of equal distances the first gets the whole gradient, so gradients differ from `OriTripletLoss` at duplicates.
 * * Classes of unequal size: see `BlockOptions.unequal_counts`. The origin's behaviour, the default, is an error or wrong.
 * * The soft form overflows in float32 where ap − an is above 88; `stable` does not.
 *
 * Origin: michuanhaohao/reid-strong-baseline, layers/triplet_loss.py.
 * @example
 * const criterion = new BagOfTricksTripletLoss(0.3, { unequal_counts: 'per-row' });
 * const [loss, dist_ap, dist_an] = criterion.forward(embeddings, labels);
 */
export class BagOfTricksTripletLoss extends RowTripletLoss {
  margin: number | null;
  ranking_loss: nn.MarginRankingLoss | nn.SoftMarginLoss;
  readonly unequal_counts: 'origin' | 'per-row';
  private readonly fn: string;

  /**
   * @param margin of the hinge; null (default) is the soft form.
   * @param options see `BlockOptions`. `empty_rows: 'skip'` and `'zero'`, and `rows_per_tile`, need
   * `unequal_counts: 'per-row'`, since a block is not a row.
   * @param fn the name in errors, for subclasses.
   */
  constructor(margin: number | null = null, options: BlockOptions = {}, fn = 'BagOfTricksTripletLoss') {
    super(fn, 'first', options);
    if (margin !== null) requireNumber(fn, 'margin', margin);
    const { unequal_counts = 'origin', empty_rows, rows_per_tile = null } = options;
    if (unequal_counts !== 'origin' && unequal_counts !== 'per-row') {
      throw badArgument(fn, 'unequal_counts', unequal_counts, "'origin' or 'per-row'");
    }
    if (unequal_counts === 'origin' && (empty_rows === 'skip' || empty_rows === 'zero')) {
      throw badArgument(fn, 'empty_rows', empty_rows, "'throw' or 'origin', unless unequal_counts is 'per-row'");
    }
    if (unequal_counts === 'origin' && rows_per_tile !== null) {
      throw new Error(
        `${fn}: rows_per_tile ${rows_per_tile} needs unequal_counts 'per-row', got 'origin', whose blocks mix rows`,
      );
    }
    this.fn = fn;
    this.margin = margin;
    this.unequal_counts = unequal_counts;
    this.ranking_loss =
      margin === null
        ? new nn.SoftMarginLoss({ reduction: 'none' })
        : new nn.MarginRankingLoss({ margin, reduction: 'none' });
  }

  /**
   * @param global_feat embeddings [N, D], floating.
   * @param labels [N], integers.
   * @param normalize_feature scale rows to length 1 first (`normalize`). Default false.
   * @returns [loss, dist_ap, dist_an]: 0-d, [N], [N].
   * @throws for other ranks and dtypes, swapped arguments, features that are not finite, rows without a negative, and
   * classes of unequal size unless they are taken per row.
   */
  override forward(global_feat: Tensor, labels: Tensor, normalize_feature = false): [Tensor, Tensor, Tensor] {
    const names: CallNames = {
      fn: this.fn,
      embeddings: 'global_feat',
      labels: 'labels',
      call: 'forward(global_feat, labels)',
    };
    const { ranking_loss } = this;
    const { loss, positive, negative } = this.overRows(names, global_feat, labels, {
      mine: this.unequal_counts === 'origin' ? hardestInBlocks(names) : hardestSelected,
      form: ranking_loss instanceof nn.MarginRankingLoss ? hinge(ranking_loss) : softGap(ranking_loss, this.stable),
      normalize: normalize_feature,
      needsNegatives: true,
    });
    return [loss, positive, negative];
  }
}

/**
 * The `TripletLoss` of ReID-Survey (AGW): the code of `BagOfTricksTripletLoss` under the other repository's name, with its
 * trap for classes of unequal size (`BlockOptions.unequal_counts`).
 * Origin: mangye16/ReID-Survey, modeling/layer/triplet_loss.py.
 * @example const [loss, dist_ap, dist_an] = new AGWTripletLoss(0.3).forward(embeddings, labels);
 */
export class AGWTripletLoss extends BagOfTricksTripletLoss {
  /** As `BagOfTricksTripletLoss`. */
  constructor(margin: number | null = null, options: BlockOptions = {}) {
    super(margin, options, 'AGWTripletLoss');
  }
}
