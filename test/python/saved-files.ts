/**
 * Writes the files that `check_saved_files.py` reads with PyTorch:
 * `node --import tsx --conditions=reidgrad-source test/python/saved-files.ts <folder>`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { load, save } from '@reidgrad/core/serialization';
import { SummaryWriter } from '@reidgrad/reid';
import { loadGoldens } from '../goldens/load.js';
import { Run } from '../serialization/runs.js';
import type { Epoch } from '../serialization/runs.js';

const { nn } = torch;
const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: saved-files.ts <folder>');
mkdirSync(folder, { recursive: true });
const goldens = new URL('../goldens/data/serialization/', import.meta.url);
const write = (file: string, bytes: Uint8Array): void => writeFileSync(join(folder, file), bytes);

// What PyTorch saved, loaded and saved here: Python compares with the goldens.
for (const { file, state_dict } of loadGoldens('serialization')) {
  if (!state_dict) write(file, save(load(readFileSync(new URL(file, goldens)))));
}

/** The network of test/goldens/serialization.py, with its names. */
class Net extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(3, 2, 3, { bias: false });
  layer1 = new nn.Sequential(
    new nn.Sequential(new nn.Conv2d(2, 4, 3, { padding: 1, bias: false }), new nn.BatchNorm2d(4), new nn.ReLU()),
    new nn.Identity(),
  );
  pool = new nn.AdaptiveAvgPool2d(1);
  flat = new nn.Flatten();
  bottleneck = new nn.BatchNorm1d(4);
  classifier = new nn.Linear(4, 3, { bias: false });
  override forward(x: Tensor): Tensor {
    const features = this.flat.forward(this.pool.forward(this.layer1.forward(this.conv1.forward(x))));
    return this.classifier.forward(this.bottleneck.forward(features));
  }
}

torch.manual_seed(4);
const net = new Net();
for (let i = 0; i < 3; i++) net.forward(torch.randn(4, 3, 6, 6));
net.eval();
const images = torch.randn(2, 3, 6, 6);
write('network.pth', save({ state_dict: net.state_dict(), images, out: net.forward(images).detach() }));

// Kinds of values, each beside what Python must have in its place.
const weight = new nn.Parameter(torch.tensor([[1, 2, 3]]));
write(
  'kinds.pth',
  save({
    parameter: weight,
    frozen: new nn.Parameter(torch.ones(2), false),
    requires_grad: torch.ones(2, { requires_grad: true }),
    tied: [weight.detach(), weight.detach()],
    same: [weight, weight],
    column: torch.arange(6).reshape(2, 3).index(':', 1),
    numbered: { 0: 'a', 10: 'b', 2: 'c' },
    texts: new Map([['0', 'a']]),
    tuple_key: new Map([[[1, 'x'], 2]]),
    many: Array.from({ length: 70_000 }, (_, i) => i - 35_000),
    names: Array.from({ length: 300 }, (_, i) => torch.tensor([i])),
    bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
    set: new Set([3, 1, 2]),
  }),
);

const runs: { file: string; optimizer: string; scheduler: string; epochs: Epoch[] }[] = [];
for (const { file, optimizer, scheduler } of loadGoldens('resume')) {
  const run = new Run(optimizer, scheduler);
  for (let i = 0; i < 2; i++) run.epoch();
  write(file, run.save());
  runs.push({ file, optimizer, scheduler, epochs: Array.from({ length: 4 }, () => run.epoch()) });
}
writeFileSync(join(folder, 'runs.json'), JSON.stringify(runs));

// Two event files of one training: it broke after step 3 and went on from step 2.
const events = join(folder, 'events');
rmSync(events, { recursive: true, force: true });
for (const purge_step of [undefined, 2]) {
  const writer = new SummaryWriter(events, { purge_step });
  for (let step = purge_step ?? 0; step < 4; step++) {
    writer.add_scalar('train/loss', torch.tensor(step + (purge_step ?? 0) / 10), step);
    writer.add_histogram('weights', [1, 2, step], step);
    // TensorBoard keeps the texts of the broken run too.
    if (purge_step === undefined) writer.add_text('notes', `step ${step}`, step);
  }
  writer.close();
}
