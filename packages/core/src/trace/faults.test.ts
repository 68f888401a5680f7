import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { compileWith, interpreter } from './compiled.js';
import type { Backend } from './compiled.js';
import { runWith, stateOf, world } from './world.testing.js';
import type { World } from './world.testing.js';

const noBackend: Backend = { prepare: () => Promise.reject(new Error('no session')) };

const failingRun: Backend = {
  prepare: async (program, wanted) => {
    const executable = await interpreter.prepare(program, wanted);
    return {
      run: async (sources) => {
        await executable.run(sources);
        throw new Error('device lost');
      },
    };
  },
};

/** Computes everything but the last wanted value. */
const forgetful: Backend = {
  prepare: async (program, wanted) => {
    const executable = await interpreter.prepare(program, wanted);
    const left = program.graph.states.at(-1)?.next ?? -1;
    return {
      run: async (sources) => {
        const values = await executable.run(sources);
        values.delete(left);
        return values;
      },
    };
  },
};

const noNaN: Backend = {
  prepare: async (program, wanted) => {
    const executable = await interpreter.prepare(program, wanted);
    return {
      run: async (sources) => {
        const values = await executable.run(sources);
        for (const { storage } of values.values()) {
          if (storage.kind === 'host' && storage.data.some((x) => Number.isNaN(x))) throw new Error('NaN in a result');
        }
        return values;
      },
    };
  },
};

const nan = (w: World): void => void (w.poison = NaN);

const faults: [string, Backend, (w: World) => void, RegExp][] = [
  ['the function throws before it computes', interpreter, (w) => (w.failAt = 'start'), /fault at start/],
  ['the function throws after the forward', interpreter, (w) => (w.failAt = 'forward'), /fault at forward/],
  ['the function throws after backward', interpreter, (w) => (w.failAt = 'backward'), /fault at backward/],
  ['the function throws after the update', interpreter, (w) => (w.failAt = 'step'), /fault at step/],
  ['the function throws with the leaf frozen', interpreter, (w) => (w.failAt = 'frozen'), /fault at frozen/],
  ['the function reads data', interpreter, (w) => (w.failAt = 'item'), /item: .* is being traced/],
  ['the function returns a promise', interpreter, (w) => (w.failAt = 'promise'), /result: got an instance of Promise/],
  ['the result holds what cannot cross', interpreter, (w) => (w.failAt = 'result'), /expected tensors, numbers/],
  ['no session is created', noBackend, () => undefined, /no session/],
  ['the run fails', failingRun, () => undefined, /device lost/],
  ['the run gives NaN', noNaN, nan, /NaN in a result/],
  ['the backend forgets a value', forgetful, () => undefined, /did not compute value/],
  ['a check fails', interpreter, (w) => void w.limit.fill_(-1), /loss is too large at 0/],
];

describe('faults', () => {
  it.each(faults)('change nothing, and the function works again: %s', async (_, backend, spoil, message) => {
    const [eager, compiled] = [world(), world()];
    // A good step before, so that there is state to lose.
    const step = runWith(compiled, interpreter);
    torch.manual_seed(3);
    eager.step();
    torch.manual_seed(3);
    await step();
    const before = stateOf(compiled);
    spoil(compiled);
    const fault = runWith(compiled, backend);
    await expect(fault()).rejects.toThrow(message);
    expect(stateOf(compiled)).toEqual(before);
    Object.assign(compiled, { failAt: null, poison: 0 });
    compiled.limit.fill_(1e9);
    // The same compiled function, where its backend lets it, and the one from before.
    const generator = torch.defaultGenerator.get_state();
    eager.step();
    torch.defaultGenerator.set_state(generator);
    await (backend === interpreter ? fault() : step());
    expect(stateOf(compiled)).toEqual(stateOf(eager));
  });

  it('do not rewind the generator over draws that others made meanwhile', async () => {
    let fail = (): void => undefined;
    const failed = new Promise<void>((_, reject) => (fail = () => reject(new Error('late'))));
    let started = (): void => undefined;
    const start = new Promise<void>((resolve) => (started = resolve));
    const compiled = compileWith(() => torch.rand(3), {
      prepare: () =>
        Promise.resolve({
          run: async () => {
            started();
            await failed;
            return new Map();
          },
        }),
    });
    torch.manual_seed(0);
    const expected = torch.rand(8).tolist() as number[];
    torch.manual_seed(0);
    const call = compiled();
    await start;
    expect(torch.rand(2).tolist()).toEqual(expected.slice(3, 5));
    fail();
    await expect(call).rejects.toThrow('late');
    expect(torch.rand(3).tolist()).toEqual(expected.slice(5));
  });

  it('reject the call and not the next one in the queue', async () => {
    const bad = compileWith(() => {
      throw new Error('bad');
    }, interpreter);
    const good = compileWith(() => torch.ones(1), interpreter);
    const [first, second] = [bad(), good()];
    await expect(first).rejects.toThrow('bad');
    expect((await second).item()).toBe(1);
  });
});
