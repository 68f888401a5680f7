// worker.ts <library> <case> <rounds>: one library on one case; prints a line of JSON. Started by run.ts.
import { median } from '../harness.js';
import { libraries } from './libraries.js';
import { errorOf, workOf } from './work.js';
import type { Library, Outcome, Step, Work } from './work.js';

/** No further round starts after this many milliseconds. */
const ENOUGH = 8000;

function start(library: Library, work: Work): Step | Promise<Step> | undefined {
  if (work.task === 'triplet') return library.triplet?.(work);
  if (work.task === 'matmul') return library.matmul?.(work);
  return library.conv?.(work);
}

async function measure(name: string, work: Work, rounds: number): Promise<Outcome> {
  const step = await start(await libraries[name](), work);
  if (step === undefined) return { failed: 'not expressible' };
  const began = performance.now();
  let results = await step();
  const first = performance.now() - began;
  const times: number[] = [];
  while (times.length < rounds && performance.now() - began < ENOUGH) {
    const started = performance.now();
    results = await step();
    times.push(performance.now() - started);
  }
  const wall = times.length === 0 ? first : median(times);
  return { wall, runs: times.length, error: errorOf(work, results) };
}

const [name, work, rounds] = process.argv.slice(2);
const failed = (error: unknown): Outcome => ({ failed: String(error) });
const result = await measure(name, workOf(work), Number(rounds)).catch(failed);
console.log(JSON.stringify(result));
process.exit();
