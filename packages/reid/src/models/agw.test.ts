import { manual_seed, rand } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { AGWBaseline, ResNetNL } from './index.js';

beforeEach(() => manual_seed(3));

const pictures = (): Tensor => rand(4, 3, 32, 16);

describe('AGWBaseline', () => {
  it('gives scores and features in training, embeddings in evaluation', () => {
    const model = new AGWBaseline(7, { width: 0.125 });
    const x = pictures();
    const training = model.forward(x);
    expect(Array.isArray(training) ? training.map(({ shape }) => shape) : null).toEqual([
      [4, 7],
      [4, 256],
    ]);
    const embeddings = model.eval().forward(x);
    expect(Array.isArray(embeddings) ? null : embeddings.tolist()).toEqual(model.embed(x).tolist());
    expect(model.embed(x).tolist()).not.toEqual(model.features(x).tolist());
  });

  it('trains everything but the bias of the bottleneck', () => {
    const model = new AGWBaseline(3, { width: 0.0625 });
    const [scores, features] = model.scores(pictures());
    scores.square().sum().add(features.square().sum()).backward();
    const without = model.named_parameters().filter(([, parameter]) => parameter.grad === null);
    expect(without.map(([name]) => name)).toEqual(['bottleneck.bias']);
    expect(model.bottleneck.bias?.requires_grad).toBe(false);
  });

  it('is the Bag-of-Tricks baseline without non-local blocks and GeM', () => {
    const model = new AGWBaseline(3, { model_name: 'resnet50', gem_pool: 'off', width: 0.0625 });
    const names = Object.keys(model.state_dict());
    expect(names.filter((name) => /NL_|global_pool/.test(name))).toEqual([]);
    expect(model.base).not.toBeInstanceOf(ResNetNL);
    expect(model.base.stem_relu).toBe(false);
  });

  it('starts its classifier small', () => {
    const { weight } = new AGWBaseline(50, { width: 0.5 }).classifier;
    expect(weight.std().item() / 0.001).toBeCloseTo(1, 1);
  });

  it('can be copied', () => {
    const model = new AGWBaseline(3, { width: 0.0625 }).eval();
    const x = pictures();
    expect(model.deepcopy().embed(x).tolist()).toEqual(model.embed(x).tolist());
  });
});
