// npm test: set up, then every check, each with its time. The last line reads "N passed, N failed".
// A suite that fails without a failed test (a lint error, a crash) counts as one failed.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findChromium, findSwiftShader, hasWebGpu } from './machine.mjs';
import { duration, run } from './run.mjs';
import { ROOT, setup } from './setup.mjs';

const REPORTS = path.join(ROOT, 'node_modules', '.cache', 'test-reports');
const inCi = process.env.CI === 'true' || process.env.CI === '1';

/** @typedef {{ name: string, bin: string, args: string[], project?: string, missing?: string }} Suite */

/**
 * A suite of vitest tests.
 * @param {string} project its name in vitest.config.ts
 * @param {string} [missing] what the machine lacks for it
 * @returns {Suite}
 */
function vitest(project, missing) {
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json'];
  args.push(`--outputFile.json=${reportOf(project)}`);
  return { name: project, bin: 'vitest/vitest.mjs', args, project, missing };
}

/** @param {string} project @returns {string} */
function reportOf(project) {
  return path.join(REPORTS, `${project}.json`);
}

/** @returns {Suite[]} */
function suites() {
  const chromium = findChromium() === undefined ? 'Chromium' : undefined;
  const vulkan = hasWebGpu() ? undefined : findSwiftShader() ? 'libvulkan1' : "Chromium's SwiftShader driver";
  const lintCache = ['--cache', '--cache-location', 'node_modules/.cache/eslint/'];
  return [
    { name: 'format', bin: 'prettier/bin/prettier.cjs', args: ['--check', '.', '--log-level', 'warn'] },
    { name: 'lint', bin: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0', ...lintCache] },
    { name: 'types', bin: 'typescript/bin/tsc', args: ['-b'] },
    vitest('unit'),
    vitest('webgpu', vulkan),
    vitest('browser', chromium),
  ];
}

/**
 * @param {string} project
 * @returns {{ passed: number, failed: number, skipped: number }} the counts of its report; zeros when it wrote none
 */
function countsOf(project) {
  try {
    const report = /** @type {Record<string, number>} */ (JSON.parse(readFileSync(reportOf(project), 'utf8')));
    return {
      passed: report.numPassedTests ?? 0,
      failed: report.numFailedTests ?? 0,
      skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

setup();
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });

const started = performance.now();
const total = { passed: 0, failed: 0 };
/** @type {string[]} */
const lines = [];
/** @type {Suite[]} */
const leftOut = [];
for (const suite of suites()) {
  if (suite.missing !== undefined) {
    leftOut.push(suite);
    continue;
  }
  console.log(`\n== ${suite.name}`);
  const began = performance.now();
  const { status } = run(process.execPath, [path.join('node_modules', suite.bin), ...suite.args], { cwd: ROOT });
  const { passed, failed, skipped } = suite.project ? countsOf(suite.project) : { passed: 0, failed: 0, skipped: 0 };
  const skipFails = inCi && skipped > 0;
  total.passed += passed;
  total.failed += failed === 0 && (status !== 0 || skipFails) ? 1 : failed;
  const outcome = suite.project ? `${passed} passed, ${failed} failed, ${skipped} skipped` : '';
  const verdict = status === 0 && !skipFails ? 'ok' : 'FAILED';
  lines.push(`${suite.name.padEnd(8)} ${verdict.padEnd(6)} ${duration(began).padStart(8)}  ${outcome}`.trimEnd());
}

console.log(`\n${lines.join('\n')}\nall      ${duration(started).padStart(15)}`);
if (leftOut.length > 0) {
  console.log('\nleft out:');
  for (const { name, missing } of leftOut) console.log(`  the ${name} tests: ${missing} is missing`);
  console.log('  On Debian and Ubuntu: apt-get install chromium libvulkan1');
  console.log('  Chromium elsewhere: set REIDGRAD_CHROMIUM to its executable.');
  if (inCi) total.failed += leftOut.length;
}
if (total.passed === 0) console.log('no test ran');
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
console.log(`\n${total.passed} passed, ${total.failed} failed`);
