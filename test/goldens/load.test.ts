import { describe, expect, it } from 'vitest';
import { expectClose } from './load.js';

const array = (data: number[]) => ({ shape: [data.length], data });

describe('expectClose', () => {
  it('takes close values, NaN for NaN and an infinity for itself', () => {
    expect(() => {
      expectClose(array([1 + 1e-12, NaN, Infinity, -0]), { shape: [4], data: [1, 'NaN', 'Infinity', 0] });
    }).not.toThrow();
  });

  it('names the first different element', () => {
    expect(() => {
      expectClose({ shape: [2, 2], data: [1, 2, 3.5, 5] }, { shape: [2, 2], data: [1, 2, 3, 4] }, {}, 'grad');
    }).toThrow('grad: 2 of 4 elements differ, the first at [1, 0]: got 3.5, expected 3 (rtol 1e-9, atol 1e-12)');
  });

  it.each([
    ['NaN against a number', [NaN], [1]],
    ['a number against NaN', [1], [NaN]],
    ['opposite infinities', [Infinity], [-Infinity]],
    ['a number against an infinity', [1e300], [Infinity]],
    ['an infinity against a number', [Infinity], [1]],
  ])('refuses %s', (_, actual, expected) => {
    expect(() => {
      expectClose(array(actual), array(expected));
    }).toThrow('1 of 1 elements differ');
  });

  it('refuses another shape of the same size', () => {
    expect(() => {
      expectClose({ shape: [4], data: [1, 2, 3, 4] }, { shape: [2, 2], data: [1, 2, 3, 4] });
    }).toThrow('got shape [4], expected [2, 2]');
  });

  it('scales with rtol and atol', () => {
    expect(() => {
      expectClose(array([1.01]), array([1]), { rtol: 0.02 });
      expectClose(array([0.01]), array([0]), { atol: 0.02 });
    }).not.toThrow();
    expect(() => {
      expectClose(array([0.01]), array([0]), { rtol: 1 });
    }).toThrow('differ');
  });
});
