import { manual_seed, nn, rand, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Non_local } from './index.js';
import { stageWithNonLocal } from './non-local.js';

beforeEach(() => manual_seed(3));

/** Multiplies by a number. */
class Times extends nn.Module<[Tensor], Tensor> {
  constructor(readonly factor: number) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return x.mul(this.factor);
  }
}

describe('Non_local', () => {
  it.each(['agw', 'cross-modal'] as const)('%s starts as the identity', (form) => {
    const x = rand(2, 6, 3, 2);
    expect(new Non_local(6, { form }).forward(x).tolist()).toEqual(x.tolist());
  });

  it('has one inner channel in the form of AGW and half of them in the other', () => {
    expect(new Non_local(6, { form: 'agw' }).inter_channels).toBe(1);
    expect(new Non_local(6, { form: 'cross-modal' }).inter_channels).toBe(3);
    expect(new Non_local(6, { form: 'cross-modal', reduc_ratio: 3 }).inter_channels).toBe(2);
    expect(Object.keys(new Non_local(6, { form: 'agw' }).state_dict())[0]).toBe('g.weight');
    expect(Object.keys(new Non_local(6, { form: 'cross-modal' }).state_dict())[0]).toBe('g.0.weight');
  });

  it('adds what all positions hold, weighted by their products and divided by their number', () => {
    const block = new Non_local(1, { form: 'agw' }).eval();
    const fill = { g: 2, theta: 3, phi: 5 };
    for (const [name, value] of Object.entries(fill)) {
      nn.init.constant_(block.get_parameter(`${name}.weight`), value);
      nn.init.zeros_(block.get_parameter(`${name}.bias`));
    }
    nn.init.ones_(block.get_parameter('W.0.weight'));
    nn.init.zeros_(block.get_parameter('W.0.bias'));
    nn.init.constant_(block.get_parameter('W.1.weight'), Math.sqrt(1 + 1e-5));
    const out = block.forward(tensor([[[[1, 2]]]]));
    // Position i: x_i + Σ_j 3 x_i · 5 x_j / 2 · 2 x_j, with Σ x_j² = 5.
    expect(out.flatten(0).tolist()).toEqual([expect.closeTo(1 + 75, 3), expect.closeTo(2 + 150, 3)]);
  });

  it('follows the last blocks of a stage', () => {
    const stage = new nn.Sequential(new Times(2), new Times(3), new Times(5));
    const seen: number[] = [];
    const blocks = [0, 1].map(() => {
      const block = new Non_local(1, { form: 'agw' });
      block.register_forward_hook((_, [x]) => void seen.push(Number(x.toTypedArray()[0])));
      return block;
    });
    stageWithNonLocal(stage, new nn.ModuleList(blocks), tensor([[[[1, 2]]]]));
    expect(seen).toEqual([6, 30]);
  });

  it('refuses another form', () => {
    // Deliberately wrong, as from JavaScript.
    expect(() => new Non_local(4, { form: 'video' as 'agw' })).toThrow(
      "Non_local: form: got 'video', expected 'agw' or 'cross-modal'",
    );
  });
});
