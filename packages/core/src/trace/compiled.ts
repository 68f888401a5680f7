/**
 * Functions that are traced once per signature and then run by a backend: signatures, guards, entries. Knows nothing of
 * any runtime.
 */
import { AutogradMeta } from '../autograd/meta.js';
import { enable_grad, get_default_dtype, is_grad_enabled, no_grad, set_default_dtype } from '../autograd/mode.js';
import { defaultGenerator } from '../random/generator.js';
import { Cell } from '../storage.js';
import { Tensor } from '../tensor.js';
import type { Graph, ValueId } from './graph.js';
import { runNode } from './interpret.js';
import type { Values } from './interpret.js';
import { originText } from './origin.js';
import { bringHome, enqueue, hold, runProgram, wantedOf } from './run-program.js';
import type { Argument, Executable } from './run-program.js';
import { inputName, refuseNesting, trace } from './trace.js';
import type { Program } from './trace.js';
import { buildTree, flattenTree, treeKey } from './tree.js';

export { syncCells } from './run-program.js';
export type { Executable } from './run-program.js';

/** Turns programs into executables. */
export interface Backend {
  /** `wanted`: the values to compute: outputs, states, checks, kept gradients. */
  prepare(program: Program, wanted: readonly ValueId[]): Promise<Executable>;
}

/** Options of compiled functions. */
export interface CompiledOptions {
  /**
   * Leave gradients in `.grad` after a run, as eager code does. Default false: those that every call overwrites are
   * transient. Gradients that a call adds to are kept anyway.
   */
  keepGrad?: boolean;
  /** Name for errors. Default: the function's. */
  name?: string;
}

/** An asynchronous function that computes what `fn` computes, compiled. */
export interface Compiled<Args extends readonly unknown[], Result> {
  /** Runs after all compiled calls made before, with the arguments as they are now. Results carry no tape. */
  (...args: Args): Promise<Result>;
  /** Brings state that lives on a device back to the host. */
  sync(): Promise<void>;
  /** Why it traced, trace by trace: the first call, new shapes, or the guard that no longer held. */
  explain(): readonly string[];
  /** Frees the sessions; state stays. */
  dispose(): Promise<void>;
  /** Graphs compiled so far. */
  readonly graphs: readonly Graph[];
}

interface Entry {
  program: Program;
  executable: Executable;
}

/** Graphs kept per signature; the one that was not used for longest goes first. */
const entriesPerSignature = 8;

async function release({ program, executable }: Entry): Promise<void> {
  for (const source of program.graph.sources.values()) if (source.kind === 'constant') source.storage.holders--;
  await executable.dispose?.();
}

/** The arguments of this moment: the call runs later, and its caller may change them until then. */
class Snapshot<Args extends readonly unknown[]> {
  readonly key: string;
  readonly arguments: readonly Argument[];
  private readonly grad = is_grad_enabled();
  private readonly dtype = get_default_dtype();
  private readonly args: Args;

  constructor(name: string, args: Args) {
    const { tree, leaves } = flattenTree(args, name, 'arguments');
    const signature = leaves.map(
      ({ tensor }) =>
        `${tensor.dtype}[${tensor.shape.join()}]${tensor.requires_grad ? (tensor.is_leaf ? '!' : '!result') : ''}`,
    );
    this.key = `${treeKey(tree)} ${signature.join(' ')} ${this.grad ? 'grad' : 'no_grad'} ${this.dtype}`;
    this.arguments = leaves.map(({ path, tensor }) => ({
      name: inputName(path),
      value: tensor.read(),
      leaf: tensor.autograd,
    }));
    const copies = leaves.map(({ tensor }) => {
      const { grad_fn, requires_grad } = tensor;
      const meta = new AutogradMeta();
      meta.leafRequiresGrad = requires_grad;
      meta.grad_fn = grad_fn;
      return new Tensor(new Cell(tensor.read()), meta);
    });
    // The structure is that of `args`, with other tensors in it.
    this.args = buildTree(tree, copies) as Args;
  }

