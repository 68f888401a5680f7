/** PyTorch in a process of its own, which runs a case when told to. Needs REIDGRAD_PYTHON, a python with torch. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Sample, Variant } from './harness.js';

/** The running process. */
export interface PyTorch {
  version: string;
  variant(caseName: string): Variant;
  close(): void;
}

interface Reply {
  version?: string;
  wall?: number;
  cpu?: number;
}

/** Starts it; null without REIDGRAD_PYTHON. Throws when the process ends before it answers. */
export async function startPyTorch(threads: number): Promise<PyTorch | null> {
  const python = process.env.REIDGRAD_PYTHON;
  if (!python) return null;
  const script = path.join(import.meta.dirname, 'pytorch_side.py');
  const child = spawn(python, [script, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Reply> => {
    const line: IteratorResult<string, unknown> = await lines.next();
    if (line.done === true) throw new Error(`pytorch: ${python} ended; its message is above`);
    return JSON.parse(line.value) as Reply;
  };
  const { version = 'unknown' } = await next();
  return {
    version,
    variant: (caseName) => ({
      name: 'PyTorch',
      run: async (): Promise<Sample> => {
        child.stdin.write(`${caseName}\n`);
        const { wall = NaN, cpu = NaN } = await next();
        return { wall, cpu };
      },
    }),
    close: () => child.stdin.end(),
  };
}
