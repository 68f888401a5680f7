import * as platform from '#runtime';
import { Tensor, defaultGenerator } from '@reidgrad/core';
import { badArgument, interpret } from '@reidgrad/core/graph';
import type { DType, Value } from '@reidgrad/core/graph';
import type { OnnxModel } from '../onnx/model.js';
import { writeModel } from '../onnx/write.js';
import { fromOrt, toOrt } from '../runtime/convert.js';
import { createSession } from '../runtime/ort.js';
import type { OrtModule, OrtTensor } from '../runtime/ort.js';
import { reasonOf, runtimeFor, sessionOptions } from '../runtime/providers.js';
import type { BuiltModel } from './export.js';
import type { Manifest } from './manifest.js';

/** The largest differences between the file's results and eager ones, by output. */
export type Differences = Readonly<Record<string, number>>;

/** float32 sums in another order: about 1e-5 relative, ten times that where a difference cancels. */
const verifyTolerance = 1e-4;

/** An exported model: its bytes, and what is in it. */
export class OnnxProgram {
  readonly model: OnnxModel;
  /** Inputs, outputs, gradients and state by name; also inside the file. */
  readonly manifest: Manifest;
  /** The file. */
  readonly bytes: Uint8Array;
  /**
   * For a training step, the file that gives its first state: no inputs, one output per state and scalar input of the
   * step. `null` for functions without state.
   */
  readonly stateBytes: Uint8Array | null;

  constructor(private readonly built: BuiltModel) {
    this.model = built.model;
    this.manifest = built.manifest;
    this.bytes = writeModel(built.model);
    this.stateBytes = built.state === null ? null : writeModel(built.state);
  }

  /** Writes the file, and the first state of a training step beside it, as `<name>.state.onnx`. Node only. */
  async save(path: string): Promise<void> {
    try {
      await platform.writeFile(path, this.bytes);
      if (this.stateBytes !== null) await platform.writeFile(statePath(path), this.stateBytes);
    } catch (error) {
      throw badArgument('save', 'path', path, `a file that can be written (${reasonOf(error)})`);
    }
  }

  /**
   * Runs the file in ONNX Runtime on `args` (default: the examples of the export) and compares its results, gradients and
   * next state with those of the eager kernels. Nothing is trained and the generator is as before.
   * @returns the largest absolute difference of each output, relative to the output's largest value where that exceeds 1.
   */
  async compare(args: readonly Tensor[] = this.built.arguments.map(({ tensor }) => tensor)): Promise<Differences> {
    this.manifest.inputs.forEach(({ name, shape }, i) => {
      const x: unknown = args[i];
      const fits = x instanceof Tensor && shape.length === x.ndim;
      if (fits && shape.every((size, dim) => typeof size === 'string' || size === x.shape[dim])) return;
      throw badArgument('compare', `args[${i}]`, x, `a tensor of ${name}'s shape, [${shape.join(', ')}]`);
    });
    const { graph } = this.built.traceAt(args);
    const generator = defaultGenerator.get_state();
    const values = interpret(graph, new Map(args.map((tensor, i) => [`input_${i}`, tensor.read()])));
    defaultGenerator.set_state(generator);
    const expected = new Map([
      ...graph.outputs.map(({ value }, i) => [this.manifest.outputs[i].name, value] as const),
      ...graph.states.map(({ name, next }) => [`${name}.next`, next] as const),
    ]);
    const drawn = [...graph.sources].filter(([, { kind }]) => kind === 'random').map(([id]) => id);
    const ort = await runtimeFor(platform.defaultProviders[0]);
    const options = sessionOptions([platform.defaultProviders[0]]);
    const session = await createSession(ort, this.bytes, options);
    try {
      const feeds: Record<string, OrtTensor> = { ...(await this.firstState(ort)) };
      const feed = (name: string, dtype: DType, value: Value | undefined): void => {
        if (value === undefined) throw new Error(`compare: no value for input ${name}`);
        feeds[name] = toOrt(ort, value, dtype, name);
      };
      this.manifest.inputs.forEach(({ name, dtype }, i) => feed(name, dtype as DType, args[i].read()));
      this.manifest.random.forEach(({ input }, i) => feed(input, graph.values[drawn[i]].dtype, values.get(drawn[i])));
      const results = await session.run(feeds);
      return Object.fromEntries(
        [...expected].map(([name, id]) => {
          const value = values.get(id);
          if (value?.storage.kind !== 'host') throw new Error(`compare: no eager value for output ${name}`);
          const actual = fromOrt(results[name].data, results[name].type, value.dtype, name);
          return [name, largestDifference(value.storage.data, actual)];
        }),
      );
    } finally {
      await session.release();
    }
  }

  /** The first state as feeds of the step. */
  private async firstState(ort: OrtModule): Promise<Readonly<Record<string, OrtTensor>>> {
    if (this.stateBytes === null) return {};
    const session = await createSession(ort, this.stateBytes, sessionOptions([platform.defaultProviders[0]]));
    try {
      return await session.run({});
    } finally {
      await session.release();
    }
  }

  /** Throws when `compare` finds a difference above 1e-4, which rounding does not explain. */
  async verify(): Promise<Differences> {
    const differences = await this.compare();
    for (const [name, difference] of Object.entries(differences)) {
      if (!(difference <= verifyTolerance)) {
        throw new Error(
          `export: verify: output ${name} differs from eager by ${difference}, more than ${verifyTolerance}`,
        );
      }
    }
    return differences;
  }

  /** A text with inputs, outputs, state and how often each operator occurs. */
  report(): string {
    const { manifest, model } = this;
    const counts = new Map<string, number>();
    for (const { opType } of model.graph.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
    const list = (entries: readonly { name: string; dtype: string; shape: readonly (number | string)[] }[]): string =>
      entries.map(({ name, dtype, shape }) => `  ${name}: ${dtype}[${shape.join(', ')}]`).join('\n');
    const operators = [...counts].sort((a, b) => b[1] - a[1]).map(([op, n]) => `${op} ${n}`);
    return [
      `${manifest.name} (${manifest.kind}, opset ${model.opsets['']}, ${model.graph.nodes.length} nodes, ${this.bytes.length} bytes)`,
      `inputs\n${list(manifest.inputs)}`,
      `outputs\n${list(manifest.outputs)}`,
      ...(manifest.states.length > 0 ? [`state: ${manifest.states.map(({ input }) => input).join(', ')}`] : []),
      ...(manifest.scalars.length > 0
        ? [`scalars: ${manifest.scalars.map(({ input, value }) => `${input} = ${value}`).join(', ')}`]
        : []),
      `operators: ${operators.join(', ')}`,
    ].join('\n');
  }
}

/** Where the first state of the training step at `path` is kept. */
export function statePath(path: string): string {
  return `${path.replace(/\.onnx$/, '')}.state.onnx`;
}

function largestDifference(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let difference = 0;
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i], actual[i]];
    scale = Math.max(scale, Math.abs(a));
    if (Object.is(a, b) || a === b) continue;
    const d = Math.abs(a - b);
    if (Number.isNaN(d)) return NaN;
    difference = Math.max(difference, d);
  }
  return difference / scale;
}
