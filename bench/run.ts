// npm run bench [-- --rounds 7 --only Ori]: prints a Markdown table of medians. See README.md.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { compile } from '@reidgrad/onnx-export/compile';
import { cases } from './cases.js';
import { head, local, rows, sideBySide } from './harness.js';
import type { Variant } from './harness.js';
import { modelCases } from './models.js';
import { startPyTorch } from './pytorch.js';

const THREADS = 2;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, only: { type: 'string', default: '' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds: got ${values.rounds}, expected a positive integer`);

const pytorch = await startPyTorch(THREADS);
const load = os.loadavg()[0].toFixed(1);
console.log(
  `Node ${process.version}, ${os.cpus()[0].model.trim()}, ${os.availableParallelism()} cores, load ${load}, ` +
    `${THREADS} threads, ${pytorch === null ? 'without PyTorch' : `PyTorch ${pytorch.version}`}, medians of ${rounds}\n`,
);
console.log(head.join('\n'));
for (const makeCase of [...cases, ...modelCases]) {
  const { name, make, inputs, ...run } = makeCase();
  if (!name.includes(values.only)) continue;
  const compiled = compile(make(), { executionProviders: ['cpu'], threads: THREADS });
  const variants: Variant[] = [local('compiled', () => compiled(...inputs))];
  if (run.eager) {
    const eagerly = make();
    variants.push(local('eager', () => eagerly(...inputs)));
  }
  if (pytorch !== null && run.pytorch) variants.push(pytorch.variant(name));
  const [work, size] = name.split('/');
  const timings = await sideBySide(variants, rounds);
  console.log(rows(`${work}, ${size} rows`, timings).join('\n'));
  await compiled.dispose();
}
pytorch?.close();
