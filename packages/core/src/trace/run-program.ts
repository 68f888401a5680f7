/** One run of a traced program: its sources, leases, checks, and putting the results in place. */
import type { AutogradMeta } from '../autograd/meta.js';
import { hostStorageOf, runKernel } from '../dispatch.js';
import { describe } from '../dtype.js';
import { defaultGenerator } from '../random/generator.js';
import { Cell, hostValue } from '../storage.js';
import type { Storage, Value } from '../storage.js';
import { Tensor } from '../tensor.js';
import { failingPositions } from './check.js';
import type { Graph, ValueId } from './graph.js';
import { runNode, sourceValues } from './interpret.js';
import type { Values } from './interpret.js';
import type { Program } from './trace.js';

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

/** A tensor argument as it was when the function was called. */
export interface Argument {
  name: string;
  value: Value;
  /** Receives the argument's gradient. */
  leaf: AutogradMeta;
}

/** A call of a compiled function. */
export interface Call {
  /** The function's name, for errors. */
  name: string;
  arguments: readonly Argument[];
  keepGrad: boolean;
}

/** All compiled calls of the process run one after the other: runtimes break on overlapping runs. */
let queue: Promise<unknown> = Promise.resolve();

/** Runs `task` after all tasks given before. */
export function enqueue<T>(task: () => Promise<T>): Promise<T> {
  const result = queue.then(task);
  // The queue must not keep the last result alive.
  queue = result.then(
    () => undefined,
    () => undefined,
  );
  return result;
}

/** The values that a run must compute: outputs, states, checks, gradients that stay. */
export function wantedOf({ graph, leftGrads }: Program, keepGrad: boolean): ValueId[] {
  const ids = [
    ...graph.outputs.map(({ value }) => value),
    ...graph.states.map(({ next }) => next),
    ...graph.checks.map(({ condition }) => condition),
    ...leftGrads
      .filter(({ leaf, accumulates }) => keepGrad || accumulates || typeof leaf === 'number')
      .map(({ value }) => value),
  ];
  return [...new Set(ids)];
}

