/** PyTorch in a process of its own, which runs a case when told to. Needs REIDGRAD_PYTHON, a python with torch. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { PyTorchForm } from './cases.js';
import type { Variant } from './harness.js';

/** The running process. */
export interface PyTorch {
  /** The versions of torch and, where it is installed, of pytorch-metric-learning. */
  versions: string;
  /** The forms that it can run. */
  forms: readonly PyTorchForm[];
  variant(caseName: string, form: PyTorchForm): Variant;
  /** The loss, and some elements of the gradient. */
  values(caseName: string, form: PyTorchForm): Promise<number[]>;
  close(): void;
}

interface Reply {
  versions?: string;
  forms?: PyTorchForm[];
  wall?: number;
  cpu?: number;
  values?: number[];
}

const names: Readonly<Record<PyTorchForm, string>> = {
  origin: 'PyTorch',
  'metric-learning': 'pytorch-metric-learning',
};

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
  const ask = (name: string, form: PyTorchForm, calls: number): Promise<Reply> => {
    child.stdin.write(`${JSON.stringify({ name, form, calls })}\n`);
    return next();
  };
  const { versions = 'unknown', forms = [] } = await next();
  return {
    versions,
    forms,
    variant: (caseName, form) => ({
      name: names[form],
      run: async (calls) => {
        const { wall = NaN, cpu = NaN } = await ask(caseName, form, calls);
        return { wall, cpu };
      },
    }),
    values: async (caseName, form) => (await ask(caseName, form, 0)).values ?? [],
    close: () => child.stdin.end(),
  };
}
