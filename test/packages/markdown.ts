/** The TypeScript programs in the documentation. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * A program: a fenced block ```ts, with the blocks ```ts more after it in the same file. What it prints is written as a
 * comment at the end of the line that prints. ```ts no-run is checked and not run.
 */
export interface DocsProgram {
  /** File and line. */
  name: string;
  code: string;
  runs: boolean;
  /** What it prints, one entry a line. */
  prints: readonly string[];
}

function printsOf(code: string): string[] {
  return code
    .split('\n')
    .filter((line) => line.includes('console.log('))
    .map((line) => /\); \/\/ (.*)$/.exec(line)?.[1] ?? '(nothing: the line has no comment)');
}

/** The programs of one Markdown text. Throws for `more` without a program before it. */
export function programsOf(file: string, text: string): DocsProgram[] {
  const found: { line: number; info: string; code: string }[] = [];
  for (const match of text.matchAll(/^```ts(?: ([a-z-]+))?\n([\s\S]*?)^```$/gm)) {
    const [, info = '', code] = match;
    const previous = found.at(-1);
    if (info !== 'more') found.push({ line: text.slice(0, match.index).split('\n').length, info, code });
    else if (previous !== undefined) previous.code += code;
    else throw new Error(`${file}: a block \`\`\`ts more without one before it`);
  }
  return found.map(({ line, info, code }) => ({
    ...{ name: `${file}:${line}`, code },
    runs: info !== 'no-run',
    prints: printsOf(code),
  }));
}

/** The Markdown files that users read: of the root, of `docs` and of each package. */
export async function documents(root: string): Promise<string[]> {
  const inFolder = async (folder: string): Promise<string[]> =>
    (await readdir(path.join(root, folder)))
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.join(folder, name));
  const packages = await readdir(path.join(root, 'packages'));
  const folders = ['.', 'docs', ...packages.map((name) => path.join('packages', name)), 'bench'];
  return (await Promise.all(folders.map(inFolder))).flat();
}

/** All programs of the documentation. */
export async function docsPrograms(root: string): Promise<DocsProgram[]> {
  const files = await documents(root);
  const texts = await Promise.all(files.map((file) => readFile(path.join(root, file), 'utf8')));
  return files.flatMap((file, i) => programsOf(file, texts[i]));
}
