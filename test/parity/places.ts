/** Where parity runs, and what it compares there: eager kernels against one session per graph. */
import { interpret, hostValue } from '@reidgrad/core/graph';
import type { Block, DType, OpName } from '@reidgrad/core/graph';
import { lowerGraph } from '../../packages/onnx-export/src/lower/lower-graph.js';
import { graphOfCases } from '../../packages/onnx-export/src/lower/op-cases.testing.js';
import type { CaseGraph } from '../../packages/onnx-export/src/lower/op-cases.testing.js';
import type { Provider, Target } from '../../packages/onnx-export/src/lower/types.js';
import { writeModel } from '../../packages/onnx-export/src/onnx/write.js';
import { fromOrt, toOrt } from '../../packages/onnx-export/src/runtime/convert.js';
import { createSession } from '../../packages/onnx-export/src/runtime/ort.js';
import type { OrtTensor } from '../../packages/onnx-export/src/runtime/ort.js';
import { runtimeFor, sessionOptions } from '../../packages/onnx-export/src/runtime/providers.js';
import type { ParityCase } from './cases.js';

/** `portable` is the form that exported files have, on the CPU. */
export type PlaceName = 'interpreter' | 'cpu' | 'portable' | 'wasm' | 'webgpu';

interface Place {
  provider: Provider;
  target: Target;
}

/** On WebGPU no node may fall back to the CPU: a session then does not start. */
export const places: Readonly<Record<Exclude<PlaceName, 'interpreter'>, Place>> = {
  cpu: { provider: 'cpu', target: { providers: ['cpu'], opset: 21 } },
  portable: { provider: 'cpu', target: { providers: ['cpu', 'wasm', 'webgpu', 'cuda'], opset: 20 } },
  wasm: { provider: 'wasm', target: { providers: ['wasm'], opset: 21 } },
  webgpu: { provider: 'webgpu', target: { providers: ['webgpu'], opset: 21 } },
};

/** One output of one case, compared. */
export interface Difference {
  op: OpName;
  dtype: DType;
  /** Sample and output, for messages. */
  what: string;
  /** The largest difference, relative to the larger of 1 and the expected value; infinite where a shape or NaN differs. */
  difference: number;
}

async function runAt(name: PlaceName, { graph, feeds }: CaseGraph): Promise<Map<string, Block>> {
  const inputs = new Map(
    [...graph.sources.entries()].flatMap(([id, source]) => {
      if (source.kind !== 'input') return [];
      const { dtype, shape } = graph.values[id];
      const { data } = feeds[source.name];
      return [[source.name, hostValue(dtype, shape, dtype === 'int64' ? Float64Array.from(data) : data)] as const];
    }),
  );
  if (name === 'interpreter') {
    const values = interpret(graph, inputs);
    return new Map(
      graph.outputs.map(({ name: output, value }) => {
        const { dtype, shape, storage } = values.get(value) ?? { dtype: 'float32', shape: [], storage: undefined };
        if (storage?.kind !== 'host') throw new Error(`${output} was not computed`);
        return [output, { dtype, shape, data: storage.data as Block['data'] }];
      }),
    );
  }
  const { provider, target } = places[name];
  const ort = await runtimeFor(provider);
  const lowered = lowerGraph(graph, target);
  const session = await createSession(ort, writeModel(lowered.model), sessionOptions([provider], 1));
  try {
    const fed: Record<string, OrtTensor> = {};
    for (const input of lowered.inputs) {
      const value = input.source.kind === 'input' ? inputs.get(input.source.name) : undefined;
      if (value === undefined) throw new Error(`nothing to feed ${input.name} from`);
      fed[input.name] = toOrt(ort, value, input.dtype, input.name);
    }
    const results = await session.run(fed);
    return new Map(
      lowered.outputs.map((output) => {
        const { dtype } = graph.values[output.value];
        const { data, type, dims } = results[output.name];
        return [output.name, { dtype, shape: dims, data: fromOrt(data, type, dtype, output.name) as Block['data'] }];
      }),
    );
  } finally {
    await session.release();
  }
}

/** The largest relative difference; integers and flags must be equal. */
function compare(expected: Block, actual: Block | undefined): number {
  if (actual === undefined || actual.shape.join() !== expected.shape.join()) return Infinity;
  const exact = !expected.dtype.startsWith('float');
  let worst = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const [got, want] = [actual.data[i], expected.data[i]];
    if (Object.is(got, want) || got === want) continue;
    const difference = Math.abs(got - want) / Math.max(1, Math.abs(want));
    worst = Math.max(worst, exact || Number.isNaN(difference) ? Infinity : difference);
  }
  return worst;
}

/** Runs the cases as one graph at a place. Throws what the runtime throws where the graph cannot run there. */
export async function differencesAt(name: PlaceName, cases: readonly ParityCase[]): Promise<Difference[]> {
  const made = graphOfCases(cases.map((entry) => entry.case));
  const results = await runAt(name, made);
  return made.expected.map(({ name: output, block }) => {
    const [at, index] = output.split(':');
    const { dtype, case: one } = cases[Number(at)];
    const difference = compare(block, results.get(output));
    return { op: one.op, dtype, what: `${one.op} (${one.sample.name}), output ${index}`, difference };
  });
}
