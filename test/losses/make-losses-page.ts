/** Writes docs/losses.md: `node --import tsx --conditions=reidgrad-source test/losses/make-losses-page.ts`. */
import { writeFileSync } from 'node:fs';
import { lossesPage, pageUrl } from './page.js';

writeFileSync(pageUrl, await lossesPage());
process.stdout.write('docs/losses.md: written\n');
