/** Every op on every sample against PyTorch: kernels and vjps of the records, in float64 and float32. */
import { tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { allocate, isFloating, numelOf, records, samples } from '@reidgrad/core/graph';
import type { Block, DType, Meta, OpRecord, Sample, Shape } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { generate } from './goldens/inputs.js';
import { expectClose, loadGoldens } from './goldens/load.js';
import type { ArrayWithShape, OpCase, Tolerance } from './goldens/load.js';

type Float = 'float32' | 'float64';

const tolerances: Readonly<Record<Float, Tolerance>> = {
  float64: { rtol: 1e-10, atol: 1e-12 },
  float32: { rtol: 1e-5, atol: 1e-6 },
};

/** Where float32 needs more room than the table above gives, and why. */
const float32Exceptions: Readonly<Record<string, Tolerance & { because: string }>> = {};

/** Ops whose gradient PyTorch does not give in the same way. */
const gradientExceptions: Readonly<Record<string, string>> = {
  batch_norm_eval: 'PyTorch has no gradient for the running statistics; ours is checked by finite differences',
};

/** Records of different ops have different attributes; a table test treats them alike. */
type AnyRecord = OpRecord<'cat'>;
type AnySample = Sample<'cat'>;

const all: readonly [string, AnyRecord][] = Object.entries(records as unknown as Record<string, AnyRecord>);
const samplesOf = (op: string): readonly AnySample[] => samples[op as 'cat'];
const goldens = new Map(loadGoldens('ops').map((golden) => [`${golden.op}/${golden.name}`, golden]));

function block(values: readonly number[], shape: Shape, dtype: DType): Block {
  const data = allocate(dtype, numelOf(shape));
  if (data instanceof Uint16Array) throw new Error('float16 has no kernels');
  data.set(values);
  return { dtype, shape, data };
}

const asTensor = ({ data, shape, dtype }: Block): Tensor => tensor([...data], { dtype }).reshape(shape);
const asArray = (x: Tensor): ArrayWithShape => ({ shape: x.shape, data: Array.from(x.toTypedArray(), Number) });

function check(op: string, record: AnyRecord, sample: AnySample, golden: OpCase, float: Float): void {
  const name = `${op}/${sample.name}`;
  const as = (dtype: DType): DType => (isFloating(dtype) ? float : dtype);
  const attrs = 'dtype' in sample.attrs ? { ...sample.attrs, dtype: as(sample.attrs.dtype as DType) } : sample.attrs;
  const ins = sample.ins.map((spec, i) =>
    block(
      // PyTorch gets float32's values of literals too.
      generate(spec, `${name}/${i}`).map((x) => (isFloating(spec.dtype) ? Math.fround(x) : x)),
      spec.shape,
      as(spec.dtype),
    ),
  );
  const outMetas = record.infer(ins, attrs);
  const outs = outMetas.map(({ shape, dtype }) => block([], shape, dtype));
  record.kernel(ins, outs, attrs);
  const tolerance = float === 'float32' ? (float32Exceptions[name] ?? tolerances.float32) : tolerances.float64;
  outs.forEach((out, k) => expectClose(out, golden.outputs[k], tolerance, `${name}, output ${k}`));

  const { differentiated, grads } = golden;
  if (record.vjp === undefined || differentiated === undefined || grads === undefined) return;
  const cotangents = outMetas.map((meta: Meta, k) =>
    differentiated.includes(k)
      ? asTensor(block(generate({ shape: meta.shape }, `${name}/cotangent/${k}`), meta.shape, as(meta.dtype)))
      : null,
  );
  const thunks = record.vjp(
    { attrs, inMetas: ins, outMetas, in: (i) => asTensor(ins[i]), out: (i) => asTensor(outs[i]) },
    cotangents,
  );
  grads.forEach((grad, i) => {
    if (grad !== null) expectClose(asArray(thunks[i]!()), grad, tolerance, `${name}, gradient of input ${i}`);
    else if (thunks[i] && isFloating(ins[i].dtype) && gradientExceptions[op] === undefined) {
      throw new Error(`${name}: input ${i} has a gradient, PyTorch gives none`);
    }
  });
}

describe.each(['float64', 'float32'] as const)('%s', (float) => {
  it.each(all.filter(([op]) => samplesOf(op).length > 0))('%s', (op, record) => {
    for (const sample of samplesOf(op)) {
      const golden = goldens.get(`${op}/${sample.name}`);
      if (golden === undefined)
        throw new Error(`${op}/${sample.name} is not in ops.json; run export-samples.ts and ops.py`);
      check(op, record, sample, golden, float);
    }
  });
});

it('ops.json holds no sample that is gone', () => {
  const names = new Set(all.flatMap(([op]) => samplesOf(op).map(({ name }) => `${op}/${name}`)));
  expect([...goldens.keys()].filter((name) => !names.has(name))).toEqual([]);
});
