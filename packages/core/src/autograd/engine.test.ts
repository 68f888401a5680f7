import { describe, expect, it } from 'vitest';
import { arange, ones, tensor } from '../functions/index.js';
import { matmul } from '../functions/linalg.js';
import { softmax } from '../functions/reduce.js';
import type { Tensor } from '../tensor.js';
import { grad } from './engine.js';

const leaf = (values: number[]): Tensor => tensor(values, { requires_grad: true });
const holders = (x: Tensor): number => {
  const { storage } = x.cell.value;
  return storage.kind === 'host' ? storage.holders : -1;
};

describe('backward', () => {
  it('adds to .grad in place, keeping the handle and the bytes', () => {
    const w = leaf([1, 2]);
    w.mul(2).sum().backward();
    const first = w.grad;
    w.mul(3).sum().backward();
    const bytes = w.grad?.cell.value.storage;
    w.mul(4).sum().backward();
    expect(w.grad).toBe(first);
    expect(w.grad?.cell.value.storage).toBe(bytes);
    expect(w.grad?.tolist()).toEqual([9, 9]);
  });

  it('gives every leaf a gradient of its own', () => {
    for (const create_graph of [false, true]) {
      const [a, b] = [leaf([1]), leaf([2])];
      a.add(b).backward(null, { create_graph });
      a.grad?.detach().zero_();
      expect([a.grad?.tolist(), b.grad?.tolist()]).toEqual([[0], [1]]);
      const seed = ones(1);
      a.backward(seed);
      a.grad?.detach().mul_(5);
      expect(seed.tolist()).toEqual([1]);
    }
  });

  it('runs once, unless nothing was saved or the graph is retained', () => {
    const w = leaf([3]);
    const saved = w.mul(w);
    saved.backward();
    expect(() => saved.backward()).toThrow(
      'backward: the graph was already used: what mul saved was freed by the first backward',
    );
    const retained = w.mul(w);
    retained.backward(null, { retain_graph: true });
    retained.backward();
    const linear = w.add(1).sum();
    linear.backward();
    linear.backward();
    expect(w.grad?.tolist()).toEqual([6 + 12 + 2]);
  });

  it('throws where nothing requires grad, for non-scalars, and for gradients of another shape', () => {
    expect(() => ones(1).backward()).toThrow('backward: float32[1] does not require grad');
    expect(() => leaf([1, 2]).mul(2).backward()).toThrow(
      'backward: got float32[2], expected a scalar, whose gradient is 1',
    );
    expect(() => leaf([1, 2]).mul(2).backward(ones(3))).toThrow(
      'backward: gradient: got float32[3], expected the shape of float32[2]',
    );
  });

  it('lets go of everything it saved', () => {
    const w = leaf([1, 2]);
    const before = holders(w);
    const y = w.mul(w).exp();
    expect(holders(w)).toBeGreaterThan(before);
    y.sum().backward();
    expect(holders(w)).toBe(before);
    expect(holders(y)).toBe(0);
    const [g] = grad(w.mul(w).mul(w).sum(), w, { create_graph: true });
    grad(g.sum(), w);
    expect(holders(w)).toBeGreaterThanOrEqual(before);
  });

  it('keeps no values that the gradient does not read', () => {
    const w = leaf([1, 2]);
    const big = w.add(1);
    const out = big.add(2);
    expect([holders(w), holders(big), holders(out)]).toEqual([0, 0, 0]);
  });

  it('walks long tapes without recursion', () => {
    let x = leaf([1]);
    const w = x;
    for (let i = 0; i < 5000; i++) x = x.add(0.001);
    grad(x, w);
    x.backward();
    expect(w.grad?.tolist()).toEqual([1]);
  });
});

describe('hooks', () => {
  it('a leaf hook sees the whole gradient, once', () => {
    const w = leaf([3]);
    const seen: unknown[] = [];
    w.register_hook((g) => void seen.push(g.tolist()));
    w.mul(w).backward();
    expect(seen).toEqual([[6]]);
    grad(w.mul(w), w);
    expect(seen).toEqual([[6], [6]]);
  });

  it('what a hook returns replaces the gradient', () => {
    const w = leaf([3]);
    const first = w.register_hook((g) => g.mul(10));
    const second = w.register_hook((g) => g.add(1));
    w.mul(2).backward();
    expect(w.grad?.tolist()).toEqual([21]);
    first.remove();
    first.remove();
    w.mul(2).backward();
    expect(w.grad?.tolist()).toEqual([21 + 3]);
    second.remove();
  });

  it('hooks of results act on what flows on', () => {
    const w = leaf([3]);
    const y = w.mul(2);
    const hook = y.register_hook((g) => g.mul(5));
    y.mul(1).backward();
    expect(w.grad?.tolist()).toEqual([10]);
    hook.remove();
    hook.remove();
    expect(() => ones(1).register_hook(() => undefined)).toThrow('does not require grad');
  });

  it('retain_grad keeps the gradient of a result, adds to it, and survives a write in place', () => {
    const w = leaf([3]);
    const y = w.add(2);
    y.retain_grad();
    y.mul(4).backward();
    y.mul(4).backward();
    expect(y.grad?.tolist()).toEqual([8]);
    const z = w.add(2);
    z.retain_grad();
    z.mul_(3);
    z.sum().backward();
    expect(z.grad?.tolist()).toEqual([1]);
    expect(() => ones(1).retain_grad()).toThrow('does not require grad');
  });
});

