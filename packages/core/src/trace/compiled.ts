/**
 * Functions that are traced once per signature and then run by a backend: signatures, guards, state, checks, the queue.
 * Knows nothing of any runtime.
 */
import type { AutogradMeta } from '../autograd/meta.js';
import { get_default_dtype, is_grad_enabled } from '../autograd/mode.js';
import { hostStorageOf } from '../dispatch.js';
import { defaultGenerator } from '../random/generator.js';
import { Cell, hostValue } from '../storage.js';
import type { Value } from '../storage.js';
import { Tensor } from '../tensor.js';
import { failingPositions } from './check.js';
import type { Graph, ValueId } from './graph.js';
import { runNode, sourceValues } from './interpret.js';
import type { Values } from './interpret.js';
import { inputName, originText, trace } from './trace.js';
import type { Program } from './trace.js';
import { buildTree, flattenTree, treeKey } from './tree.js';

/** What a backend made of a program. */
export interface Executable {
  /**
   * Computes `wanted` from the values of all sources. Values may live on a device.
   * @throws what the runtime throws; nothing is committed then.
   */
  run(sources: Values): Promise<Values>;
  /** Called when the values of the run have been put into their cells: what it replaced may be freed. */
  committed?(replaced: readonly Value[]): void;
  dispose?(): Promise<void>;
}

/** Turns programs into executables. */
export interface Backend {
  /** `wanted`: the values to compute: outputs, states, checks, kept gradients. */
  prepare(program: Program, wanted: readonly ValueId[]): Promise<Executable>;
}

/** Options of compiled functions. */
export interface CompiledOptions {
  /** Leave gradients in `.grad` after a run, as eager code does. Default false: they are transient. */
  keepGrad?: boolean;
  /** Name for errors. Default: the function's. */
  name?: string;
}

/** An asynchronous function that computes what `fn` computes, compiled. */
export interface Compiled<Args extends readonly unknown[], Result> {
  (...args: Args): Promise<Result>;
  /** Brings state that lives on a device back to the host. */
  sync(): Promise<void>;
  /** Why it traced, call by call: the first trace, new shapes, or the guard that no longer held. */
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

/** All compiled calls of the process run one after the other: runtimes break on overlapping runs. */
let queue: Promise<unknown> = Promise.resolve();

function enqueue<T>(task: () => Promise<T>): Promise<T> {
  const result = queue.then(task);
  queue = result.catch(() => undefined);
  return result;
}

function wantedOf(program: Program, keepGrad: boolean): ValueId[] {
  const { graph, leftGrads } = program;
  const ids = [
    ...graph.outputs.map(({ value }) => value),
    ...graph.states.map(({ next }) => next),
    ...graph.checks.map(({ condition }) => condition),
    ...(keepGrad ? leftGrads.map(({ value }) => value) : []),
  ];
  return [...new Set(ids)];
}

function valueOf(values: Values, id: ValueId, graph: Graph): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`${graph.name}: the backend did not compute value ${id}`);
  return value;
}

async function toHost(value: Value): Promise<Value> {
  const { storage } = value;
  return storage.kind === 'device' ? hostValue(value.dtype, value.shape, await storage.read()) : value;
}

/** Throws the message of the first check that does not hold. */
async function verifyChecks(program: Program, values: Values): Promise<void> {
  for (const { condition, message } of program.graph.checks) {
    const value = await toHost(valueOf(values, condition, program.graph));
    const failing = failingPositions(hostStorageOf(value, 'check').data);
    if (failing.length > 0) throw new Error(message(failing));
  }
}

function commit(program: Program, values: Values, keepGrad: boolean, name: string): Value[] {
  const { graph, leftGrads, clearedGrads, commitHooks } = program;
  const replaced = graph.states.map(({ cell, next }) => {
    const before = cell.value;
    cell.value = valueOf(values, next, graph);
    return before;
  });
  const gone = `grad: ${name} computed this gradient and did not keep it; compile it with { keepGrad: true } to read it`;
  const leave = (meta: AutogradMeta, value: ValueId): void => {
    meta.pokeGrad(keepGrad ? new Tensor(new Cell(valueOf(values, value, graph))) : null);
    if (!keepGrad) meta.gradGone = gone;
  };
  for (const { meta, value } of leftGrads) leave(meta, value);
  for (const meta of clearedGrads) meta.pokeGrad(null);
  for (const hook of commitHooks) hook();
  return replaced;
}

