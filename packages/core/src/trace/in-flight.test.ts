import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { compileWith, interpreter } from './compiled.js';
import type { Backend } from './compiled.js';
import { trace } from './trace.js';

const { optim } = torch;
type Tensor = torch.Tensor;

/** A backend whose runs wait until they are let go. */
function gated(): { backend: Backend; open: () => void; started: Promise<void> } {
  let open = (): void => undefined;
  let started = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const start = new Promise<void>((resolve) => (started = resolve));
  const backend: Backend = {
    prepare: async (program, wanted) => {
      const executable = await interpreter.prepare(program, wanted);
      return {
        run: async (sources) => {
          started();
          await gate;
          return executable.run(sources);
        },
      };
    },
  };
  return { backend, open, started: start };
}

describe('runs in flight', () => {
  it('lease their state: reads give the value before, writes throw, a trace of it works', async () => {
    const w = torch.tensor([1, 2]);
    const { backend, open, started } = gated();
    const done = compileWith(() => void w.add_(1), backend, { name: 'train' })();
    await started;
    expect(w.tolist()).toEqual([1, 2]);
    expect(() => w.mul_(3)).toThrow('being updated by a compiled run of train; await the run before writing to it');
    expect(trace(() => w.mul_(2), []).graph.states).toHaveLength(1);
    expect(w.tolist()).toEqual([1, 2]);
    expect(() => w.fill_(0)).toThrow('being updated');
    open();
    await done;
    expect(w.tolist()).toEqual([2, 3]);
    w.mul_(3);
    expect(w.tolist()).toEqual([6, 9]);
  });

  it('take arguments and captured tensors as they were: later writes of the caller do not reach them', async () => {
    const { backend, open, started } = gated();
    const captured = torch.tensor([10, 20]);
    const x = torch.tensor([1, 2]);
    const list = [x, 3] as [Tensor, number];
    const first = compileWith(([t, n]: [Tensor, number]) => t.mul(n).add(captured), backend);
    const [a, b] = [first(list), first(list)];
    x.fill_(100);
    list[1] = 7;
    await started;
    captured.fill_(0);
    open();
    expect((await a).tolist()).toEqual([13, 26]);
    // A captured tensor is read when the run begins, as the state of the calls before it is.
    expect((await b).tolist()).toEqual([3, 6]);
    expect(x.tolist()).toEqual([100, 100]);
  });

  it('queue: calls that are not awaited give the numbers of calls that are', async () => {
    const make = () => {
      const w = torch.tensor([1, 2], { requires_grad: true });
      const optimizer = new optim.Adam([w], { lr: 0.1 });
      const step = compileWith((x: Tensor) => {
        optimizer.zero_grad();
        const loss = w.mul(x).square().sum();
        loss.backward();
        optimizer.step();
        return loss;
      }, interpreter);
      return { w, step };
    };
    const [a, b] = [make(), make()];
    const inputs = [1, 2, 3, 4].map((n) => torch.tensor([n, -n]));
    const awaited: unknown[] = [];
    for (const x of inputs) awaited.push((await a.step(x)).tolist());
    const queued = (await Promise.all(inputs.map((x) => b.step(x)))).map((t) => t.tolist());
    expect(queued).toEqual(awaited);
    expect(b.w.tolist()).toEqual(a.w.tolist());
  });

  it('let go of everything: no holders, no leases', async () => {
    const w = torch.tensor([1, 2]);
    const x = torch.tensor([3, 4]);
    const step = compileWith((t: Tensor) => w.add_(t).sum(), interpreter);
    for (let i = 0; i < 500; i++) await step(x);
    for (const tensor of [w, x]) {
      const { storage } = tensor.cell.value;
      expect(storage.kind === 'host' && storage.holders).toBe(0);
      expect(tensor.cell.lease).toBeNull();
    }
    expect(step.graphs).toHaveLength(1);
    expect(step.explain()).toHaveLength(1);
    expect(w.tolist()).toEqual([1501, 2002]);
  });
});
