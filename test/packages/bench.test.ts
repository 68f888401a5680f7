/** The benchmark's harness, that its cases compute what they should, and that it runs. Its times are not judged here. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { describe, expect, it } from 'vitest';
import { lossCase, lossKinds } from '../../bench/cases.js';
import { median, requireSame, row, sideBySide, spread } from '../../bench/harness.js';
import type { Variant } from '../../bench/harness.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

describe('median', () => {
  it('is the middle value, or the mean of the middle two', () => {
    expect(median([9, 1, 4])).toBe(4);
    expect(median([9, 1, 4, 2])).toBe(3);
    expect(() => median([])).toThrow('at least one value');
  });
});

describe('sideBySide', () => {
  /** A variant whose calls take these times, one after the other. */
  function fake(log: string[], name: string, walls: number[]): Variant {
    return {
      name,
      run: (calls) => {
        log.push(`${name} ${calls}`);
        return Promise.resolve({ wall: walls.shift() ?? NaN, cpu: 1 });
      },
    };
  }

  it('warms variants up, makes rounds of short calls long enough, and goes round in turns', async () => {
    const log: string[] = [];
    const variants = [fake(log, 'quick', [50, 5, 5, 2, 4, 2, 3]), fake(log, 'slow', [9, 20, 7, 6, 8])];
    const timings = await sideBySide(variants, { rounds: 3, warmUp: 12, batch: 10, limit: 1000 });
    const rounds = ['quick 5', 'slow 1', 'quick 5', 'slow 1', 'quick 5', 'slow 1'];
    expect(log).toEqual(['quick 1', 'quick 1', 'quick 1', 'quick 1', 'slow 1', 'slow 1', ...rounds]);
    expect(timings).toEqual([
      { name: 'quick', first: 50, rounds: 3, wall: 3, cpu: 1 },
      { name: 'slow', first: 9, rounds: 3, wall: 7, cpu: 1 },
    ]);
  });

  it('gives a variant that is over its limit one round, and no warm-up', async () => {
    const log: string[] = [];
    const variants = [fake(log, 'quick', [1, 20, 3, 3, 3]), fake(log, 'endless', [90, 80])];
    const timings = await sideBySide(variants, { rounds: 3, warmUp: 12, batch: 1, limit: 50 });
    expect(log).toEqual(['quick 1', 'quick 1', 'endless 1', 'quick 1', 'endless 1', 'quick 1', 'quick 1']);
    expect(timings[1]).toEqual({ name: 'endless', first: 90, rounds: 1, wall: 80, cpu: 1 });
  });
});

describe('row', () => {
  const timing = (name: string, wall: number, rounds = 3) => ({ name, wall, cpu: 2 * wall, first: 99, rounds });

  it('shows the times, the ratio and whether it meets its aim; what was not measured stays empty', () => {
    const [compiled, pytorch] = [timing('compiled', 2), timing('PyTorch', 3.5)];
    const cells = 'work | 2.00 | 4.00 |  | 3.50 | 7.00 |  | 1.75';
    expect(row('work', [compiled, pytorch], 1.5)).toBe(`| ${cells} | 1.5 | met |`);
    expect(row('work', [compiled, pytorch], 2)).toBe(`| ${cells} | 2 | short |`);
    const slow = timing('eager', 120, 2);
    expect(row('work', [compiled, slow], 2)).toBe('| work | 2.00 | 4.00 | 120* |  |  |  |  |  |  |');
    const learning = timing('pytorch-metric-learning', 8);
    expect(row('work', [compiled, learning])).toBe('| work | 2.00 | 4.00 |  |  |  | 8.00 | 4.00 |  |  |');
  });
});

describe('requireSame', () => {
  const given = (...values: number[]) => [
    { name: 'compiled', values: [2, 30, -40] },
    { name: 'PyTorch', values },
  ];

  it('passes rounding, and throws for another loss, another gradient, NaN and another size', () => {
    requireSame('work', given(2.0001, 30.001, -40));
    expect(() => requireSame('work', given(2.001, 30, -40))).toThrow(
      'work: PyTorch differs from compiled, the loss by',
    );
    expect(() => requireSame('work', given(2, 30, -46))).toThrow('the gradient by 0.12');
    expect(() => requireSame('work', given(2, NaN, -40))).toThrow('the gradient by NaN');
    expect(() => requireSame('work', given(2, 30))).toThrow('differs');
  });
});

describe.each(Object.keys(lossKinds))('the case %s', (kind) => {
  it('computes compiled what it computes eagerly', async () => {
    const { make, inputs } = lossCase(kind, 8, 16);
    const compiled = compile(make(), { executionProviders: ['cpu'], threads: 1 });
    const results = [
      { name: 'eager', result: make()(...inputs) },
      { name: 'compiled', result: await compiled(...inputs) },
    ].map(({ name, result }) => {
      const [loss, gradient] = result as [Tensor, Tensor];
      expect(gradient.shape).toEqual(inputs[0].shape);
      return { name, values: [loss.item(), ...spread(Array.from(gradient.toTypedArray(), Number))] };
    });
    expect(results[0].values.filter((value) => value !== 0).length).toBeGreaterThan(8);
    requireSame(kind, results);
    await compiled.dispose();
  });
});

describe('bench/run.ts', () => {
  it('prints a row with the times of the compiled and the eager form', async () => {
    const args = ['--rounds', '1', '--only', 'TripletHardLoss/64'];
    const command = ['--import', 'tsx', '--conditions=reidgrad-source', 'bench/run.ts', ...args];
    const options = { cwd: ROOT, env: { ...process.env, REIDGRAD_PYTHON: '' } };
    const { stdout } = await promisify(execFile)(process.execPath, command, options);
    const table = stdout.split('\n').filter((line) => line.startsWith('| ') && line.includes(' rows | '));
    const cells = table.map((line) => line.split('|').map((cell) => cell.trim()));
    expect(cells.map(([, work]) => work)).toEqual(['TripletHardLoss, 64 rows']);
    for (const [, , compiled, cpu, eager, pytorch] of cells) {
      for (const time of [compiled, cpu, eager]) expect(time).toMatch(/^[\d.]+\*$/);
      expect(pytorch).toBe('');
    }
    expect(stdout).toContain('without PyTorch');
  });
});
