import { manual_seed, no_grad, rand, zeros } from '@reidgrad/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Embedder, EmbeddingNet } from './index.js';

beforeEach(() => manual_seed(3));

describe('EmbeddingNet', () => {
  it('gives features and logits', () => {
    const net = new EmbeddingNet({ classes: 7, embedding: 6, channels: [4, 5], grid: [2, 1] });
    const { features, logits } = net.forward(rand(3, 3, 16, 8));
    expect(features.shape).toEqual([3, 6]);
    expect(logits.shape).toEqual([3, 7]);
  });

  it('holds its modules in the order of the constructor', () => {
    const net = new EmbeddingNet({ classes: 7, channels: [4] });
    expect(net.named_children().map(([name]) => name)).toEqual([
      'blocks',
      'pool',
      'embedding',
      'bottleneck',
      'classifier',
    ]);
    expect(net.named_parameters().map(([name]) => name)).toEqual([
      'blocks.0.conv.weight',
      'blocks.0.norm.weight',
      'blocks.0.norm.bias',
      'embedding.weight',
      'bottleneck.weight',
      'bottleneck.bias',
      'classifier.weight',
    ]);
  });

  it('freezes the bias of the bottleneck and nothing else', () => {
    const net = new EmbeddingNet({ classes: 7 });
    const frozen = net.named_parameters().filter(([, parameter]) => !parameter.requires_grad);
    expect(frozen.map(([name]) => name)).toEqual(['bottleneck.bias']);
  });

  it('depends on the seed only', () => {
    const weights = (seed: number): unknown => {
      manual_seed(seed);
      return new EmbeddingNet({ classes: 7 }).embedding.weight.tolist();
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });
});

describe('Embedder', () => {
  it('takes pixels from 0 to 255 and gives rows of length 1', () => {
    const net = new EmbeddingNet({ classes: 7, embedding: 6, channels: [4] });
    const embedder = new Embedder(net, { mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2] }).eval();
    const embeddings = no_grad(() => embedder.forward(rand(3, 3, 8, 8).mul(255)));
    embeddings
      .mul(embeddings)
      .sum(1)
      .toTypedArray()
      .forEach((length) => expect(Number(length)).toBeCloseTo(1, 5));
  });

  it('subtracts the mean of a channel and divides by its deviation', () => {
    const net = new EmbeddingNet({ classes: 2, channels: [2] });
    const embedder = new Embedder(net, { mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] });
    expect(embedder.prepare(zeros(1, 3, 1, 1)).tolist()).toEqual([[[[-1]], [[-1]], [[0]]]]);
  });
});
