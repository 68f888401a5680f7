import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { coverageText } from './coverage.js';

export const pageUrl = new URL('../../docs/coverage.md', import.meta.url);

/** The page as prettier leaves it, so that formatting the repository changes nothing. */
export async function coveragePage(): Promise<string> {
  const filepath = fileURLToPath(pageUrl);
  return format(coverageText(), { ...(await resolveConfig(filepath)), filepath });
}
