/**
 * Peak memory of the losses in tiles and at once: one child process per case, value and gradient once, as a Markdown table.
 * `node --import tsx --conditions=reidgrad-source bench/memory.ts [--only batch_all] [--by eager] [--rows 4096] [--tile 256]`
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { tiledLosses } from '../test/fixtures/tiled-losses.js';

const THREADS = 2;
const FEATURES = 2048;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '4096' },
    tile: { type: 'string', default: '256' },
    by: { type: 'string', default: 'compiled' },
    only: { type: 'string', default: '' },
    /** A child's case: the loss. */
    child: { type: 'string' },
  },
});
const rows = Number(values.rows);
/** 0: all rows at once. */
const tile = Number(values.tile);

/** What a child measures. */
interface Measured {
  /** Megabytes that the process had taken at most: with its libraries loaded, with the inputs, at the end. */
  process: number;
  inputs: number;
  peak: number;
  /** Seconds of the one call, tracing and building the session included. */
  wall: number;
  cpu: number;
}

// Of the kernel's kilobytes.
const megabytes = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

async function measure(name: string): Promise<Measured> {
  const { run } = tiledLosses[name];
  const withGradient = (x: Tensor, y: Tensor): Tensor[] => {
    const [loss] = run(x, y, { rows_per_tile: tile === 0 ? null : tile });
    return [loss, ...torch.autograd.grad(loss, [x])];
  };
  const isCompiled = values.by === 'compiled';
  const options = { executionProviders: ['cpu'] as const, threads: THREADS };
  if (isCompiled) await compile((x: Tensor) => x.mul(2), options)(torch.ones(2));
  const before = megabytes();
  torch.manual_seed(0);
  // In place, so that the inputs take no more than they are.
  const x = torch.rand(rows, FEATURES).sub_(0.5).mul_(0.1).requires_grad_();
  const y = torch.arange(rows).floor_divide(4);
  const inputs = megabytes();
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  const [loss, gradient] = await (isCompiled ? compile(withGradient, options) : withGradient)(x, y);
  const wall = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const peak = megabytes();
  if (!Number.isFinite(loss.item() + gradient.abs().max().item())) throw new Error(`${name}: not finite`);
  return { process: before, inputs, peak, wall, cpu: (user + system) / 1e6 };
}

async function inChild(name: string, perTile: number): Promise<Measured> {
  const flags = ['--import', 'tsx', '--conditions=reidgrad-source', fileURLToPath(import.meta.url)];
  const args = ['--child', name, '--rows', values.rows, '--tile', String(perTile), '--by', values.by];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...args]);
  return JSON.parse(stdout) as Measured;
}

if (values.child !== undefined) {
  console.log(JSON.stringify(await measure(values.child)));
} else {
  console.log(`${values.by}, ${rows} x ${FEATURES}, peak resident megabytes\n`);
  console.log('| loss | rows per tile | process | with inputs | peak | wall s | cpu s |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  const lossOf = (key: string): string => key.split(',')[0];
  // The first variant of each: the others compute alike.
  const names = Object.keys(tiledLosses).filter((key, i, all) => all.map(lossOf).indexOf(lossOf(key)) === i);
  for (const name of names.filter((key) => key.includes(values.only))) {
    for (const perTile of [0, tile]) {
      const { process: loaded, inputs, peak, wall, cpu } = await inChild(name, perTile);
      const cells = [name, perTile === 0 ? 'all' : perTile, loaded, inputs, peak, wall.toFixed(1), cpu.toFixed(1)];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
