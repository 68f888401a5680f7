// worker.ts <library> <case> <rounds>: one library on one case; prints a line of JSON. Started by run.ts.
import { local, sideBySide } from '../harness.js';
import { libraries } from './libraries.js';
import { errorOf, workOf } from './work.js';
import type { Library, Outcome, Step, Work } from './work.js';

/** A first call that takes this many milliseconds is the measurement. */
const ENOUGH = 20_000;

function start(library: Library, work: Work): Step | Promise<Step> | undefined {
  if (work.task === 'triplet') return library.triplet?.(work);
  if (work.task === 'matmul') return library.matmul?.(work);
  return work.task === 'forward' ? library.forward?.(work) : library.conv?.(work);
}

async function measure(name: string, work: Work, rounds: number): Promise<Outcome> {
  const step = await start(await libraries[name](), work);
  if (step === undefined) return { failed: 'not expressible' };
  let results: ArrayLike<number>[] = [];
  const variant = local(name, async () => {
    results = await step();
  });
  // Calls are made until jit compilers and caches have settled: two seconds of them, before the rounds.
  const { wall, cpu } = await variant.run(1);
  if (wall > ENOUGH) return { wall, cpu, rounds: 0, error: errorOf(work, results) };
  const plan = { rounds, warmUp: 2000, batch: 100, limit: 6000 };
  const [timing] = await sideBySide([variant], plan);
  return { wall: timing.wall, cpu: timing.cpu, rounds: timing.rounds, error: errorOf(work, results) };
}

const [name, work, rounds] = process.argv.slice(2);
const failed = (error: unknown): Outcome => ({ failed: String(error) });
const result = await measure(name, workOf(work), Number(rounds)).catch(failed);
console.log(JSON.stringify(result));
process.exit();
