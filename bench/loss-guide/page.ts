/** docs/choosing-a-loss.md: written by hand, but for what stands between `<!-- measured: name -->` and `<!-- end -->`. */
import { BLOCKS } from './blocks.js';
import { CHARTS } from './charts.js';
import type { Results } from './results.js';

export const pageUrl = new URL('../../docs/choosing-a-loss.md', import.meta.url);

/** Where the curves are kept. */
export const chartUrl = (name: string): URL => new URL(`../../docs/choosing-a-loss/${name}`, import.meta.url);

const MEASURED = /<!-- measured: ([\w-]+) -->\n[\s\S]*?<!-- end -->/g;

/** The page with its measured parts as the results have them. Throws for an unknown or a missing part. */
export function fillPage(page: string, results: Results): string {
  const names: string[] = [];
  const filled = page.replace(MEASURED, (_, name: string) => {
    if (!(name in BLOCKS))
      throw new Error(`fillPage: the page asks for ${name}; there are ${Object.keys(BLOCKS).join(', ')}`);
    names.push(name);
    return `<!-- measured: ${name} -->\n\n${BLOCKS[name](results)}\n\n<!-- end -->`;
  });
  const missing = Object.keys(BLOCKS).filter((name) => !names.includes(name));
  const unseen = Object.keys(CHARTS).filter((name) => !page.includes(`](choosing-a-loss/${name})`));
  if (missing.length + unseen.length > 0) {
    throw new Error(`fillPage: the page does not show ${[...missing, ...unseen].join(', ')}`);
  }
  return filled;
}
