// node --import tsx --conditions=reidgrad-source bench/peers/run.ts [--rounds 7] [--only triplet/64]: see bench/README.md.
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { againstAim, milliseconds } from '../harness.js';
import { libraries } from './libraries.js';
import { cases } from './work.js';
import type { Outcome } from './work.js';

/** A process that takes longer than this many milliseconds is stopped. */
const LIMIT = 150_000;
/** Relative to the largest value; float32 results agree to 1e-5. */
const TOLERANCE = 1e-3;
/** How many times as fast as every peer the compiled loss should be. */
const AIM = 5;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, only: { type: 'string', default: '' } },
});
if (!/^[1-9]\d*$/.test(values.rounds)) throw new Error(`--rounds: got ${values.rounds}, expected a positive integer`);

function measure(name: string, work: string): Outcome {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const child = spawnSync(process.execPath, [...process.execArgv, worker, name, work, values.rounds], {
    encoding: 'utf8',
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  if (child.signal !== null) return { failed: `stopped after ${LIMIT / 1000} s` };
  const line = child.stdout.split('\n').find((text) => text.startsWith('{'));
  return line === undefined ? { failed: child.stderr.slice(-300) } : (JSON.parse(line) as Outcome);
}

console.log(
  `Node ${process.version}, ${os.cpus()[0].model.trim()}, ${os.availableParallelism()} cores, ` +
    `load ${os.loadavg()[0].toFixed(1)}, medians of ${values.rounds}\n\n` +
    '| work | by | wall ms | cpu ms | rounds | / reidgrad compiled | aim | | error |\n' +
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |',
);
for (const work of cases.filter((name) => name.includes(values.only))) {
  let reference = NaN;
  for (const name of Object.keys(libraries)) {
    const result = measure(name, work);
    if ('failed' in result) {
      console.log(`| ${work} | ${name} | ${result.failed.replaceAll(/\s+/g, ' ').slice(0, 120)} | | | | | | |`);
      continue;
    }
    const { wall, cpu, rounds, error } = result;
    if (Number.isNaN(reference)) reference = wall;
    const ratio = wall / reference;
    const isPeer = !name.startsWith('reidgrad');
    const judged = againstAim(ratio, isPeer && work.startsWith('triplet') ? AIM : undefined);
    const wrong = error === null || error > TOLERANCE ? ' WRONG' : '';
    const times = [milliseconds(wall), milliseconds(cpu), rounds, ratio.toFixed(1)];
    console.log(`| ${[work, name, ...times, ...judged, `${error?.toExponential(0)}${wrong}`].join(' | ')} |`);
  }
}
