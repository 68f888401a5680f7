import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { entriesOf } from './coverage.js';
import { coveragePage, pageUrl } from './page.js';
import { sections } from './pytorch-names.js';
import { missing } from './reasons.js';

const entries = sections.flatMap(entriesOf);

describe("PyTorch's names", () => {
  it('finds names that are there, and none that are not', () => {
    const of = (key: string): boolean | undefined => entries.find((entry) => entry.key === key)?.present;
    expect([of('nn.Conv2d'), of('Tensor.addmm_'), of('optim.SGD'), of('cat')]).toEqual([true, true, true, true]);
    expect(of('hub.load_state_dict_from_url')).toBe(false);
  });

  it('gives a reason for every missing name, and for no other', () => {
    const gone = entries.filter(({ present }) => !present).map(({ key }) => key);
    expect(gone.filter((key) => missing[key] === undefined)).toEqual([]);
    expect(Object.keys(missing).filter((key) => !gone.includes(key))).toEqual([]);
  });

  it('docs/coverage.md is up to date; test/coverage/make-coverage.ts writes it', async () => {
    expect(readFileSync(pageUrl, 'utf8')).toBe(await coveragePage());
  });
});