describe('autograd.grad', () => {
  it('leaves .grad alone and frees only what it ran', () => {
    const w = leaf([2]);
    const h = w.mul(w);
    const out = h.mul(h);
    const [dh] = grad(out, h);
    expect(dh.tolist()).toEqual([8]);
    expect(w.grad).toBe(null);
    h.backward(dh);
    expect(w.grad?.tolist()).toEqual([32]);
  });

  it('gives null, zeros or an error for unused inputs', () => {
    const [a, b] = [leaf([1]), leaf([2])];
    expect(grad(a.mul(2), [a, b], { allow_unused: true })[1]).toBe(null);
    expect(grad(a.mul(2), [a, b], { materialize_grads: true })[1].tolist()).toEqual([0]);
    expect(() => grad(a.mul(2), [a, b])).toThrow(
      'autograd.grad: inputs[1]: got float32[1], expected a tensor that the outputs depend on',
    );
    expect(() => grad(a.mul(2), ones(1))).toThrow(
      'autograd.grad: inputs[0]: got float32[1], expected a tensor that requires grad',
    );
  });

  it('takes several outputs, the output itself, and views', () => {
    const a = leaf([1, 2]);
    const y = a.mul(3);
    expect(grad([y.sum(), a.mul(4).sum()], a)[0].tolist()).toEqual([7, 7]);
    expect(grad(y, y, { grad_outputs: tensor([5, 6]) })[0].tolist()).toEqual([5, 6]);
    const base = a.mul(1);
    const view = base.index('0:1');
    base.mul_(2);
    expect(grad(view.mul(7), view)[0].tolist()).toEqual([7]);
  });
});

/** The second derivatives of an MLP as PyTorch 2.15 gives them. */
const expected = {
  loss: 0.34483101844168307,
  penalty: 0.5317003473006618,
  second: [
    [
      -0.00918036133832062, -0.0163101482783012, -0.01933213263717929, -0.10476940139009591, -0.2538323912847206,
      -0.355389618165583, -0.0506066456193131, -0.2739334360445632, -0.44115906406292377, -0.05383651532149126,
      -0.0882594280485309, -0.10589276454891773,
    ],
    [-0.019505542614910693, -0.4415046281715716, -0.5587368180744687, -0.12340436976203023],
    [
      -0.6260586056719408, -0.5760450512897822, 0.6254959952867833, -0.3301434946925696, 0.6260586056719407,
      0.5760450512897821, -0.6254959952867833, 0.33014349469256954,
    ],
    [
      0.1853647552172556, 0.416398381445811, 0.471627848722328, -0.05569341693668075, -0.030370393593767243,
      0.013770386053300665,
    ],
  ],
  third: [0.05107041145797511, 1.91049816199728, 0.5131819528651393, 0.477402107703053],
};

describe('create_graph', () => {
  const wave = (n: number, step: number, shape: number[]): Tensor =>
    arange(n).double().mul(step).sin().reshape(shape).detach().clone().requires_grad_();

  it("differentiates an MLP's gradient penalty", () => {
    const [w1, b1, w2, x] = [wave(12, 0.7, [4, 3]), wave(4, 1.3, [4]), wave(8, 0.9, [2, 4]), wave(6, 0.4, [2, 3])];
    const hidden = matmul(x, w1.t()).add(b1).tanh();
    const loss = softmax(matmul(hidden, w2.t()), 1).index(':', 0).log().mean().neg();
    const first = grad(loss, [w1, b1, w2, x], { create_graph: true });
    const penalty = first.map((g) => g.mul(g).sum()).reduce((a, b) => a.add(b));
    const second = grad(penalty, [w1, b1, w2, x], { retain_graph: true });
    expect(loss.item()).toBeCloseTo(expected.loss, 12);
    expect(penalty.item()).toBeCloseTo(expected.penalty, 12);
    second.forEach((g, i) => {
      const flat = g.reshape(-1).tolist() as number[];
      flat.forEach((value, k) => expect(value).toBeCloseTo(expected.second[i][k], 12));
    });
    const [along] = grad(penalty, b1, { create_graph: true });
    const third = grad(along.sum(), b1)[0].tolist() as number[];
    third.forEach((value, k) => expect(value).toBeCloseTo(expected.third[k], 12));
  });

  it('backward(create_graph) leaves differentiable .grad', () => {
    const w = leaf([3]);
    w.mul(w).mul(w).backward(null, { create_graph: true });
    const g = w.grad as Tensor;
    expect([g.tolist(), g.requires_grad]).toEqual([[27], true]);
    expect(grad(g, w)[0].tolist()).toEqual([18]);
  });
});
