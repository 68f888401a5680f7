// Where a compiled case spends its time, by operator and by node: see README.md.
// node --import tsx --conditions=reidgrad-source bench/profile.ts TripletLoss_WRT/256 [--seconds 3] [--nodes 10] [--threads 2]
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compile, setRuntime } from '@reidgrad/onnx-export/compile';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { cases } from './cases.js';
import { median, milliseconds } from './harness.js';
import { modelCases } from './models.js';

/** What is used of an event of ONNX Runtime's profile; times in microseconds. */
interface ProfileEvent {
  cat: string;
  name: string;
  ts: number;
  dur: number;
  args?: { op_name?: string; input_type_shape?: readonly Record<string, readonly number[]>[] };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '3' },
    nodes: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
  },
});
const known = [...cases, ...modelCases];
const planned = known.find(({ name }) => name === positionals[0]);
if (planned === undefined) {
  throw new Error(`got ${positionals[0] ?? 'no case'}, expected one of ${known.map(({ name }) => name).join(', ')}`);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'reidgrad-profile-'));
let latest: InferenceSession | null = null;
/** ONNX Runtime with profiling on. The last session made is that of the case; one before it probes the provider. */
async function create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const profiling = { enableProfiling: true, profileFilePrefix: path.join(folder, 'profile') };
  latest = await InferenceSession.create(model, { ...options, ...profiling });
  return latest;
}
setRuntime({ Tensor, InferenceSession: { create } });

const { make, inputs } = planned.prepare();
const run = compile(make(), { executionProviders: ['cpu'], threads: Number(values.threads) });
await run(...inputs);
const walls: number[] = [];
const end = performance.now() + 1000 * Number(values.seconds);
while (performance.now() < end || walls.length < 3) {
  const started = performance.now();
  await run(...inputs);
  walls.push(performance.now() - started);
}
(latest as InferenceSession | null)?.endProfiling();
const [file] = readdirSync(folder)
  .map((name) => readFileSync(path.join(folder, name), 'utf8'))
  .sort((a, b) => b.length - a.length);
rmSync(folder, { recursive: true });

const events = JSON.parse(file) as ProfileEvent[];
const runs = events.filter(({ name }) => name === 'model_run');
// The first run touches memory for the first time.
const from = runs[1].ts;
const startOf = runs.slice(1).map(({ ts }) => ts);
const kernels = events.filter(({ name, cat, ts }) => cat === 'Node' && name.endsWith('_kernel_time') && ts >= from);

/** Medians over the runs of the sums by `keyOf`, largest first. */
function medians(keyOf: (event: ProfileEvent) => string): { key: string; count: number; time: number }[] {
  const keys = new Map<string, number[][]>();
  for (const event of kernels) {
    const after = startOf.findIndex((ts) => ts > event.ts);
    const at = (after < 0 ? startOf.length : after) - 1;
    const byRun = keys.get(keyOf(event)) ?? runs.slice(1).map(() => []);
    byRun[at].push(event.dur);
    keys.set(keyOf(event), byRun);
  }
  return [...keys]
    .map(([key, byRun]) => ({
      key,
      count: byRun[0].length,
      time: median(byRun.map((durations) => durations.reduce((sum, duration) => sum + duration, 0))) / 1000,
    }))
    .sort((a, b) => b.time - a.time);
}

function describe({ name, args }: ProfileEvent): string {
  const shapes = args?.input_type_shape?.map((shape) => Object.values(shape)[0].join('x'));
  return `${name.replace('_kernel_time', '')} (${shapes?.join(', ') ?? ''})`;
}

const operators = medians(({ args }) => args?.op_name ?? '');
const inKernels = operators.reduce((sum, { time }) => sum + time, 0);
const inSession = median(runs.slice(1).map(({ dur }) => dur)) / 1000;
console.log(`${planned.name}, medians of ${walls.length} calls in milliseconds\n`);
console.log(
  `call ${milliseconds(median(walls))}, in the session ${milliseconds(inSession)}, in kernels ${milliseconds(inKernels)}\n`,
);
console.log('| operator | nodes | ms | share |\n| --- | ---: | ---: | ---: |');
for (const { key, count, time } of operators) {
  console.log(`| ${key} | ${count} | ${milliseconds(time)} | ${((100 * time) / inKernels).toFixed(0)} % |`);
}
console.log('\n| node (inputs) | ms |\n| --- | ---: |');
for (const { key, time } of medians(describe).slice(0, Number(values.nodes)))
  console.log(`| ${key} | ${milliseconds(time)} |`);
await run.dispose();
