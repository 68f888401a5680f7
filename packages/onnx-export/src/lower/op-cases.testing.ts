/** Samples of core's op records as graphs, with the outputs that core's kernels give; runs anywhere. */
import { allocate, numelOf, records } from '@reidgrad/core/graph';
import type { Block, DType, KernelArray, Meta, OpName, OpRecord, Sample, SampleInput } from '@reidgrad/core/graph';
import { physical } from './constants.js';
import { GraphWriter } from './graph-writer.testing.js';
import type { Fed } from './graph-writer.testing.js';

/** One op applied to one set of inputs. */
export interface OpCase<N extends OpName> {
  op: N;
  sample: Sample<N>;
  /** Largest difference, relative to the larger of 1 and the expected value. Default 2e-5. */
  tolerance?: number;
}

export interface CaseGraph {
  graph: ReturnType<GraphWriter['graph']>;
  feeds: Record<string, Fed>;
  expected: { name: string; block: Block; tolerance: number }[];
}

/** Values of a sample input: literal ones, or from a seeded generator. */
export function blockOf(input: SampleInput, seed: number): Block {
  const { shape, dtype, low = -2, high = 2, step } = input;
  const data = kernelArray(dtype, numelOf(shape));
  let state = seed * 7919 + 17;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = low + (state / 2 ** 32) * (high - low);
    const whole = step ?? (dtype.startsWith('float') ? undefined : 1);
    data[i] = input.values?.[i] ?? (whole === undefined ? value : low + Math.floor((value - low) / whole) * whole);
  }
  return { dtype, shape, data };
}

function kernelArray(dtype: DType, size: number): KernelArray {
  const data = allocate(dtype, size);
  if (data instanceof Uint16Array) throw new Error('kernels never see float16');
  return data;
}

/** Cases side by side in one graph, each with its inputs `case.input` and outputs `case:output`. */
export function graphOfCases(cases: readonly OpCase<OpName>[]): CaseGraph {
  const writer = new GraphWriter();
  const feeds: Record<string, Fed> = {};
  const expected: CaseGraph['expected'] = [];
  cases.forEach(({ op, sample, tolerance = 2e-5 }, c) => {
    const blocks = sample.ins.map((input, i) => blockOf(input, 31 * c + i));
    const ids = blocks.map(({ dtype, shape, data }, i) => {
      const name = `${c}.${i}`;
      feeds[name] = { shape, data: physical(dtype) === 'int32' ? Int32Array.from(data) : asFed(data) };
      return writer.input(name, shape, dtype);
    });
    const outs = runKernel(op, blocks, sample);
    const values = writer.ops(op, ids, sample.attrs, outs);
    outs.forEach((block, i) => {
      writer.output(`${c}:${i}`, values[i]);
      expected.push({ name: `${c}:${i}`, block, tolerance });
    });
  });
  return { graph: writer.graph(), feeds, expected };
}

function asFed(data: KernelArray): Fed['data'] {
  return data;
}

function runKernel<N extends OpName>(op: N, blocks: readonly Block[], sample: Sample<N>): Block[] {
  const record: OpRecord<N> = records[op];
  // A sample has as many inputs as its op takes.
  const metas: readonly Meta[] = record.infer(blocks as unknown as Parameters<OpRecord<N>['infer']>[0], sample.attrs);
  const outs = metas.map(({ dtype, shape }) => ({ dtype, shape, data: kernelArray(dtype, numelOf(shape)) }));
  record.kernel(blocks, outs, sample.attrs);
  return outs;
}
