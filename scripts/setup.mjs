// Installs the dependencies when they are missing or do not match the lock file. Needs Node and npm only.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { duration, run } from './run.mjs';

export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const MARKER = path.join(ROOT, 'node_modules', '.reidgrad-setup');
const INPUTS = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'];

/** @returns {string} what the marker holds when node_modules fits the lock file */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of INPUTS) hash.update(readFileSync(path.join(ROOT, file)));
  return hash.digest('hex');
}

/** @returns {string} the package manager as package.json pins it, such as pnpm@10.0.0 */
function packageManager() {
  const manifest = /** @type {{ packageManager: string }} */ (
    JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  );
  return manifest.packageManager;
}

/** Makes node_modules match the lock file: silent when it does, one line when that took an install, exits on failure. */
export function setup() {
  const started = performance.now();
  const wanted = fingerprint();
  if (existsSync(MARKER) && readFileSync(MARKER, 'utf8') === wanted) return;
  const result = run('npx', ['--yes', packageManager(), 'install', '--frozen-lockfile'], { quiet: true, cwd: ROOT });
  if (result.status !== 0) {
    process.stderr.write(result.output);
    console.error('set-up: the install failed; its messages are above');
    process.exit(result.status);
  }
  writeFileSync(MARKER, wanted);
  console.log(`set-up: ${duration(started)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
