/** Ten thousand training steps, eager and compiled: memory must not grow, with no `dispose` in user code. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

interface Memory {
  rss: number;
  arrayBuffers: number;
}

const run = promisify(execFile);
const script = new URL('./soak.ts', import.meta.url).pathname;
const MB = 1024 * 1024;

it.each(['eager', 'compiled'])(
  '%s: 10,000 steps take no more memory than 1,000',
  async (mode) => {
    const flags = ['--expose-gc', '--import', 'tsx', '--conditions=reidgrad-source'];
    const { stdout } = await run(process.execPath, [...flags, script, mode]);
    const { early, late } = JSON.parse(stdout) as { early: Memory; late: Memory };
    expect(late.rss).toBeLessThan(early.rss * 1.05);
    // The buffers of this net are some 50 KB; below a megabyte, other parts of Node move them more than 5 %.
    expect(late.arrayBuffers).toBeLessThan(Math.max(early.arrayBuffers * 1.05, early.arrayBuffers + MB / 4));
  },
  120_000,
);
