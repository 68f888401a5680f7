import { nn } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { requireCounts } from '@reidgrad/core/graph';

/** Options of {@link EmbeddingNet}. */
export interface EmbeddingNetOptions {
  /** How many identities the classifier tells apart. */
  readonly classes: number;
  /** Length of the embedding; 64. */
  readonly embedding?: number;
  /** Output channels of the blocks, each of which halves the picture; [16, 32, 64]. */
  readonly channels?: readonly number[];
  /** Rows and columns that the last feature map is averaged to before the embedding layer; [4, 4]. */
  readonly grid?: readonly [number, number];
}

/** Convolution 3x3, batch norm, ReLU and max pooling 2x2: [N, C, H, W] to [N, C', H / 2, W / 2]. */
export class ConvBlock extends nn.Module {
  conv: nn.Conv2d;
  norm: nn.BatchNorm2d;
  pool: nn.MaxPool2d;

  constructor(inChannels: number, outChannels: number) {
    super();
    requireCounts('ConvBlock', { inChannels, outChannels }, 1);
    this.conv = new nn.Conv2d(inChannels, outChannels, 3, { padding: 1, bias: false });
    this.norm = new nn.BatchNorm2d(outChannels);
    this.pool = new nn.MaxPool2d(2);
  }

  override forward(x: Tensor): Tensor {
    return this.pool.forward(this.norm.forward(this.conv.forward(x)).relu());
  }
}

/** What {@link EmbeddingNet} gives in training. */
export interface EmbeddingNetOutput {
  /** [N, embedding], before the bottleneck: for triplet losses. */
  readonly features: Tensor;
  /** [N, classes], after it: for cross-entropy. */
  readonly logits: Tensor;
}

/**
 * A small convolutional network with a BNNeck (Luo et al., "Bag of Tricks and a Strong Baseline for Deep Person
 * Re-identification", 2019): triplet losses see the features before a batch norm without bias, cross-entropy and the
 * search see them after it. A coarse grid is kept instead of one global average, as body parts and the parts of a
 * drawing stand in their places.
 *
 * Takes normalised pictures; {@link Embedder} holds the whole way from pixels to embedding.
 * @example
 * const net = new EmbeddingNet({ classes: 1359 });
 * const { features, logits } = net.forward(torch.zeros(4, 3, 32, 32)); // [4, 64] and [4, 1359]
 */
export class EmbeddingNet extends nn.Module {
  blocks: nn.Sequential;
  pool: nn.AdaptiveAvgPool2d;
  embedding: nn.Linear;
  bottleneck: nn.BatchNorm1d;
  classifier: nn.Linear;

  constructor(options: EmbeddingNetOptions) {
    super();
    const { classes, embedding = 64, channels = [16, 32, 64], grid = [4, 4] } = options;
    requireCounts('EmbeddingNet', { classes, embedding }, 1);
    this.blocks = new nn.Sequential(...channels.map((out, i) => new ConvBlock(i === 0 ? 3 : channels[i - 1], out)));
    this.pool = new nn.AdaptiveAvgPool2d(grid);
    this.embedding = new nn.Linear(channels[channels.length - 1] * grid[0] * grid[1], embedding, { bias: false });
    this.bottleneck = new nn.BatchNorm1d(embedding);
    this.bottleneck.bias?.requires_grad_(false);
    this.classifier = new nn.Linear(embedding, classes, { bias: false });
    nn.init.normal_(this.classifier.weight, 0, 0.001);
  }

  /** [N, 3, H, W] to features [N, embedding] before the bottleneck. */
  features(x: Tensor): Tensor {
    return this.embedding.forward(this.pool.forward(this.blocks.forward(x)).flatten(1));
  }

  /** [N, 3, H, W] to embeddings [N, embedding] after the bottleneck, for the search. */
  embed(x: Tensor): Tensor {
    return this.bottleneck.forward(this.features(x));
  }

  override forward(x: Tensor): EmbeddingNetOutput {
    const features = this.features(x);
    return { features, logits: this.classifier.forward(this.bottleneck.forward(features)) };
  }
}
