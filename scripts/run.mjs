// Running one command after the other.
import { spawnSync } from 'node:child_process';

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, quiet?: boolean }} options quiet: collect the output instead of showing it
 * @returns {{ status: number, output: string }} the exit status (1 when it could not start), and what quiet collected
 */
export function run(command, args, { cwd, quiet = false }) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    maxBuffer: 64 * 1024 * 1024,
    // npx is a .cmd file on Windows, which only a shell starts.
    shell: process.platform === 'win32' && command === 'npx',
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`;
  return { status: result.status ?? 1, output };
}

/**
 * @param {number} started a reading of performance.now()
 * @returns {string} the time since then, such as "23.4 s"
 */
export function duration(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
