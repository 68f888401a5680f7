import { manual_seed, rand } from '@reidgrad/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChannelGate, OSNet, osnet_x0_25, osnet_x1_0 } from './index.js';

beforeEach(() => manual_seed(3));

const shapesOf = (output: ReturnType<OSNet['forward']>): readonly (readonly number[])[] =>
  (Array.isArray(output) ? output : [output]).map(({ shape }) => shape);

describe('OSNet', () => {
  it('gives what its loss needs in training and features in evaluation', () => {
    const x = rand(2, 3, 64, 32);
    expect(shapesOf(osnet_x0_25(7).forward(x))).toEqual([[2, 7]]);
    const model = osnet_x0_25(7, { loss: 'triplet' });
    expect(shapesOf(model.forward(x))).toEqual([
      [2, 7],
      [2, 512],
    ]);
    expect(shapesOf(model.eval().forward(x))).toEqual([[2, 512]]);
    expect(model.featuremaps(x).shape).toEqual([2, 128, 4, 2]);
  });

  it('has the published number of parameters', () => {
    const count = (model: OSNet): number =>
      model
        .named_parameters()
        .filter(([name]) => !name.startsWith('classifier'))
        .reduce((sum, [, parameter]) => sum + parameter.numel(), 0);
    expect(count(osnet_x1_0(2)) / 1e6).toBeCloseTo(2.2, 1);
    expect(count(osnet_x0_25(2)) / 1e6).toBeCloseTo(0.2, 1);
  });

  it('starts with biases of 0 and small linear weights', () => {
    const model = osnet_x0_25(50);
    const biases = model.named_parameters().filter(([name]) => name.endsWith('bias'));
    expect(biases.filter(([, bias]) => bias.abs().max().item() !== 0)).toEqual([]);
    expect(model.classifier.weight.std().item() / 0.01).toBeCloseTo(1, 1);
  });

  it('gates channels between 0 and 1', () => {
    const x = rand(2, 16, 3, 3).add(0.5);
    const ratio = new ChannelGate(16).forward(x).div(x);
    expect(ratio.min().item()).toBeGreaterThan(0);
    expect(ratio.max().item()).toBeLessThan(1);
    expect(
      ratio
        .amax([2, 3])
        .sub(ratio.amin([2, 3]))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-6);
  });

  it('refuses a width that leaves a gate empty', () => {
    expect(() => new OSNet(3, { width: 0.125 })).toThrow('OSNet: width: got 0.125, expected a number of at least 0.25');
  });
});