/** Marks host values as looked at by a run in flight, so that in-place writes make copies meanwhile. */
function hold(values: Iterable<Value>, by: 1 | -1): void {
  for (const { storage } of values) if (storage.kind === 'host') storage.holders += by;
}

async function execute(entry: Entry, inputs: ReadonlyMap<string, Value>, keepGrad: boolean, name: string): Promise<Values> {
  const { program, executable } = entry;
  const { graph } = program;
  const draws = [...graph.sources.values()].some(({ kind }) => kind === 'random');
  const generator = draws ? defaultGenerator.get_state() : null;
  const cells = graph.states.map(({ cell }) => cell);
  const lease = `copy_: this tensor is being updated by a compiled run of ${name}; await the run before writing to it`;
  let sources: Values = new Map();
  try {
    sources = sourceValues(graph, inputs);
    for (const cell of cells) cell.lease = lease;
    hold(sources.values(), 1);
    const values = await executable.run(sources);
    await verifyChecks(program, values);
    for (const cell of cells) cell.lease = null;
    const replaced = commit(program, values, keepGrad, name);
    executable.committed?.(replaced);
    return values;
  } catch (error) {
    if (generator !== null) defaultGenerator.set_state(generator);
    throw error;
  } finally {
    hold(sources.values(), -1);
    for (const cell of cells) cell.lease = null;
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
  const entries = new Map<string, Entry[]>();
  const reasons: string[] = [];
  const all = (): Entry[] => [...entries.values()].flat();

  const build = async (args: Args, key: string, known: Entry[]): Promise<Entry> => {
    const failing = known[0]?.program.guards.find((guard) => !guard.holds());
    reasons.push(
      failing !== undefined
        ? `retraced: ${failing.describe()}`
        : entries.size === 0
          ? `traced: first call, ${key}`
          : `traced: new signature ${key}`,
    );
    const program = trace(fn, args, { name, madeAt });
    const executable = await backend.prepare(program, wantedOf(program, keepGrad));
    const entry = { program, executable };
    entries.set(key, [entry, ...known]);
    return entry;
  };

  const call = async (...args: Args): Promise<Result> => {
    const { tree, leaves } = flattenTree(args, `arguments of ${name}`);
    const inputs = new Map(leaves.map(({ path, tensor }) => [inputName(path), tensor.read()]));
    const signature = leaves.map(({ tensor }) => {
      const { dtype, shape } = tensor.cell.value;
      return `${dtype}[${shape.join()}]${tensor.requires_grad ? '!' : ''}`;
    });
    const key = `${treeKey(tree)} ${signature.join(' ')} ${is_grad_enabled() ? 'grad' : 'no_grad'} ${get_default_dtype()}`;
    hold(inputs.values(), 1);
    try {
      return await enqueue(async () => {
        const known = entries.get(key) ?? [];
        const entry =
          known.find(({ program }) => program.guards.every((guard) => guard.holds())) ?? (await build(args, key, known));
        const values = await execute(entry, inputs, keepGrad, name);
        const { graph, outputTree } = entry.program;
        const tensors = graph.outputs.map(({ value }) => new Tensor(new Cell(valueOf(values, value, graph))));
        // The structure is that of fn's own result.
        return buildTree(outputTree, tensors) as Result;
      });
    } finally {
      hold(inputs.values(), -1);
    }
  };

  return Object.assign(call, {
    sync: (): Promise<void> =>
      enqueue(async () => {
        await syncCells(all().flatMap(({ program }) => program.graph.states.map(({ cell }) => cell)));
      }),
    explain: (): readonly string[] => reasons,
    dispose: (): Promise<void> =>
      enqueue(async () => {
        for (const { executable } of all()) await executable.dispose?.();
        entries.clear();
      }),
    get graphs(): readonly Graph[] {
      return all().map(({ program }) => program.graph);
    },
  });
}

/** Brings cells whose value lives on a device to the host. */
export async function syncCells(cells: Iterable<Cell>): Promise<void> {
  for (const cell of new Set(cells)) {
    const { value } = cell;
    if (value.storage.kind === 'device') cell.value = await toHost(value);
  }
}

/** The eager kernels as backend: runs compiled functions without a runtime. */
export const interpreter: Backend = {
  prepare: ({ graph }) =>
    Promise.resolve({
      run: async (sources) => {
        const values: Values = new Map(sources);
        for (const node of graph.nodes) runNode(graph, node, values);
        return Promise.resolve(values);
      },
    }),
};
