/** A memory of the rows of earlier batches, to compare the current one with. */
import { arange, nn, no_grad, tensor, zeros } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { allPairs, batchOf } from './batch.js';
import { requireSizes } from './class-losses.js';
import type { MetricLoss } from './loss.js';
import { MinedPairs, MinedTriplets } from './mined.js';
import type { Mined } from './mined.js';
import type { Miner } from './miners.js';

/** Options of `CrossBatchMemory`. */
export interface CrossBatchMemoryOptions {
  /** How many rows are kept. Default 1024. */
  memory_size?: number;
  /** Chooses among the pairs of the batch with the memory. Default null: all. */
  miner?: Miner | null;
}

/**
 * A loss of each batch against a queue of the last `memory_size` rows, the batch itself among them; a row is not paired
 * with its own copy. Gradient flows to the batch only.
 *
 * The queue is state of the module: buffers `embedding_memory` [memory_size, embedding_size] and `label_memory` (in the
 * state dict, as in the origin), `queue_idx` and `num_stored` (not in it). Its write traces, so that a compiled step keeps
 * the memory where it runs. Labels must fit the loss's `ref_labels`; losses of classes cannot be wrapped.
 * Origin: pytorch-metric-learning, after Wang et al., Cross-Batch Memory. Without its `enqueue_mask`
 * and `indices_tuple`.
 * @example const criterion = new CrossBatchMemory(new ContrastiveLoss(), 128, { memory_size: 4096 });
 */
export class CrossBatchMemory extends nn.Module {
  readonly loss: MetricLoss;
  readonly miner: Miner | null;
  readonly embedding_size: number;
  readonly memory_size: number;
  declare embedding_memory: Tensor;
  declare label_memory: Tensor;
  /** 0-d int64: where the next row goes. */
  declare queue_idx: Tensor;
  /** 0-d int64: how many rows hold something. */
  declare num_stored: Tensor;

  /** @param options `memory_size` 1024, `miner` null. */
  constructor(loss: MetricLoss, embedding_size: number, options: CrossBatchMemoryOptions = {}) {
    super();
    const { memory_size = 1024, miner = null } = options;
    requireSizes('CrossBatchMemory', memory_size, embedding_size);
    this.loss = loss;
    this.miner = miner;
    this.embedding_size = embedding_size;
    this.memory_size = memory_size;
    this.register_buffer('embedding_memory', zeros(memory_size, embedding_size));
    this.register_buffer('label_memory', zeros(memory_size, { dtype: 'int64' }));
    this.register_buffer('queue_idx', tensor(0, { dtype: 'int64' }), false);
    this.register_buffer('num_stored', tensor(0, { dtype: 'int64' }), false);
  }

  /** Empties the memory. */
  reset_queue(): void {
    for (const buffer of [this.embedding_memory, this.label_memory, this.queue_idx, this.num_stored]) buffer.zero_();
  }

  /**
   * Writes the batch into the queue, then gives its loss against all that is stored.
   * @param embeddings [N, embedding_size], of the memory's dtype (float32 unless the module was converted), N at most
   * memory_size.
   * @param labels [N].
   * @returns 0-d.
   * @throws for a batch larger than the memory, another number of features, and what the loss throws for.
   */
  override forward(embeddings: Tensor, labels: Tensor): Tensor {
    const name = 'CrossBatchMemory';
    const rows = embeddings.size(0);
    if (rows > this.memory_size)
      throw badArgument(name, 'embeddings', embeddings, `at most memory_size rows, ${this.memory_size}`);
    const slots = no_grad(() => this.write(embeddings, labels));
    const memory = this.embedding_memory.clone();
    const memoryLabels = this.label_memory.clone();
    const stored = arange(this.memory_size).lt(this.num_stored);
    const batch = batchOf(name, embeddings, labels, memory, memoryLabels, stored);
    const found =
      this.miner === null ? allPairs(batch) : this.miner.forward(embeddings, labels, memory, memoryLabels, stored);
    const others = slots.unsqueeze(1).ne(arange(this.memory_size).unsqueeze(0)).to(embeddings.dtype);
    return this.loss.forward(embeddings, labels, withoutCopies(found, others), memory, memoryLabels, stored);
  }

  /** Puts the batch after what was written last; gives the places [N]. */
  private write(embeddings: Tensor, labels: Tensor): Tensor {
    const rows = embeddings.size(0);
    const slots = arange(rows).add(this.queue_idx).remainder(this.memory_size);
    this.embedding_memory.index_copy_(0, slots, embeddings.detach());
    this.label_memory.index_copy_(0, slots, labels.to('int64'));
    this.queue_idx.copy_(this.queue_idx.add(rows).remainder(this.memory_size));
    this.num_stored.copy_(this.num_stored.add(rows).clamp({ max: this.memory_size }));
    return slots;
  }
}

/** What was mined, without pairs (and triplets with pairs) of a row and its own copy; `others` is 0 there. */
function withoutCopies(mined: Mined, others: Tensor): Mined {
  if ('positives' in mined) return new MinedPairs(mined.positives.mul(others), mined.negatives);
  if (mined.choice === null) return new MinedTriplets(mined.weights.mul(others.unsqueeze(2)));
  const positive = mined.choice.positive.mul(others);
  return new MinedTriplets({ positive, negative: mined.choice.negative.mul(positive.sum(1, true)) });
}
