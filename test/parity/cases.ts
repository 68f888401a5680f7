/** What parity runs: the samples of every op record by dtype, and the same in float64. */
import { isFloating, samples } from '@reidgrad/core/graph';
import type { DType, OpName, Sample } from '@reidgrad/core/graph';
import type { OpCase } from '../../packages/onnx-export/src/lower/op-cases.testing.js';

/** Samples of different ops have different attributes; parity treats them alike. */
type AnySample = Sample<'cat'>;

/** A case with the dtype that it stands for in the table. */
export interface ParityCase {
  dtype: DType;
  case: OpCase<OpName>;
}

/** Every op that becomes nodes of a graph: `random` is one of its sources instead. */
export const parityOps: readonly OpName[] = (Object.keys(samples) as OpName[]).filter((op) => op !== 'random');

const samplesOf = (op: OpName): readonly AnySample[] => samples[op as 'cat'];

/** The dtype that a sample is about: of its first floating input, else its first that is no mask. */
function dtypeOf({ ins, attrs }: AnySample): DType {
  const dtypes = ins.map(({ dtype }) => dtype);
  const created: unknown = Reflect.get(attrs, 'dtype');
  return dtypes.find(isFloating) ?? dtypes.find((dtype) => dtype !== 'bool') ?? dtypes[0] ?? (created as DType);
}

function inFloat64(sample: AnySample): AnySample {
  const ins = sample.ins.map((input) => (input.dtype === 'float32' ? { ...input, dtype: 'float64' as const } : input));
  return { ...sample, name: `${sample.name}, float64`, ins };
}

const caseOf = (op: OpName, sample: AnySample): ParityCase => ({
  dtype: dtypeOf(sample),
  case: { op, sample: sample },
});

/** All samples of `op`. */
export function casesOf(op: OpName): ParityCase[] {
  return samplesOf(op).map((sample) => caseOf(op, sample));
}

/** The first float32 sample of `op` in float64; none for ops that take no floats. */
export function float64CasesOf(op: OpName): ParityCase[] {
  const sample = samplesOf(op).find(({ ins }) => ins.some(({ dtype }) => dtype === 'float32'));
  return sample === undefined ? [] : [caseOf(op, inFloat64(sample))];
}

/** The dtypes that `op` is tried in. */
export function dtypesOf(op: OpName): DType[] {
  return [...new Set([...casesOf(op), ...float64CasesOf(op)].map(({ dtype }) => dtype))];
}
