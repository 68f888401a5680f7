import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { latestCheckpoint, readCheckpoint } from './checkpoint/index.js';
import { main } from './cli.js';
import { TINY_SIZE, writeTinyFolder } from './train/tiny.testing.js';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));
const SOURCE = ['--import', 'tsx', '--conditions=reidgrad-source', CLI, 'train'];
/** Many more than the latest kill: the signal takes its time on a busy machine. */
const STEPS = 50;
const CHECKPOINT_EVERY = 3;
const LATEST_KILL = 15;
/** For a test that starts processes, on a machine that does other things too. */
const PATIENCE = 300_000;

let folder = '';
let data = '';

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Runs the command; `during` sees all it has printed so far, whenever it prints. */
function run(
  flags: readonly string[],
  during: (output: string, child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...SOURCE, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        during(output, child);
      });
    }
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, output }));
  });
}

/** One step is an epoch, and there are few enough for each to print a line. */
function tiny(out: string, ...flags: string[]): string[] {
  const size = ['--size', `${TINY_SIZE}`, '--p', '8', '--k', '2', '--embedding', '8'];
  const length = ['--epochs', `${STEPS}`, '--checkpoint-every', `${CHECKPOINT_EVERY}`];
  return ['--data', data, ...size, ...length, '--min-gain', '-1', '--out', path.join(folder, out), ...flags];
}

const stepLine = (step: number): string => `step ${step}/${STEPS}`;

async function checkpointIn(out: string): ReturnType<typeof readCheckpoint> {
  return readCheckpoint((await latestCheckpoint(path.join(folder, out))) ?? 'none');
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reid-cli-'));
  data = path.join(folder, 'tiny');
  await writeTinyFolder(data);
});

afterEach(() => vi.restoreAllMocks());

afterAll(() => rm(folder, { recursive: true }));

describe('reidgrad train', () => {
  it(
    'killed at a random step and resumed, gives bitwise the losses and weights of an uninterrupted run',
    async () => {
      const events = path.join(folder, 'events');
      const whole = await run(tiny('whole', '--tensorboard', events));
      expect(whole.code, whole.output).toBe(0);

      const killAt = CHECKPOINT_EVERY + 1 + Math.floor(Math.random() * (LATEST_KILL - CHECKPOINT_EVERY));
      const killed = await run(tiny('killed'), (output, child) => {
        if (output.includes(stepLine(killAt))) {
          child.kill('SIGKILL');
        }
      });
      expect(killed.signal, killed.output).toBe('SIGKILL');
      const left = await checkpointIn('killed');
      expect(left.info.step, `killed at step ${killAt}`).toBeLessThan(STEPS);

      const resumed = await run(['--resume', 'latest', '--out', path.join(folder, 'killed')]);
      expect(resumed.code, resumed.output).toBe(0);
      expect(resumed.output).toContain(`step ${left.info.step} of ${STEPS}`);
      const [expected, actual] = [await checkpointIn('whole'), await checkpointIn('killed')];
      const message = `killed at step ${killAt}, resumed at ${left.info.step}`;
      expect(actual.info.state.losses, message).toEqual(expected.info.state.losses);
      expect(expected.info.state.losses).toHaveLength(STEPS);
      expect([...actual.tensors], message).toEqual([...expected.tensors]);

      const files = [
        'embedder.onnx',
        'loss.onnx',
        'train-step.onnx',
        'train-step.state.onnx',
        'report.html',
        'results.json',
      ];
      expect(await readdir(path.join(folder, 'whole'))).toEqual(expect.arrayContaining(files));
      const page = await readFile(path.join(folder, 'whole', 'report.html'), 'utf8');
      expect(page).toContain('Re-identification on tiny');
      expect(page).toContain(`Trained by cross-entropy and the loss wrt, ${STEPS} steps of 16 pictures`);
      const [file] = await readdir(events);
      const recorded = await readFile(path.join(events, file), 'latin1');
      for (const [tag, count] of [
        ['train/loss', STEPS],
        ['train/correct', STEPS],
        ['test/mAP/', 1],
      ] as const)
        expect(recorded.split(tag), tag).toHaveLength(count + 1);
      expect(whole.output).toMatch(/trained +\d\.\d{3}/);
    },
    PATIENCE,
  );

  it(
    'stops at Ctrl-C with a checkpoint and exit code 130',
    async () => {
      let sent = false;
      const ended = await run(tiny('stopped'), (output, child) => {
        if (!sent && output.includes(stepLine(2))) {
          sent = true;
          child.kill('SIGINT');
        }
      });
      expect(ended.code, ended.output).toBe(130);
      const { info } = await checkpointIn('stopped');
      expect(info.step).toBeGreaterThanOrEqual(2);
      expect(info.step).toBeLessThan(STEPS);
      expect(ended.output).toContain('go on with --resume ');
    },
    PATIENCE,
  );

  it.each([
    [['train', '--los', 'ori'], 2, '--los is not a flag; expected --loss'],
    [['train', '--resume', 'latest', '--out', 'nowhere'], 2, '--resume is latest; expected a checkpoint in nowhere'],
    [['trian'], 2, 'trian is no command; expected train'],
    [['train', '--data', 'missing', '--out', '.'], 1, 'market1501Dataset: folder '],
  ])('says in one line what is wrong with %s', async (argv, code, message) => {
    const lines = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await main(argv)).toBe(code);
    expect(lines.mock.calls).toEqual([[expect.stringContaining(`reidgrad: ${message}`)]]);
    expect(String(lines.mock.calls[0][0])).not.toContain('\n');
  });

  it('fails when it gains too little, and prints the results only when told to be quiet', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const results = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    expect(await main(['train', ...tiny('weak', '--steps', '1', '--quiet'), '--min-gain', '1'])).toBe(1);
    const [[line], ...others] = errors.mock.calls;
    expect(others).toEqual([]);
    expect(line).toMatch(/^failed: smallest gain of rank-1 over raw pixels: -?\d\.\d{3}; expected 1/);
    expect(String(results.mock.calls[0][0])).toMatch(/untrained +\d\.\d{3}/);
  });

  it('trains by cross-entropy alone, with no loss to export', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    expect(await main(['train', ...tiny('none', '--steps', '2', '--quiet', '--loss', 'none', '--threads', '1')])).toBe(
      0,
    );
    const files = await readdir(path.join(folder, 'none'));
    expect(files).toContain('train-step.onnx');
    expect(files).not.toContain('loss.onnx');
    expect(await readFile(path.join(folder, 'none', 'report.html'), 'utf8')).toContain(
      'Trained by cross-entropy, 2 steps',
    );
  });

  it('stops with the step when training goes wrong, and keeps what is good', async () => {
    const lines = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    expect(await main(['train', ...tiny('wrong', '--lr', '1e30', '--quiet')])).toBe(1);
    expect(lines.mock.calls).toEqual([[expect.stringMatching(/^reidgrad: step \d+: .*checkpoint/)]]);
  });

  it('explains itself', async () => {
    const help = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    expect(await main(['train', '--help'])).toBe(0);
    expect(String(help.mock.calls[0][0])).toContain('--min-gain');
  });
});
