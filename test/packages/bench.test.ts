/** The benchmark's harness, and that the benchmark runs. Its numbers are not judged here. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { median, rows, sideBySide } from '../../bench/harness.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

describe('median', () => {
  it('is the middle value, or the mean of the middle two', () => {
    expect(median([9, 1, 4])).toBe(4);
    expect(median([9, 1, 4, 2])).toBe(3);
    expect(() => median([])).toThrow('at least one value');
  });
});

describe('sideBySide', () => {
  it('runs the variants in turns and leaves the first call out of the medians', async () => {
    const calls: string[] = [];
    const variant = (name: string, walls: number[]) => ({
      name,
      run: () => {
        calls.push(name);
        return Promise.resolve({ wall: walls.shift() ?? NaN, cpu: 1 });
      },
    });
    const timings = await sideBySide([variant('compiled', [50, 2, 4, 3]), variant('eager', [70, 8, 6, 7])], 3);
    expect(calls.join(' ')).toBe('compiled eager compiled eager compiled eager compiled eager');
    expect(timings).toEqual([
      { name: 'compiled', first: 50, wall: 3, cpu: 1 },
      { name: 'eager', first: 70, wall: 7, cpu: 1 },
    ]);
    expect(rows('work', timings)[1]).toBe('| work | eager | 7.00 | 1.00 | 70.0 | 2.33 | 1.00 |');
  });
});

describe('bench/run.ts', () => {
  it('prints a row for the compiled and the eager form', async () => {
    const args = ['--import', 'tsx', '--conditions=reidgrad-source', 'bench/run.ts', '--rounds', '1', '--only', 'Ori'];
    const options = { cwd: ROOT, env: { ...process.env, REIDGRAD_PYTHON: '' } };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    const table = stdout.split('\n').filter((line) => line.startsWith('| OriTripletLoss'));
    expect(table.map((line) => line.split(' | ').slice(0, 2).join(' | '))).toEqual([
      '| OriTripletLoss, 64 rows | compiled',
      '| OriTripletLoss, 64 rows | eager',
      '| OriTripletLoss, 256 rows | compiled',
      '| OriTripletLoss, 1024 rows | compiled',
    ]);
    expect(stdout).toContain('without PyTorch');
  });
});
