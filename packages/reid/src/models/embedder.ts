import { nn, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import { normalize } from '@reidgrad/losses';
import type { EmbeddingNet } from './embedding-net.js';

/** Mean and standard deviation of each colour channel (red, green, blue; values from 0 to 1). */
export interface ChannelStatistics {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** The statistics of ImageNet, as person re-identification uses them. */
export const IMAGENET_STATISTICS: ChannelStatistics = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

function perChannel(argument: string, values: readonly number[]): Tensor {
  if (values.length !== 3) throw badArgument('Embedder', argument, values, 'one number per channel, 3');
  return tensor([...values]).reshape(3, 1, 1);
}

/**
 * The whole way from pixels to embedding, so that nothing of it can be forgotten or done twice: scaling, normalisation,
 * network, bottleneck, length 1. In evaluation mode it is what is searched with and exported.
 * @example
 * const embedder = new Embedder(net).eval();
 * const embedding = embedder.forward(pixels); // pixels [N, 3, H, W] from 0 to 255, RGB; rows of length 1
 */
export class Embedder extends nn.Module {
  net: EmbeddingNet;
  declare mean: Tensor;
  declare std: Tensor;

  constructor(net: EmbeddingNet, statistics: ChannelStatistics = IMAGENET_STATISTICS) {
    super();
    this.net = net;
    this.register_buffer('mean', perChannel('statistics.mean', statistics.mean));
    this.register_buffer('std', perChannel('statistics.std', statistics.std));
  }

  /** Pictures [N, 3, H, W] with values from 0 to 1 as the network takes them. */
  prepare(images: Tensor): Tensor {
    return images.sub(this.mean).div(this.std);
  }

  /**
   * @param pixels float32 [N, 3, H, W], RGB, 0 to 255
   * @returns [N, embedding], rows of length 1: Euclidean and cosine distances rank alike.
   */
  override forward(pixels: Tensor): Tensor {
    return normalize(this.net.embed(this.prepare(pixels.div(255))));
  }
}
