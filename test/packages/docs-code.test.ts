/** The documentation tells the truth: its TypeScript checks and runs and prints what it says, and its links lead somewhere. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docsPrograms, documents, programsOf } from './markdown.js';
import type { DocsProgram } from './markdown.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const runNode = promisify(execFile);

const programs = await docsPrograms(ROOT);
const files = await documents(ROOT);

/** Runs all programs in one process and collects what each prints, or its error. */
const RUNNER = `
  import { inspect } from 'node:util';
  const results = {};
  const write = console.log;
  for (const file of process.argv.slice(2)) {
    const lines = [];
    console.error('running', file);
    console.log = (...values) => lines.push(values.map((v) => (typeof v === 'string' ? v : inspect(v, { breakLength: Infinity }))).join(' '));
    try { await import(file); } catch (error) { lines.push(String(error)); }
    results[file] = lines;
  }
  write('RESULTS ' + JSON.stringify(results));
  process.exit(0);
`;

let folder: string;
const fileOf = (program: DocsProgram): string => `program-${programs.indexOf(program)}.ts`;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reidgrad-docs-')));
  await symlink(path.join(ROOT, 'test/node_modules'), path.join(folder, 'node_modules'), 'junction');
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  for (const program of programs) await writeFile(path.join(folder, fileOf(program)), `${program.code}\nexport {};\n`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the reader of code blocks', () => {
  it('finds programs, joins their parts, and reads what they print', () => {
    const text = ['```ts', 'console.log(1); // 1', '```', '```ts more', 'f();', '```', '```sh', 'ls', '```'].join('\n');
    expect(programsOf('a.md', text)).toEqual([
      { name: 'a.md:1', code: 'console.log(1); // 1\nf();\n', runs: true, prints: ['1'] },
    ]);
  });

  it('finds programs in the files that must have some', () => {
    const names = programs.map(({ name }) => name.replace(/:\d+$/, ''));
    const expected = ['README.md', 'docs/porting.md', 'docs/exporting.md', 'packages/core/README.md'];
    expect(expected.filter((file) => !names.includes(path.normalize(file)))).toEqual([]);
  });
});

describe('the code in the documentation', () => {
  it('type-checks', async () => {
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], module: 'nodenext', types: ['node'] },
      ...{ strict: true, skipLibCheck: true, noEmit: true, typeRoots: [path.join(ROOT, 'node_modules/@types')] },
      customConditions: ['reidgrad-source'],
    };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    const output = await runNode(process.execPath, [tsc, '-p', folder], { cwd: folder }).then(
      () => '',
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    expect(output.replace(/program-(\d+)\.ts/g, (_, at: string) => programs[Number(at)].name)).toBe('');
  });

  it('runs and prints what it says', async () => {
    await writeFile(path.join(folder, 'runner.mjs'), RUNNER);
    const running = programs.filter(({ runs }) => runs);
    const urls = running.map((program) => pathToFileURL(path.join(folder, fileOf(program))).href);
    const tsx = pathToFileURL(path.join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href;
    const args = ['--import', tsx, '--conditions=reidgrad-source', path.join(folder, 'runner.mjs'), ...urls];
    const { stdout } = await runNode(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26, timeout: 100_000 });
    const results = JSON.parse(stdout.slice(stdout.indexOf('RESULTS ') + 8)) as Record<string, string[]>;
    const printed = Object.fromEntries(running.map(({ name }, i) => [name, results[urls[i]]]));
    expect(printed).toEqual(Object.fromEntries(running.map(({ name, prints }) => [name, [...prints]])));
  }, 120_000);
});

describe.each(files)('%s', (file) => {
  it('has no dead relative link', async () => {
    const text = await readFile(path.join(ROOT, file), 'utf8');
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, target]) => target);
    expect(targets.filter((target) => !existsSync(path.join(ROOT, path.dirname(file), target)))).toEqual([]);
  });
});
