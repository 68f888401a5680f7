/**
 * Runs every op at every place and writes providers.json and docs/providers.md.
 * `node --import tsx --conditions=reidgrad-source test/parity/make-providers.ts`
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { findSwiftShader } from '../../scripts/machine.mjs';
import { parityOps } from './cases.js';
import { exceptionFor } from './exceptions.js';
import { complaintAbout, tryOp } from './parity.js';
import type { Outcome } from './parity.js';
import { columns, promisedRows, renderDocs } from './table.js';
import type { ProviderTable } from './table.js';

const swiftShader = findSwiftShader();
if (swiftShader !== undefined) process.env.VK_ICD_FILENAMES ??= swiftShader;
process.env.XDG_RUNTIME_DIR ??= tmpdir();

const outcomes: Outcome[] = [];
for (const { place } of columns) for (const op of parityOps) outcomes.push(...(await tryOp(op, place)));
const complaints = outcomes.flatMap((outcome) => complaintAbout(outcome) ?? []);
if (complaints.length > 0) throw new Error(`make-providers: exceptions.ts is not right:\n${complaints.join('\n')}`);

const dtypes = [...new Set(outcomes.map(({ dtype }) => dtype))];
const measured = Object.fromEntries(
  dtypes.map((dtype) => [
    dtype,
    Object.fromEntries(
      columns.map(({ place }) => {
        const regular = outcomes.flatMap(({ op, difference, ...at }) =>
          at.dtype === dtype && at.place === place && exceptionFor(op, dtype, place) === undefined
            ? [difference ?? Infinity]
            : [],
        );
        return [place, regular.length === 0 ? null : Number(Math.max(...regular).toPrecision(1))];
      }),
    ),
  ]),
);
const table: ProviderTable = { rows: promisedRows(), measured };
writeFileSync(new URL('./providers.json', import.meta.url), `${JSON.stringify(table)}\n`);
writeFileSync(new URL('../../docs/providers.md', import.meta.url), renderDocs(table.rows, measured));
