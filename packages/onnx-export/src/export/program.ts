import * as platform from '#runtime';
import { no_grad } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { flattenTree } from '@reidgrad/core/graph';
import type { OnnxModel } from '../onnx/model.js';
import { writeModel } from '../onnx/write.js';
import { fromOrt, toOrt } from '../runtime/convert.js';
import { createSession } from '../runtime/ort.js';
import type { OrtTensor } from '../runtime/ort.js';
import { runtimeFor, sessionOptions } from '../runtime/providers.js';
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

  constructor(private readonly built: BuiltModel) {
    this.model = built.model;
    this.manifest = built.manifest;
    this.bytes = writeModel(built.model);
  }

  /** Writes the file. Node only. */
  async save(path: string): Promise<void> {
    await platform.writeFile(path, this.bytes);
  }

  /**
   * Runs the file in ONNX Runtime on `args` (default: the examples of the export) and compares its results, gradients
   * included, with eager ones. A training step is compared in its results, not in its state.
   * @returns the largest absolute difference of each output, relative to the output's largest value where that exceeds 1.
   */
  async compare(args: readonly Tensor[] = this.built.arguments.map(({ tensor }) => tensor)): Promise<Differences> {
    const ort = await runtimeFor(platform.defaultProviders[0]);
    const session = await createSession(ort, this.bytes, sessionOptions([platform.defaultProviders[0]]));
    try {
      const feeds: Record<string, OrtTensor> = {};
      this.manifest.inputs.forEach(({ name, dtype }, i) => {
        feeds[name] = toOrt(ort, args[i].read(), dtype === 'int64' ? 'int64' : (dtype as 'int32' | 'float32'), name);
      });
      const results = await session.run(feeds);
      const fresh = args.map((tensor) => tensor.detach().clone().detach());
      const eager = flattenTree(this.built.call(...fresh), 'export: result').leaves;
      return no_grad(() => {
        const differences: Record<string, number> = {};
        eager.forEach(({ tensor }, i) => {
          const { name } = this.manifest.outputs[i];
          const actual = results[name];
          const data = fromOrt(actual.data, actual.type, tensor.dtype, name);
          differences[name] = largestDifference(tensor, data);
        });
        return differences;
      });
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

function largestDifference(expected: Tensor, actual: ArrayLike<number>): number {
  const values = expected.toTypedArray();
  let difference = 0;
  let scale = 1;
  for (let i = 0; i < values.length; i++) {
    const a = Number(values[i]);
    const b = actual[i];
    scale = Math.max(scale, Math.abs(a));
    if (Object.is(a, b) || a === b) continue;
    const d = Math.abs(a - b);
    if (Number.isNaN(d)) return NaN;
    difference = Math.max(difference, d);
  }
  return difference / scale;
}
