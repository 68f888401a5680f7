import { describe, expect, it } from 'vitest';
import { dispatch } from '../dispatch.js';
import { ones, tensor } from '../functions/index.js';
import type { Tensor } from '../tensor.js';
import { gradcheck, gradgradcheck } from './gradcheck.js';

const input = (values: number[]): Tensor => tensor(values, { dtype: 'float64', requires_grad: true });

/** Twice x, with the gradient of x alone. */
const wrong = (x: Tensor): Tensor => x.add(x.detach());
/** x³ with a right gradient whose own gradient is wrong. */
const wrongTwice = (x: Tensor): Tensor => x.mul(x.detach().square()).mul(3).sub(x.detach().pow(3).mul(2));

describe('gradcheck', () => {
  it('accepts right gradients, of several inputs and outputs', () => {
    const fn = (x: Tensor, y: Tensor): Tensor[] => [x.mul(y).exp(), x.sum(), y.gt(0)];
    expect(gradcheck(fn, [input([0.5, 1]), input([1, -1])])).toBe(true);
    expect(gradcheck(fn, [input([0.5, 1]), input([1, -1])], { fast: false })).toBe(true);
    expect(gradgradcheck(fn, [input([0.5, 1]), input([1, -1])])).toBe(true);
    expect(gradcheck((x, y) => x.mul(y), [input([2]), ones([1], { dtype: 'float64' })])).toBe(true);
  });

  it.each([true, false])('refuses wrong ones, naming input and values (fast: %s)', (fast) => {
    expect(() => gradcheck((x) => wrong(x), [input([0.5, 1])], { fast })).toThrow(
      /^gradcheck: inputs\[0\] float64\[2\], output 0: the gradient is -?[\d.]+, finite differences give -?[\d.]+$/,
    );
  });

  it('refuses a gradient that is missing', () => {
    expect(() => gradcheck((x) => x.detach().mul(2), [input([1])])).toThrow(
      'the gradient is 0, finite differences give',
    );
  });

  it('refuses a gradient that is NaN', () => {
    const nan = (x: Tensor): Tensor =>
      dispatch('mul', [x, tensor(NaN, { dtype: 'float64' })], {})
        .isnan()
        .double()
        .mul(x.mul(NaN));
    expect(() => gradcheck(nan, [input([1])])).toThrow('NaN');
  });

  it('asks for float64 inputs that require grad', () => {
    expect(() => gradcheck((x) => x, [tensor([1], { requires_grad: true })])).toThrow(
      'gradcheck: inputs[0]: got float32[1], expected float64',
    );
    expect(() => gradcheck((x) => x, [ones([1], { dtype: 'float64' })])).toThrow(
      'gradcheck: inputs: got [float64[1]], expected at least one tensor that requires grad',
    );
    expect(() => gradgradcheck((x) => x.detach(), [input([1])])).toThrow(
      'gradgradcheck: fn: returned no output that requires grad, expected at least one',
    );
  });
});

describe('gradgradcheck', () => {
  it('refuses a wrong second derivative under a right first one', () => {
    const x = input([2]);
    expect(gradcheck((t) => wrongTwice(t).mul(1), [x], { rtol: 10 })).toBe(true);
    expect(() => gradgradcheck((t) => wrongTwice(t), [x])).toThrow(
      'gradgradcheck: inputs[0] float64[1], output 0: the gradient is 0, finite differences give -7.936226059435114',
    );
  });
});
