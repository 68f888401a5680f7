/** Running the lowering tests' models on ONNX Runtime's CPU. */
import type { DType } from '@reidgrad/core/graph';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { checkModel } from '../onnx/rules.js';
import { writeModel } from '../onnx/write.js';
import type { Data, Fed } from './graph-writer.testing.js';
import type { LoweredGraph } from './lower-graph.js';

export { GraphWriter, sequence } from './graph-writer.testing.js';
export type { Data, Fed } from './graph-writer.testing.js';

/** Checks the model by our rules, runs it on the CPU, and returns the outputs by name. */
export async function runOnCpu(
  lowered: LoweredGraph,
  feeds: Readonly<Record<string, Fed>>,
): Promise<Record<string, Fed>> {
  const violations = checkModel(lowered.model);
  if (violations.length > 0) throw new Error(violations.map(({ message }) => message).join('; '));
  const session = await InferenceSession.create(writeModel(lowered.model), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { strict_shape_type_inference: '1' } },
  });
  const inputs: Record<string, Tensor> = {};
  for (const { name, dtype } of lowered.inputs) inputs[name] = tensorOf(dtype, feeds[name]);
  const results = await session.run(inputs);
  await session.release();
  const outputs: Record<string, Fed> = {};
  for (const [name, { dims, data }] of Object.entries(results)) {
    if (!isData(data)) throw new Error(`${name} is not of a dtype that lowering uses`);
    outputs[name] = { shape: dims, data };
  }
  return outputs;
}

function tensorOf(dtype: DType, { shape, data }: Fed): Tensor {
  if (dtype === 'float32') return new Tensor('float32', Float32Array.from(data), shape);
  if (dtype === 'float64') return new Tensor('float64', Float64Array.from(data), shape);
  if (dtype === 'bool') return new Tensor('bool', Uint8Array.from(data), shape);
  return new Tensor('int32', Int32Array.from(data), shape);
}

function isData(data: Tensor.DataType): data is Data {
  return (
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    data instanceof Int32Array ||
    data instanceof Uint8Array
  );
}
