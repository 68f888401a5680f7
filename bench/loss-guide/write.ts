/**
 * Writes the tables and curves of docs/choosing-a-loss.md from results.json:
 *
 *   node --import tsx --conditions=reidgrad-source bench/loss-guide/write.ts
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { CHARTS } from './charts.js';
import { chartUrl, fillPage, pageUrl } from './page.js';
import { readResults } from './results.js';

const results = readResults();
mkdirSync(chartUrl('.'), { recursive: true });
for (const [name, draw] of Object.entries(CHARTS)) writeFileSync(chartUrl(name), draw(results));
writeFileSync(pageUrl, fillPage(readFileSync(pageUrl, 'utf8'), results));
console.log(`docs/choosing-a-loss.md and ${Object.keys(CHARTS).length} charts: written`);
