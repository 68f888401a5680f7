/** The committed table and page say what records and exceptions say. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { promisedRows, renderDocs } from './table.js';
import type { ProviderTable } from './table.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const committed = JSON.parse(read('./providers.json')) as ProviderTable;

describe('providers.json and docs/providers.md (after a change run test/parity/make-providers.ts)', () => {
  it('the table lists every op in every dtype with what is promised of it', () => {
    expect(committed.rows).toEqual(promisedRows());
  });

  it('the measured differences keep within the tolerances', () => {
    for (const difference of Object.values(committed.measured.float32)) expect(difference).toBeLessThanOrEqual(1e-5);
    expect(committed.measured.int64).toEqual({ cpu: 0, portable: 0, wasm: 0, webgpu: 0 });
  });

  it('the page is made from the table', () => {
    expect(read('../../docs/providers.md')).toBe(renderDocs(committed.rows, committed.measured));
  });
});