/** The value of `id`. Throws where the backend did not compute it, or computed something else. */
function valueOf(values: Values, id: ValueId, graph: Graph): Value {
  const value = values.get(id);
  const expected = graph.values[id];
  if (value === undefined) throw new Error(`${graph.name}: the backend did not compute value ${id}`);
  if (value.dtype !== expected.dtype || value.shape.join() !== expected.shape.join()) {
    throw new Error(
      `${graph.name}: the backend computed ${describe(value.dtype, value.shape)} for value ${id}, ` +
        `expected ${describe(expected.dtype, expected.shape)}`,
    );
  }
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

/** Checks that follow from more nodes than this are not computed on the host. */
const smallCheck = 64;

/**
 * The message of a check that fails, computed on the host after a run failed: runtimes stop at an index out of range
 * before they come to the check that says so.
 */
async function messageOfChecks({ graph }: Program, sources: Values): Promise<string | null> {
  for (const { condition, message } of graph.checks) {
    const needed = new Set([condition]);
    const nodes = [...graph.nodes].reverse().filter(({ ins, outs }) => {
      const isNeeded = outs.some((id) => needed.has(id));
      if (isNeeded) for (const id of ins) needed.add(id);
      return isNeeded;
    });
    if (nodes.length > smallCheck) continue;
    const values: Values = new Map();
    for (const [id, value] of sources) if (needed.has(id)) values.set(id, await toHost(value));
    for (const node of nodes.reverse()) runNode(graph, node, values);
    const failing = failingPositions(hostStorageOf(valueOf(values, condition, graph), 'check').data);
    if (failing.length > 0) return message(failing);
  }
  return null;
}

async function runChecked(program: Program, executable: Executable, sources: Values): Promise<Values> {
  let values: Values;
  try {
    values = await executable.run(sources);
  } catch (error) {
    const message = await messageOfChecks(program, sources).catch(() => null);
    throw message === null ? error : new Error(message, { cause: error });
  }
  await verifyChecks(program, values);
  return values;
}

/** Marks values as looked at by a run in flight, so that in-place writes make copies and nobody frees them meanwhile. */
export function hold(values: Iterable<Value>, by: 1 | -1): void {
  for (const { storage } of values) if (storage.kind !== 'node') storage.holders += by;
}

/** Puts values into new places. A value that has a place already gets a holder, so that no write is seen through another. */
class Placing {
  private readonly placed: Set<Storage>;

  constructor(sources: Values) {
    this.placed = new Set([...sources.values()].map(({ storage }) => storage));
  }

  place(value: Value): Value {
    if (this.placed.has(value.storage)) hold([value], 1);
    this.placed.add(value.storage);
    return value;
  }
}

/** What a run will change, computed before anything changes. */
interface Changes {
  outputs: Tensor[];
  states: { cell: Cell; value: Value }[];
  grads: { meta: AutogradMeta; grad: Tensor | null; gone: string | null }[];
}

/** Gradients of arguments stay as in eager code: the next call has other arguments, so nothing else could read them. */
function argumentGrad(leaf: AutogradMeta, accumulates: boolean, value: Value): Tensor {
  const before = leaf.peekGrad();
  if (!accumulates || before === null) return new Tensor(new Cell(value));
  const { dtype, shape } = value;
  return new Tensor(new Cell(runKernel('add', [before.read(), value], {}, [{ dtype, shape }])[0]));
}

function changesOf(program: Program, values: Values, sources: Values, call: Call): Changes {
  const { graph, leftGrads, assignedGrads, clearedGrads } = program;
  const placing = new Placing(sources);
  const placed = (id: ValueId): Value => placing.place(valueOf(values, id, graph));
  const gone = `grad: ${call.name} computed this gradient and did not keep it; compile it with { keepGrad: true } to read it`;
  const left = leftGrads.map(({ leaf, accumulates, value }): Changes['grads'][number] => {
    if (typeof leaf === 'number') {
      const meta = call.arguments[leaf].leaf;
      return { meta, grad: argumentGrad(meta, accumulates, placed(value)), gone: null };
    }
    if (!accumulates && !call.keepGrad) return { meta: leaf, grad: null, gone };
    return { meta: leaf, grad: new Tensor(new Cell(placed(value))), gone: null };
  });
  return {
    states: graph.states.map(({ cell, next }) => ({ cell, value: placed(next) })),
    grads: [
      ...left,
      ...assignedGrads.map(({ meta, grad }) => ({ meta, grad, gone: null })),
      ...clearedGrads.map((meta) => ({ meta, grad: null, gone: null })),
    ],
    outputs: graph.outputs.map(({ value }) => new Tensor(new Cell(placed(value)))),
  };
}

function commit({ states, grads }: Changes, hooks: Program['commitHooks']): Value[] {
  const replaced = states.map(({ cell, value }) => {
    const before = cell.value;
    cell.lease = null;
    cell.value = value;
    return before;
  });
  for (const { meta, grad, gone } of grads) {
    meta.pokeGrad(grad);
    meta.gradGone = gone;
  }
  for (const hook of hooks) hook();
  return replaced;
}

/** A way back to the generator's present state, for as long as nobody else draws. */
function generatorCheckpoint(): { drawn(): void; rewind(): void } {
  const before = defaultGenerator.get_state();
  let after: string | null = null;
  return {
    drawn: () => {
      after = JSON.stringify(defaultGenerator.get_state());
    },
    rewind: () => {
      if (after === null || after === JSON.stringify(defaultGenerator.get_state())) defaultGenerator.set_state(before);
    },
  };
}

/**
 * Runs a program once. State changes only when the run succeeded and all checks hold.
 * @returns the output tensors.
 */
export async function runProgram(program: Program, executable: Executable, call: Call): Promise<Tensor[]> {
  for (const slot of program.gradSlots) slot.attach();
  const { graph } = program;
  const draws = [...graph.sources.values()].some(({ kind }) => kind === 'random');
  const generator = draws ? generatorCheckpoint() : null;
  const cells = graph.states.map(({ cell }) => cell);
  const lease = `copy_: this tensor is being updated by a compiled run of ${call.name}; await the run before writing to it`;
  let held: Value[] = [];
  const letGo = (): void => {
    hold(held, -1);
    held = [];
    for (const cell of cells) cell.lease = null;
  };
  try {
    const sources = sourceValues(graph, new Map(call.arguments.map(({ name, value }) => [name, value])));
    generator?.drawn();
    for (const cell of cells) cell.lease = lease;
    held = [...sources.values()];
    hold(held, 1);
    const values = await runChecked(program, executable, sources);
    const changes = changesOf(program, values, sources, call);
    letGo();
    const replaced = commit(changes, program.commitHooks);
    executable.committed?.(replaced);
    return changes.outputs;
  } catch (error) {
    letGo();
    generator?.rewind();
    throw error;
  }
}

/** Brings cells whose value lives on a device to the host. For tasks in the queue; `syncCells` waits for its turn. */
export async function bringHome(cells: Iterable<Cell>): Promise<void> {
  for (const cell of new Set(cells)) {
    const { value } = cell;
    if (value.storage.kind !== 'device') continue;
    const home = await toHost(value);
    // Someone may have written the tensor while it was being read.
    if (cell.value === value) cell.value = home;
  }
}

/** Brings cells whose value lives on a device to the host, after all compiled calls made before. */
export function syncCells(cells: Iterable<Cell>): Promise<void> {
  return enqueue(() => bringHome(cells));
}
