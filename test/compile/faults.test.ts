/** Failures of ONNX Runtime itself, injected at the creation of a session and at a run: state must not change. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compile, setRuntime } from '@reidgrad/onnx-export/compile';
import type { OrtModule } from '@reidgrad/onnx-export/runtime';
import { runtimeFor } from '@reidgrad/onnx-export/runtime';
import { afterEach, expect, it } from 'vitest';

const { nn } = torch;

/** The real runtime, failing on demand. */
async function faultyRuntime(): Promise<{ ort: OrtModule; fail: { create: boolean; run: boolean } }> {
  const real = await runtimeFor('cpu');
  const fail = { create: false, run: false };
  const ort: OrtModule = {
    Tensor: real.Tensor,
    InferenceSession: {
      async create(model: Uint8Array, options?: never): Promise<unknown> {
        if (fail.create) throw new Error('injected: no session');
        const session = (await real.InferenceSession.create(model, options)) as {
          run(feeds: unknown): Promise<unknown>;
          release(): Promise<void>;
        };
        return {
          run: async (feeds: unknown) => {
            if (fail.run) throw new Error('injected: no run');
            return session.run(feeds);
          },
          release: () => session.release(),
        };
      },
    },
  };
  return { ort, fail };
}

function makeStep() {
  torch.manual_seed(3);
  const net = new nn.Sequential(new nn.Linear(4, 6), new nn.BatchNorm1d(6), new nn.Dropout(0.5), new nn.Linear(6, 2));
  const optimizer = new torch.optim.Adam(net.parameters(), { lr: 0.01 });
  const step = (x: Tensor): Tensor => {
    optimizer.zero_grad();
    const loss = net.forward(x).square().mean();
    loss.backward();
    optimizer.step();
    return loss;
  };
  const state = (): string =>
    JSON.stringify([
      Object.entries(net.state_dict()).map(([name, tensor]) => [name, tensor.tolist()]),
      optimizer.state_dict(),
      torch.defaultGenerator.get_state(),
      net.parameters().map((parameter) => parameter.requires_grad),
    ]);
  return { step, state };
}

afterEach(() => setRuntime(null));

it.each(['create', 'run'] as const)(
  'a failure at %s leaves parameters, state and generator as before',
  async (where) => {
    const { ort, fail } = await faultyRuntime();
    // Rows in general position: on a line, batch norm would leave Adam gradients of pure rounding noise.
    const x = torch.arange(20).float().mul(1.7).sin().view(5, 4);
    const plain = makeStep();
    const expected = [plain.step(x).item(), plain.step(x).item()];
    setRuntime(ort);
    const { step, state } = makeStep();
    const compiled = compile(step, { executionProviders: ['cpu'] });
    const before = state();
    if (where === 'run') {
      // Provider and session start; only the run fails.
      fail.run = true;
      await expect(compiled(x)).rejects.toThrow('injected: no run');
    } else {
      fail.create = true;
      await expect(compiled(x)).rejects.toThrow('injected: no session');
    }
    expect(state()).toBe(before);
    fail.run = false;
    fail.create = false;
    setRuntime(ort);
    const losses = [(await compiled(x)).item(), (await compiled(x)).item()];
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i], 5));
  },
);
