// node --import tsx --conditions=reidgrad-source bench/losses-subcubic.ts: the losses over triplets in N² memory beside
// their cubic definitions: value and gradient, compiled on CPU.
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { TripletSemiHardLoss, batch_all_triplet_loss, pairwise_distances } from '@reidgrad/losses';
import { compile } from '@reidgrad/onnx-export/compile';
import { batchAllCubic, semiHardCubic } from '../test/fixtures/cubic-triplets.js';
import { generate } from '../test/goldens/inputs.js';
import { local, milliseconds, sideBySide } from './harness.js';

type LossFunction = (x: Tensor, labels: Tensor) => Tensor;

const THREADS = 2;
const PLAN = { rounds: 5, warmUp: 300, batch: 50, limit: 8000 };
const FEATURES = 128;
/** A cubic tensor takes 0.5 GB at 512 rows and 4 GB at 1,024, where several of them do not fit. */
const largestCubic = 512;

const losses: readonly { name: string; ours: LossFunction; cubic: LossFunction }[] = [
  {
    name: 'batch_all_triplet_loss',
    ours: (x, y) => batch_all_triplet_loss(y, x, 0.3)[0],
    cubic: (x, y) => batchAllCubic(y, x, 0.3)[0],
  },
  {
    name: 'TripletSemiHardLoss',
    ours: (x, y) => new TripletSemiHardLoss().call(y, x),
    cubic: (x, y) => semiHardCubic(y, pairwise_distances(x), 1),
  },
];

function compiled(loss: LossFunction): ReturnType<typeof compile<[Tensor, Tensor], Tensor[]>> {
  const withGradient = (x: Tensor, labels: Tensor): Tensor[] => {
    const value = loss(x, labels);
    return [value, torch.autograd.grad(value, [x])[0]];
  };
  return compile(withGradient, { executionProviders: ['cpu'], threads: THREADS });
}

console.log('| loss | rows | sorted rows, ms | cubic, ms | ratio |\n| --- | ---: | ---: | ---: | ---: |');
for (const { name, ours, cubic } of losses) {
  for (const count of [256, 512, 1024]) {
    const values = generate({ shape: [count, FEATURES], low: -0.1, high: 0.1 }, `${name}/${count}`);
    const x = torch.from_numpy(Float32Array.from(values), [count, FEATURES]).requires_grad_();
    const labels = torch.arange(count).remainder(count / 4);
    const runs = (count <= largestCubic ? [ours, cubic] : [ours]).map(compiled);
    const variants = runs.map((run, i) => local(['sorted rows', 'cubic'][i], () => run(x, labels)));
    const times = (await sideBySide(variants, PLAN)).map(({ wall }) => wall);
    const ratio = times.length === 2 ? (times[1] / times[0]).toFixed(1) : '';
    const cells = [milliseconds(times[0]), times.length === 2 ? milliseconds(times[1]) : '', ratio];
    console.log(`| ${[name, count, ...cells].join(' | ')} |`);
    for (const run of runs) await run.dispose();
  }
}
