/** Writes data/op-samples.json, what ops.py reads: `node --import tsx --conditions=reidgrad-source test/goldens/export-samples.ts`. */
import { writeFileSync } from 'node:fs';
import { samples } from '@reidgrad/core/graph';

/** JSON has no Infinity; ops.py reads the word. */
const words = (_key: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value);

const lines = Object.entries(samples).flatMap(([op, cases]) =>
  cases.map(({ name, ins, attrs }) => JSON.stringify({ op, name, ins, attrs }, words)),
);
writeFileSync(new URL('./data/op-samples.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);
process.stdout.write(`op-samples.json: ${lines.length} samples\n`);
