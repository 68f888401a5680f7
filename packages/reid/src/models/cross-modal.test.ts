import { cat, manual_seed, rand } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { embed_net } from './index.js';
import type { Modal } from './index.js';

beforeEach(() => manual_seed(3));

const pictures = (count: number): Tensor => rand(count, 3, 32, 16);

describe('embed_net', () => {
  it('puts visible pictures before infrared ones', () => {
    const net = new embed_net(7, { width: 0.0625 });
    const [features, scores] = net.forward(pictures(3), pictures(2));
    expect(features.shape).toEqual([5, 128]);
    expect(scores.shape).toEqual([5, 7]);
    net.eval();
    const [x1, x2] = [pictures(3), pictures(2)];
    const both = net.forward(x1, x2)[1];
    const apart = cat([net.forward(x1, x1, 1)[1], net.forward(x2, x2, 2)[1]], 0);
    expect(both.sub(apart).abs().max().item()).toBeLessThan(1e-6);
    expect(
      net
        .forward(x1, x1, 2)[1]
        .sub(net.forward(x1, x1, 1)[1])
        .abs()
        .max()
        .item(),
    ).toBeGreaterThan(1e-3);
  });

  it('gives rows of length 1 in evaluation', () => {
    const [pooled, embeddings] = new embed_net(3, { width: 0.0625 }).eval().forward(pictures(2), pictures(2));
    for (const rows of [pooled, embeddings]) {
      const lengths = Array.from(rows.square().sum(1).toTypedArray(), Number);
      lengths.forEach((length) => expect(length).toBeCloseTo(1, 5));
    }
  });

  it('gives gradients to its stems and the shared stages only', () => {
    const net = new embed_net(3, { width: 0.0625 });
    const [features, scores] = net.forward(pictures(2), pictures(2));
    features.square().sum().add(scores.square().sum()).backward();
    const trained = net.named_parameters().filter(([, parameter]) => parameter.grad !== null);
    const stems = trained.map(([name]) => name).filter((name) => /^(visible|thermal)_module/.test(name));
    expect(stems).toEqual([
      ...['conv1.weight', 'bn1.weight', 'bn1.bias'].map((name) => `thermal_module.thermal.${name}`),
      ...['conv1.weight', 'bn1.weight', 'bn1.bias'].map((name) => `visible_module.visible.${name}`),
    ]);
    expect(trained.some(([name]) => name.startsWith('base_resnet.base.conv1'))).toBe(false);
    expect(trained.some(([name]) => name.startsWith('base_resnet.base.layer4'))).toBe(true);
  });

  it('does without non-local blocks and with the average', () => {
    const net = new embed_net(3, { width: 0.0625, no_local: 'off', gm_pool: 'off' }).eval();
    expect(Object.keys(net.state_dict()).filter((name) => name.startsWith('NL_'))).toEqual([]);
    expect(net.forward(pictures(2), pictures(1))[0].shape).toEqual([3, 128]);
  });

  it('can be copied', () => {
    const net = new embed_net(3, { width: 0.0625 }).eval();
    const x = pictures(2);
    expect(net.deepcopy().forward(x, x)[0].tolist()).toEqual(net.forward(x, x)[0].tolist());
  });

  it('refuses another modal', () => {
    const net = new embed_net(3, { width: 0.0625 });
    // Deliberately wrong, as from JavaScript.
    expect(() => net.forward(pictures(1), pictures(1), 3 as Modal)).toThrow(
      'embed_net: modal: got 3, expected 0 (both), 1 (visible) or 2 (thermal)',
    );
  });
});
