/**
 * Losses in tiles beside the same at once: value and gradient, compiled on CPU, as a Markdown table.
 * `node --import tsx --conditions=reidgrad-source bench/tile-speed.ts [--rows 4096] [--tile 256] [--rounds 3] [--only Ori]`
 */
import { parseArgs } from 'node:util';
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { tiledLosses } from '../test/fixtures/tiled-losses.js';
import { local, milliseconds, sideBySide } from './harness.js';

const THREADS = 2;
const FEATURES = 2048;
/** One of each kind of mining. */
const names = [
  'OriTripletLoss',
  'FastReidTripletLoss, soft',
  'TripletLoss_WRT',
  'batch_hard_triplet_loss',
  'batch_all_triplet_loss',
  'TripletSemiHardLoss',
];

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1024' },
    tile: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const count = Number(values.rows);

torch.manual_seed(0);
const x = torch.rand(count, FEATURES).sub_(0.5).mul_(0.1).requires_grad_();
const labels = torch.arange(count).floor_divide(4);

console.log(
  `| loss, ${count} x ${FEATURES} | at once | tiles of ${values.tile} | at once / tiles |\n| --- | ---: | ---: | ---: |`,
);
for (const name of names.filter((key) => key.includes(values.only))) {
  const { run } = tiledLosses[name];
  const compiled = (rows_per_tile: number | null): ReturnType<typeof compile<[Tensor, Tensor], Tensor[]>> =>
    compile(
      (inputs: Tensor, targets: Tensor) => {
        const [loss] = run(inputs, targets, { rows_per_tile });
        return [loss, ...torch.autograd.grad(loss, [inputs])];
      },
      { executionProviders: ['cpu'], threads: THREADS },
    );
  const [whole, tiled] = [compiled(null), compiled(Number(values.tile))];
  const variants = [local('at once', () => whole(x, labels)), local(`tiles of ${values.tile}`, () => tiled(x, labels))];
  const plan = { rounds: Number(values.rounds), warmUp: 500, batch: 50, limit: 60_000 };
  const [{ wall: atOnce }, { wall: inTiles }] = await sideBySide(variants, plan);
  console.log(`| ${name} | ${milliseconds(atOnce)} | ${milliseconds(inTiles)} | ${(atOnce / inTiles).toFixed(2)} |`);
  await whole.dispose();
  await tiled.dispose();
}
