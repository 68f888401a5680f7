/**
 * Takes 10,000 training steps and prints the memory after 1,000 and after all, as JSON. No user code frees anything.
 * `node --expose-gc --import tsx --conditions=reidgrad-source test/memory/soak.ts eager|compiled`
 */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { OriTripletLoss } from '@reidgrad/losses';
import { compile } from '@reidgrad/onnx-export/compile';

const { nn, optim } = torch;
const mode = process.argv[2];
const collect = (globalThis as { gc?: () => void }).gc;
if ((mode !== 'eager' && mode !== 'compiled') || collect === undefined) {
  throw new Error('usage: node --expose-gc … soak.ts eager|compiled');
}

torch.manual_seed(0);
const net = new nn.Sequential(new nn.Linear(16, 32), new nn.BatchNorm1d(32), new nn.ReLU(), new nn.Linear(32, 8));
const optimizer = new optim.Adam(net.parameters(), { lr: 1e-3 });
const criterion = new OriTripletLoss(8);
const step = (x: Tensor, y: Tensor): Tensor => {
  optimizer.zero_grad();
  const [loss] = criterion.forward(net.forward(x), y);
  loss.backward();
  optimizer.step();
  return loss;
};
const run = mode === 'eager' ? (x: Tensor, y: Tensor) => Promise.resolve(step(x, y)) : compile(step);

async function memory(): Promise<{ rss: number; arrayBuffers: number }> {
  // Finalizers run between collections.
  for (let i = 0; i < 3; i++) {
    collect?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, arrayBuffers } = process.memoryUsage();
  return { rss, arrayBuffers };
}

const labels = torch.arange(8).floor_divide(2);
let early = await memory();
for (let i = 1; i <= 10_000; i++) {
  const loss = await run(torch.rand(8, 16), labels);
  if (!Number.isFinite(loss.item())) throw new Error(`step ${i}: the loss is ${loss.item()}`);
  if (i === 1000) early = await memory();
}
process.stdout.write(`${JSON.stringify({ early, late: await memory() })}\n`);
