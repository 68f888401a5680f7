/** Writes docs/coverage.md: `node --import tsx --conditions=reidgrad-source test/coverage/make-coverage.ts`. */
import { writeFileSync } from 'node:fs';
import { coveragePage, pageUrl } from './page.js';

writeFileSync(pageUrl, await coveragePage());
process.stdout.write('docs/coverage.md: written\n');
