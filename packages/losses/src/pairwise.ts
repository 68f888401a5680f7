/** fast-reid's losses over the cosines of all pairs. */
import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { allRows, pairsOfOthers } from './family/parts/mask.js';
import { requireBatch, requireNumber } from './validate.js';

/** What takes a pair out of a log-sum-exp, as in the origin. */
const MASKED = -99999999;

interface Similarities {
  /** Cosines of positive pairs, 0 elsewhere. */
  s_p: Tensor;
  /** Cosines of negative pairs, 0 elsewhere. */
  s_n: Tensor;
  /** MASKED where a pair is no positive. */
  notPositive: Tensor;
  notNegative: Tensor;
}

function similarities(fn: string, embedding: Tensor, targets: Tensor): Similarities {
  const call = `${fn}(embedding, targets, margin, gamma)`;
  requireBatch({ fn, embeddings: 'embedding', labels: 'targets', call }, embedding, targets);
  const unit = nn.functional.normalize(embedding, { dim: 1 });
  const cosines = unit.matmul(unit.t());
  const { positive, negative } = pairsOfOthers(allRows(targets));
  const [is_pos, is_neg] = [positive.to(cosines.dtype), negative.to(cosines.dtype)];
  return {
    s_p: cosines.mul(is_pos),
    s_n: cosines.mul(is_neg),
    notPositive: is_pos.mul(-1).add(1).mul(MASKED),
    notNegative: is_neg.mul(-1).add(1).mul(MASKED),
  };
}

/** mean_i softplus(log Σ_j e^(positive logits) + log Σ_j e^(negative logits)). */
function meanSoftplus(positive: Tensor, negative: Tensor): Tensor {
  return nn.functional.softplus(positive.logsumexp(1).add(negative.logsumexp(1))).mean();
}

/**
 * fast-reid's pairwise circle loss: mean_i softplus(LSE_j −gamma·[1 + margin − s_p]₊·(s_p − 1 + margin) +
 * LSE_j gamma·[s_n + margin]₊·(s_n − margin)) over the cosines s_p of positive and s_n of negative pairs; the factors in
 * brackets pass no gradient. A row without positives or negatives costs nothing (its sum is about −1e8).
 * Origin: JDAI-CV/fast-reid, fastreid/modeling/losses/circle_loss.py.
 * @param embedding [N, D], floating; normalised here.
 * @param targets labels [N], integers.
 * @param margin the configuration's default is 0.25.
 * @param gamma scale; the configuration's default is 128.
 * @returns the loss, 0-d.
 * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
 * @example const loss = pairwise_circleloss(embeddings, labels, 0.25, 128);
 */
export function pairwise_circleloss(embedding: Tensor, targets: Tensor, margin: number, gamma: number): Tensor {
  requireNumber('pairwise_circleloss', 'margin', margin);
  requireNumber('pairwise_circleloss', 'gamma', gamma);
  const { s_p, s_n, notPositive, notNegative } = similarities('pairwise_circleloss', embedding, targets);
  const alpha_p = s_p
    .detach()
    .neg()
    .add(1 + margin)
    .clamp({ min: 0 });
  const alpha_n = s_n.detach().add(margin).clamp({ min: 0 });
  return meanSoftplus(
    alpha_p
      .mul(s_p.sub(1 - margin))
      .mul(-gamma)
      .add(notPositive),
    alpha_n.mul(s_n.sub(margin)).mul(gamma).add(notNegative),
  );
}

/**
 * fast-reid's pairwise CosFace: mean_i softplus(LSE_j −gamma·s_p + LSE_j gamma·(s_n + margin)) over the cosines of positive
 * and negative pairs. A row without positives or negatives costs nothing.
 * Origin: JDAI-CV/fast-reid, fastreid/modeling/losses/circle_loss.py.
 * @param embedding [N, D], floating; normalised here.
 * @param targets labels [N], integers.
 * @param margin added to the cosine of negatives.
 * @param gamma scale.
 * @returns the loss, 0-d.
 * @throws for other ranks and dtypes, swapped arguments and features that are not finite.
 * @example const loss = pairwise_cosface(embeddings, labels, 0.25, 128);
 */
export function pairwise_cosface(embedding: Tensor, targets: Tensor, margin: number, gamma: number): Tensor {
  requireNumber('pairwise_cosface', 'margin', margin);
  requireNumber('pairwise_cosface', 'gamma', gamma);
  const { s_p, s_n, notPositive, notNegative } = similarities('pairwise_cosface', embedding, targets);
  return meanSoftplus(s_p.mul(-gamma).add(notPositive), s_n.add(margin).mul(gamma).add(notNegative));
}
