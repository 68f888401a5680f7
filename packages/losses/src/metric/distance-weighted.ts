/** Random negatives, drawn so that all distances occur equally often. */
import { arange, rand, where } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireNumber } from '../validate.js';
import { batchOf, distancesOf, pairMasks } from './batch.js';
import type { Batch } from './batch.js';
import { LpDistance } from './distance.js';
import { asWeights, divideOrZero } from './masked.js';
import { MinedTriplets } from './mined.js';
import { Miner } from './miners.js';

/** Options of `DistanceWeightedMiner`. */
export interface DistanceWeightedOptions {
  /** Smaller distances count as this one. Default 0.5. */
  cutoff?: number;
  /** Negatives from here on are not drawn. Default 1.4. */
  nonzero_loss_cutoff?: number;
}

/**
 * One random negative for every positive pair, with a probability inversely proportional to how many points of the
 * unit sphere lie at its distance: q(d)⁻¹ = d^(2 − D) (1 − d²/4)^((3 − D)/2), for distances up to `nonzero_loss_cutoff`.
 * Always of normalised rows, Euclidean. Needs Q · R² elements.
 *
 * The numbers come from the default generator; in a trace they are inputs of the graph, filled before each run.
 * Origin: pytorch-metric-learning, after Wu et al., Sampling Matters in Deep Embedding Learning. There the positives are
 * drawn too, with replacement, as many as the label has rows; here every positive pair occurs once.
 */
export class DistanceWeightedMiner extends Miner<MinedTriplets> {
  readonly cutoff: number;
  readonly nonzero_loss_cutoff: number;

  /** @param options `cutoff` 0.5, `nonzero_loss_cutoff` 1.4. */
  constructor(options: DistanceWeightedOptions = {}) {
    super({}, () => new LpDistance());
    const { cutoff = 0.5, nonzero_loss_cutoff = 1.4 } = options;
    requireNumber('DistanceWeightedMiner', 'cutoff', cutoff);
    requireNumber('DistanceWeightedMiner', 'nonzero_loss_cutoff', nonzero_loss_cutoff);
    this.cutoff = cutoff;
    this.nonzero_loss_cutoff = nonzero_loss_cutoff;
  }

  /**
   * How likely each reference row is to be an anchor's negative [Q, R]: rows add up to 1, or to 0 where none qualifies.
   * @param embeddings [Q, D].
   * @param labels [Q].
   */
  probabilities(embeddings: Tensor, labels: Tensor): Tensor {
    return this.weigh(batchOf('DistanceWeightedMiner', embeddings, labels, null, null));
  }

  private weigh(batch: Batch): Tensor {
    const d = batch.embeddings.size(1);
    const distances = distancesOf(this.distance, batch).clamp({ min: this.cutoff });
    const rest = distances.mul(distances).mul(-0.25).add(1);
    const eligible = pairMasks(batch).diffs.logical_and(distances.lt(this.nonzero_loss_cutoff)).logical_and(rest.gt(0));
    const logs = distances
      .log()
      .mul(2 - d)
      .sub(
        where(eligible, rest, 1)
          .log()
          .mul((d - 3) / 2),
      );
    const largest = where(eligible, logs, -Infinity).amax(1, true);
    const weights = asWeights(eligible, distances).mul(where(eligible, logs.sub(largest), 0).exp());
    return divideOrZero(weights, weights.sum(1, true));
  }

  protected override mine(batch: Batch): MinedTriplets {
    const reached = this.weigh(batch).cumsum(1);
    const { matches } = pairMasks(batch);
    // The first row whose running sum exceeds the number drawn: as many rows are at or below it as come before it.
    const drawn = rand(matches.shape, { dtype: reached.dtype }).mul(reached.amax(1, true));
    const before = reached.unsqueeze(1).le(drawn.unsqueeze(2)).sum(2, true);
    const triplets = matches.unsqueeze(2).logical_and(before.eq(arange(reached.size(1))));
    return new MinedTriplets(asWeights(triplets, reached));
  }
}
