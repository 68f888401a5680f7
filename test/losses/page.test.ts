import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lossesPage, pageUrl } from './page.js';

it('docs/losses.md is up to date; test/losses/make-losses-page.ts writes it', async () => {
  expect(readFileSync(pageUrl, 'utf8')).toBe(await lossesPage());
});