  /** Traces `fn` as if it were called at the moment of the snapshot. */
  trace(fn: (...args: Args) => unknown, name: string, madeAt: string): Program {
    const dtype = get_default_dtype();
    const generator = defaultGenerator.get_state();
    set_default_dtype(this.dtype);
    try {
      return (this.grad ? enable_grad : no_grad)(() => trace(fn, this.args, { name, madeAt }));
    } catch (error) {
      defaultGenerator.set_state(generator);
      throw error;
    } finally {
      set_default_dtype(dtype);
    }
  }
}

/**
 * Makes the compiled form of `fn` on `backend`. Per structure, shapes, dtypes and guards it traces once; each call then
 * is one run. `compile` of `@reidgrad/onnx-export/compile` is this on ONNX Runtime.
 */
export function compileWith<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  backend: Backend,
  options: CompiledOptions = {},
): Compiled<Args, Result> {
  const name = options.name ?? (fn.name === '' ? 'function' : fn.name);
  const madeAt = `\`${name}\` made at ${originText(new Error('made at'))}`;
  const keepGrad = options.keepGrad ?? false;
  /** Per signature, the most recently used first. */
  const entries = new Map<string, Entry[]>();
  const reasons: string[] = [];
  const all = (): Entry[] => [...entries.values()].flat();

  const reasonOf = (key: string, latest: Entry | undefined): string => {
    const failing = latest?.program.guards.find((guard) => !guard.holds());
    if (failing !== undefined) return `retraced: ${failing.describe()}`;
    return entries.size === 0 ? `traced: first call, ${key}` : `traced: new signature ${key}`;
  };

  const entryFor = async (snapshot: Snapshot<Args>): Promise<Entry> => {
    const { key } = snapshot;
    const known = entries.get(key) ?? [];
    const fitting = known.find(({ program }) => program.guards.every((guard) => guard.holds()));
    if (fitting !== undefined) {
      if (fitting !== known[0]) entries.set(key, [fitting, ...known.filter((entry) => entry !== fitting)]);
      return fitting;
    }
    const reason = reasonOf(key, known[0]);
    const program = snapshot.trace(fn, name, madeAt);
    const executable = await backend.prepare(program, wantedOf(program, keepGrad));
    const entry = { program, executable };
    reasons.push(reason);
    entries.set(key, [entry, ...known.slice(0, entriesPerSignature - 1)]);
    for (const old of known.slice(entriesPerSignature - 1)) await release(old);
    return entry;
  };

  // Runs up to its first await at once, so the snapshot is of the moment of the call.
  const run = async (args: Args): Promise<Result> => {
    const snapshot = new Snapshot(name, args);
    const values = snapshot.arguments.map(({ value }) => value);
    hold(values, 1);
    return enqueue(async () => {
      try {
        const { program, executable } = await entryFor(snapshot);
        const outputs = await runProgram(program, executable, { name, arguments: snapshot.arguments, keepGrad });
        // The structure is that of fn's own result.
        return buildTree(program.outputTree, outputs) as Result;
      } finally {
        hold(values, -1);
      }
    });
  };

  const call = (...args: Args): Promise<Result> => {
    // At once and not by the promise: a traced function does not look at it.
    refuseNesting(name);
    return run(args);
  };

  const graphs: readonly Graph[] = [];
  const members = Object.assign(call, {
    graphs,
    sync: (): Promise<void> =>
      enqueue(() => bringHome(all().flatMap(({ program }) => program.graph.states.map(({ cell }) => cell)))),
    explain: (): readonly string[] => [...reasons],
    dispose: (): Promise<void> =>
      enqueue(async () => {
        const old = all();
        entries.clear();
        for (const entry of old) await release(entry);
      }),
  });
  // Not part of the object above: assigning would read the getter once, now.
  return Object.defineProperty(members, 'graphs', { get: () => all().map(({ program }) => program.graph) });
}

/** The eager kernels as backend: runs compiled functions without a runtime. */
export const interpreter: Backend = {
  prepare: ({ graph }) =>
    Promise.resolve({
      run: (sources) => {
        const values: Values = new Map(sources);
        for (const node of graph.nodes) runNode(graph, node, values);
        return Promise.resolve(values);
      },
    }),
};
