// npm run bench [-- --rounds 7 --only Ori]: prints a Markdown table of medians. See README.md.
import os from 'node:os';
import { parseArgs } from 'node:util';
import type { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { cases } from './cases.js';
import type { Planned } from './cases.js';
import { head, local, requireSame, row, sideBySide, spread } from './harness.js';
import type { Variant } from './harness.js';
import { modelCases } from './models.js';
import { startPyTorch } from './pytorch.js';
import type { PyTorch } from './pytorch.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    threads: { type: 'string', default: '2' },
    'no-eager': { type: 'boolean', default: false },
  },
});

function positive(flag: 'rounds' | 'threads'): number {
  const value = Number(values[flag]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${flag}: got ${values[flag]}, expected a positive integer`);
}

const rounds = positive('rounds');
const threads = positive('threads');

/** The loss, and some elements of the gradient, of a compared case. */
function numbersOf(result: unknown): number[] {
  const [loss, gradient] = result as [Tensor, Tensor];
  return [loss.item(), ...spread(Array.from(gradient.toTypedArray(), Number))];
}

async function measure({ name, prepare }: Planned, pytorch: PyTorch | null): Promise<string> {
  const { make, inputs, eager, compared, aim, pytorch: forms } = prepare();
  const compiled = compile(make(), { executionProviders: ['cpu'], threads });
  const variants: Variant[] = [local('compiled', () => compiled(...inputs))];
  if (eager && !values['no-eager']) {
    const eagerly = make();
    variants.push(local('eager', () => eagerly(...inputs)));
  }
  const results = compared ? [{ name: 'compiled', values: numbersOf(await compiled(...inputs)) }] : [];
  for (const form of forms) {
    if (!pytorch?.forms.includes(form)) continue;
    const variant = pytorch.variant(name, form);
    variants.push(variant);
    if (compared) results.push({ name: variant.name, values: await pytorch.values(name, form) });
  }
  if (compared) requireSame(name, results);
  const timings = await sideBySide(variants, { rounds, warmUp: 500, batch: 50, limit: 15_000 });
  await compiled.dispose();
  const [work, size] = name.split('/');
  return row(`${work}, ${size} rows`, timings, aim);
}

const pytorch = await startPyTorch(threads);
const load = os.loadavg()[0].toFixed(1);
console.log(
  `Node ${process.version}, ${os.cpus()[0].model.trim()}, ${os.availableParallelism()} cores, load ${load}, ` +
    `${threads} threads, ${pytorch?.versions ?? 'without PyTorch'}, medians of ${rounds}\n`,
);
console.log(head.join('\n'));
for (const planned of [...cases, ...modelCases]) {
  if (planned.name.includes(values.only)) console.log(await measure(planned, pytorch));
}
pytorch?.close();
