/** The batch that losses and miners work on: query rows, reference rows, and which of them form pairs. */
import { badArgument, show } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { distinctRows } from '../masks.js';
import { requireAlike, requireBatch, requireLabels, requireMatrix } from '../validate.js';
import type { Distance } from './distance.js';
import { asWeights } from './masked.js';
import { MinedPairs } from './mined.js';
import type { Mined } from './mined.js';

/** Query rows [Q, D] with labels [Q], and reference rows [R, D] with labels [R]. */
export interface Batch {
  embeddings: Tensor;
  labels: Tensor;
  /** null: the batch is its own reference, and a row is not a pair with itself. */
  ref_emb: Tensor | null;
  ref_labels: Tensor;
  /** bool [R]: which reference rows count; null: all. */
  ref_mask: Tensor | null;
}

/** Checks the arguments of a loss or miner called `fn` and joins them. */
export function batchOf(
  fn: string,
  embeddings: Tensor,
  labels: Tensor,
  ref_emb: Tensor | null,
  ref_labels: Tensor | null,
  ref_mask: Tensor | null = null,
): Batch {
  requireBatch(
    { fn, embeddings: 'embeddings', labels: 'labels', call: 'forward(embeddings, labels)' },
    embeddings,
    labels,
  );
  if ((ref_emb === null) !== (ref_labels === null)) {
    throw badArgument(
      fn,
      'ref_labels',
      ref_labels,
      `${ref_emb === null ? 'null' : 'labels'}, as ref_emb is ${show(ref_emb)}`,
    );
  }
  if (ref_emb === null || ref_labels === null)
    return { embeddings, labels, ref_emb: null, ref_labels: labels, ref_mask };
  requireMatrix(fn, 'ref_emb', ref_emb);
  requireLabels(fn, 'ref_labels', ref_labels);
  requireAlike(fn, ['embeddings', 'ref_emb'], embeddings, ref_emb, [1]);
  if (ref_emb.size(0) !== ref_labels.size(0)) {
    throw badArgument(fn, 'ref_labels', ref_labels, `one label per row of ref_emb ${show(ref_emb)}`);
  }
  return { embeddings, labels, ref_emb, ref_labels, ref_mask };
}

/** Distances of the query to the reference rows [Q, R]. */
export function distancesOf(distance: Distance, { embeddings, ref_emb }: Batch): Tensor {
  return distance.forward(embeddings, ref_emb);
}

/** Pairs of one label (a row is not its own positive) and of different labels, bool [Q, R]. */
export function pairMasks({ labels, ref_emb, ref_labels, ref_mask }: Batch): { matches: Tensor; diffs: Tensor } {
  const same = labels.unsqueeze(1).eq(ref_labels.unsqueeze(0));
  const matches = ref_emb === null ? same.logical_and(distinctRows(labels)) : same;
  const diffs = same.logical_not();
  if (ref_mask === null) return { matches, diffs };
  const counted = ref_mask.unsqueeze(0);
  return { matches: matches.logical_and(counted), diffs: diffs.logical_and(counted) };
}

/** All pairs of the batch. */
export function allPairs(batch: Batch): MinedPairs {
  const { matches, diffs } = pairMasks(batch);
  return new MinedPairs(asWeights(matches, batch.embeddings), asWeights(diffs, batch.embeddings));
}

/** What was mined, or all pairs. Throws where masks and batch have different sizes. */
export function minedOrAll(fn: string, batch: Batch, mined: Mined | null): Mined {
  if (mined === null) return allPairs(batch);
  const of = 'positives' in mined ? mined.positives : (mined.choice?.positive ?? mined.weights);
  const [rows, columns] = [batch.labels.size(0), batch.ref_labels.size(0)];
  if (of.size(0) === rows && of.size(1) === columns) return mined;
  throw badArgument(fn, 'mined', of, `masks [${rows}, ${columns}], of the batch and its references`);
}
