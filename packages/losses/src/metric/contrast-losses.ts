/** Losses that are a cross entropy over pairs: one positive against many negatives. */
import { finfo, matmul, no_grad, ones_like } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { distinctRows, sameLabels } from '../masks.js';
import { distancesOf, minedOrAll } from './batch.js';
import type { Batch } from './batch.js';
import { CosineSimilarity, DotProductSimilarity } from './distance.js';
import type { Distance } from './distance.js';
import { MetricLoss, elements, once, part, requireNumbers } from './loss.js';
import type { MetricLossOptions } from './loss.js';
import { firstOfRow, scaledSum, weightedLogSumExp } from './masked.js';
import type { Mined } from './mined.js';
import { AvgNonZeroReducer } from './reducers.js';
import type { LossParts } from './reducers.js';

/** Options with a temperature. */
export interface TemperatureOptions extends MetricLossOptions {
  /** What similarities are divided by. */
  temperature?: number;
}

/** Similarities, or distances with their sign turned. */
function similaritiesOf(distance: Distance, batch: Batch): Tensor {
  const matrix = distancesOf(distance, batch);
  return distance.is_inverted ? matrix : matrix.neg();
}

/**
 * Normalised temperature-scaled cross entropy, per positive pair: −log(e^(s_ap/τ) / (e^(s_ap/τ) + Σ_n e^(s_an/τ))).
 * Origin: pytorch-metric-learning; also known as InfoNCE.
 */
export class NTXentLoss extends MetricLoss {
  readonly temperature: number;

  /** @param options `temperature` 0.07, `distance` CosineSimilarity, `reducer` MeanReducer. */
  constructor(options: TemperatureOptions = {}) {
    super(options, { distance: () => new CosineSimilarity() });
    const { temperature = 0.07 } = options;
    requireNumbers('NTXentLoss', { temperature });
    this.temperature = temperature;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const { positives, negatives } = this.pairsOf(batch, mined);
    const s = similaritiesOf(this.distance, batch).div(this.temperature);
    const { largest, factor } = scaledSum(s, negatives);
    const top = no_grad(() => s.maximum(largest));
    const numerator = s.sub(top).exp();
    const denominator = factor.mul(largest.sub(top).exp()).add(numerator);
    // The origin adds the smallest normal number, so that the loss stays finite where the quotient underflows.
    const losses = numerator.div(denominator).add(finfo(s.dtype).tiny).log().neg();
    return { loss: part('pos_pair', losses, positives) };
  }
}

/**
 * Supervised contrastive loss, per anchor: the mean over its positives of −log(e^(s_ap/τ) / Σ_j e^(s_aj/τ)), the sum
 * over all its positives and negatives. Anchors without a positive have loss 0 and do not count.
 * Origin: pytorch-metric-learning, after Khosla et al.
 */
export class SupConLoss extends MetricLoss {
  readonly temperature: number;

  /** @param options `temperature` 0.1, `distance` CosineSimilarity, `reducer` AvgNonZeroReducer. */
  constructor(options: TemperatureOptions = {}) {
    super(options, { distance: () => new CosineSimilarity(), reducer: () => new AvgNonZeroReducer() });
    const { temperature = 0.1 } = options;
    requireNumbers('SupConLoss', { temperature });
    this.temperature = temperature;
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    const mask = this.pairsOf(batch, mined);
    const [positives, negatives] = [once(mask.positives), once(mask.negatives)];
    const s = similaritiesOf(this.distance, batch).div(this.temperature);
    const logs = s.sub(weightedLogSumExp(s, positives.maximum(negatives)));
    const count = positives.sum(1);
    const losses = positives
      .mul(logs)
      .sum(1)
      .div(count.add(finfo(s.dtype).tiny))
      .neg();
    const active = positives.any().logical_and(negatives.any()).to(s.dtype);
    return { loss: elements(losses, ones_like(losses).mul(active)) };
  }
}

/**
 * N-pairs loss: of each label the first anchor with a positive, and its first positive; the cross entropy of every such
 * anchor's similarities to all those positives, its own being the target.
 * Origin: pytorch-metric-learning, after Sohn. First means lowest in the batch; there it is first in the miner's list,
 * which `MultiSimilarityMiner` sorts by similarity.
 */
export class NPairsLoss extends MetricLoss {
  /** @param options `distance` DotProductSimilarity (of normalised rows), `reducer` MeanReducer. */
  constructor(options: MetricLossOptions = {}) {
    super(options, { distance: () => new DotProductSimilarity() });
  }

  protected override parts(batch: Batch, mined: Mined | null): LossParts {
    this.requireNoReferences(batch);
    const paired = minedOrAll('NPairsLoss', batch, mined).pairs().positives.gt(0);
    const hasPositive = paired.any(1);
    // [a, b]: b is an anchor of a's label; the first such b is a itself for the anchor that is taken.
    const rivals = sameLabels(batch.labels).logical_and(hasPositive.unsqueeze(0));
    const dtype = batch.embeddings.dtype;
    const identity = distinctRows(batch.labels).logical_not().to(dtype);
    const taken = firstOfRow(rivals).to(dtype).mul(identity).sum(1);
    const partner = firstOfRow(paired).to(dtype);
    const toPartners = matmul(similaritiesOf(this.distance, batch), partner.t());
    const own = toPartners.mul(identity).sum(1);
    const weights = taken.unsqueeze(0).mul(ones_like(toPartners));
    const losses = weightedLogSumExp(toPartners, weights).squeeze(1).sub(own);
    return { loss: elements(losses, taken) };
  }
}
