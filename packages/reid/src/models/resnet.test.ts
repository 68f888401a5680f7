import { manual_seed, no_grad, rand } from '@reidgrad/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Bottleneck, ResNet, resnet18, resnet34, resnet50 } from './index.js';

beforeEach(() => manual_seed(3));

describe('ResNet', () => {
  it.each([
    ['resnet18', resnet18, 62, 64],
    ['resnet34', resnet34, 110, 64],
    ['resnet50', resnet50, 161, 256],
  ] as const)('%s has its layers and gives maps of 1/32', (_, makeNet, parameters, channels) => {
    const net = makeNet({ width: 0.125, num_classes: 3 });
    expect(net.named_parameters()).toHaveLength(parameters);
    expect(net.feature_dim).toBe(channels);
    expect(net.forward(rand(2, 3, 64, 32)).shape).toEqual([2, 3]);
    expect(net.stages(net.stem(rand(2, 3, 64, 32))).shape).toEqual([2, channels, 2, 1]);
  });

  it('keeps the size of the last stage with last_stride 1', () => {
    expect(resnet50({ width: 0.125, last_stride: 1 }).forward(rand(2, 3, 64, 32)).shape).toEqual([2, 256, 4, 2]);
  });

  it('leaves the ReLU of the stem out when told to', () => {
    const smallest = (stem_relu: boolean): number => {
      manual_seed(3);
      const net = new ResNet(Bottleneck, [1, 1, 1, 1], { width: 0.125, stem_relu });
      return no_grad(() => net.stem(rand(2, 3, 64, 32)))
        .min()
        .item();
    };
    expect(smallest(false)).toBeLessThan(0);
    expect(smallest(true)).toBe(0);
  });

  it('draws weights with the deviation √(2 / fan_out)', () => {
    const net = resnet50({ width: 0.25 });
    const [first, last] = [net.conv1.weight, net.get_parameter('layer4.2.conv2.weight')];
    expect(first.std().item() / Math.sqrt(2 / (7 * 7 * 16))).toBeCloseTo(1, 1);
    expect(last.std().item() / Math.sqrt(2 / (3 * 3 * 128))).toBeCloseTo(1, 1);
  });

  it.each([0, -1, NaN, Infinity])('refuses width %s', (width) => {
    expect(() => resnet18({ width })).toThrow(`ResNet: width: got ${width}, expected a positive number`);
  });
});
