export type { ChannelStatistics } from './embedder.js';
export { Embedder, IMAGENET_STATISTICS } from './embedder.js';
export type { EmbeddingNetOptions, EmbeddingNetOutput } from './embedding-net.js';
export { ConvBlock, EmbeddingNet } from './embedding-net.js';
