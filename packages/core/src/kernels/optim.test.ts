import { describe, expect, it } from 'vitest';
import type { OptimOps } from '../ops/table.js';
import { block } from './kernels.testing.js';
import { optimKernels } from './optim.js';

const gradients = [
  [0.1, -0.2, 0.3],
  [0.5, 0.5, -1],
  [0, 1, 2],
];
const start = [1, -2, 0.5];
const vector = (values: readonly number[]) => block('float64', [values.length], values);

const close = (actual: ArrayLike<number>, expected: readonly number[]): void =>
  expected.forEach((e, i) => expect(actual[i]).toBeCloseTo(e, 13));

type SgdAttrs = OptimOps['sgd_step']['attrs'];
type AdamAttrs = OptimOps['adam_step']['attrs'];

/** Three steps, in place or each into new arrays. The first buffer holds NaN, which must not be read. */
function sgd(scalars: readonly number[], attrs: SgdAttrs, inPlace: boolean): ArrayLike<number> {
  let [p, b] = [vector(start), vector([NaN, NaN, NaN])];
  gradients.forEach((g, step) => {
    const outs = inPlace ? [p, b] : [vector([0, 0, 0]), vector([0, 0, 0])];
    optimKernels.sgd_step([p, vector(g), b, vector([...scalars, step === 0 ? 1 : 0])], outs, attrs);
    [p, b] = outs;
  });
  return p.data;
}

function adam(options: number[], attrs: AdamAttrs, inPlace: boolean): ArrayLike<number> {
  const [lr, beta1, beta2, eps, weightDecay] = options;
  let state = [vector(start), vector([0, 0, 0]), vector([0, 0, 0])];
  gradients.forEach((g, step) => {
    const outs = inPlace ? state : [vector([0, 0, 0]), vector([0, 0, 0]), vector([0, 0, 0])];
    const corrections = [1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)];
    const scalars = vector([lr, beta1, 1 - beta1, beta2, 1 - beta2, eps, weightDecay, ...corrections]);
    const [p, m, v] = state;
    optimKernels.adam_step([p, vector(g), m, v, scalars], outs, attrs);
    state = outs;
  });
  return state[0].data;
}

// The expected numbers are PyTorch's after the same three steps.
describe.each([true, false])('optimizer steps, in place: %s', (inPlace) => {
  const plain: SgdAttrs = { nesterov: false, maximize: false, momentum: false, weightDecay: false };

  it('SGD', () => {
    close(sgd([0.1, 0, 0, 0], plain, inPlace), [0.94, -2.13, 0.37]);
  });

  it('SGD with momentum, dampening and weight decay', () => {
    const attrs = { ...plain, momentum: true, weightDecay: true };
    close(sgd([0.1, 0.9, 0.2, 0.01], attrs, inPlace), [0.89193607296, -2.09177614592, 0.40821402048]);
  });

  it('SGD with nesterov, maximizing, ignores a weight decay that is switched off', () => {
    const attrs = { ...plain, momentum: true, nesterov: true, maximize: true };
    close(sgd([0.1, 0.9, 0, 5], attrs, inPlace), [1.16989, -1.74328, 0.71217]);
  });

  it('Adam', () => {
    const attrs = { decoupled: false, maximize: false, weightDecay: false };
    const expected = [0.747336262825839, -2.0166735845236228, 0.4140018401292171];
    close(adam([0.1, 0.9, 0.999, 1e-8, 7], attrs, inPlace), expected);
  });

  it('Adam with weight decay, maximizing', () => {
    const attrs = { decoupled: false, maximize: true, weightDecay: true };
    const expected = [1.1138992245630246, -1.8341255225164708, 0.5779547924728534];
    close(adam([0.1, 0.8, 0.95, 1e-8, 0.1], attrs, inPlace), expected);
  });

  it('AdamW', () => {
    const attrs = { decoupled: true, maximize: false, weightDecay: true };
    const expected = [0.7204863088650311, -1.9588193691719502, 0.40062100830702874];
    close(adam([0.1, 0.9, 0.999, 1e-8, 0.1], attrs, inPlace), expected);
  });
});

describe('sgd_step without momentum', () => {
  it('passes the buffer through', () => {
    const outs = [vector([0]), vector([0])];
    const attrs = { nesterov: false, maximize: false, momentum: false, weightDecay: false };
    optimKernels.sgd_step([vector([1]), vector([2]), vector([3]), vector([0.5, 0, 0, 0, 1])], outs, attrs);
    expect(outs.map((o) => Array.from(o.data))).toEqual([[0], [3]]);
  });
});
