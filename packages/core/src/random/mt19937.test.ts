import { describe, expect, it } from 'vitest';
import { Mt19937 } from './mt19937.js';

describe('Mt19937', () => {
  it('gives the published word for seed 5489 at place 10,000', () => {
    const engine = new Mt19937(5489);
    let word = 0;
    for (let i = 0; i < 10000; i++) word = engine.next();
    expect(word).toBe(4123659995);
  });

  it('uses the low 32 bits of the seed', () => {
    expect(new Mt19937(2 ** 40 + 5).next()).toBe(new Mt19937(5).next());
    expect(new Mt19937(-1).next()).toBe(new Mt19937(0xffffffff).next());
  });

  it('restores a state in the middle of a block', () => {
    const engine = new Mt19937(1);
    for (let i = 0; i < 1000; i++) engine.next();
    const state = engine.getState();
    const expected = Array.from({ length: 700 }, () => engine.next());
    const restored = new Mt19937(2);
    restored.setState(state);
    expect(Array.from({ length: 700 }, () => restored.next())).toEqual(expected);
  });
});
