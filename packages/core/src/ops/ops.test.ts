/** What every op of the registry must do, on its samples. */
import { describe, expect, it } from 'vitest';
import { generate } from '../../../../test/goldens/inputs.js';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.js';
import { dispatchAll } from '../dispatch.js';
import { allocate, isFloating, numelOf } from '../dtype.js';
import type { DType, Shape } from '../dtype.js';
import { tensor } from '../functions/create.js';
import type { Tensor } from '../tensor.js';
import { records } from './registry.js';
import { samples } from './samples.js';
import type { Block, OpRecord, Sample } from './types.js';

/** Records of different ops have different attributes; a table test treats them alike. */
type AnyRecord = OpRecord<'cat'>;
type AnySample = Sample<'cat'>;

const all: [string, AnyRecord][] = Object.entries(records as unknown as Record<string, AnyRecord>);
const samplesOf = (op: string): readonly AnySample[] => samples[op as 'cat'];

/** Samples at kinks, where finite differences and gradients differ by convention; ops-goldens.test.ts compares them. */
const atKinks: readonly string[] = ['ties', 'at the bound'];

/** Inputs that finite differences cannot vary: by op, or op and sample. */
const fixedInputs: Readonly<Record<string, { input: number; because: string }>> = {
  'pow/square': { input: 1, because: 'negative bases have no other powers' },
  'pow/cube': { input: 1, because: 'negative bases have no other powers' },
  max_pool2d_dx: { input: 1, because: 'it only says where, and holds ties' },
  max_pool2d_pick: { input: 1, because: 'it only says where, and holds ties' },
};

function block(values: readonly number[], shape: Shape, dtype: DType): Block {
  const data = allocate(dtype, numelOf(shape));
  if (data instanceof Uint16Array) throw new Error('float16 has no kernels');
  data.set(values);
  return { dtype, shape, data };
}

function inputsOf(op: string, sample: AnySample): Block[] {
  return sample.ins.map((spec, i) => block(generate(spec, `${op}/${sample.name}/${i}`), spec.shape, spec.dtype));
}

function outputsOf(record: AnyRecord, ins: readonly Block[], attrs: AnySample['attrs']): Block[] {
  return record.infer(ins, attrs).map(({ shape, dtype }) => block([], shape, dtype));
}

const apply = (op: string, ins: readonly Tensor[], attrs: AnySample['attrs']): Tensor[] =>
  dispatchAll(op as 'cat', ins, attrs);

/** float32 samples in float64, asking for gradients. */
const asFloat64 = (ins: readonly Block[]): Tensor[] =>
  ins.map(({ data, shape, dtype }) => {
    const floating = isFloating(dtype);
    return tensor([...data], { dtype: floating ? 'float64' : dtype })
      .reshape(shape)
      .detach()
      .requires_grad_(floating);
  });

const sampled = all.filter(([op]) => samplesOf(op).length > 0);

describe.each(sampled)('%s', (op, record) => {
  it('writes every output that infer promises and leaves its inputs alone', () => {
    for (const sample of samplesOf(op)) {
      const ins = inputsOf(op, sample);
      const before = ins.map(({ data }) => [...data]);
      const outs = outputsOf(record, ins, sample.attrs);
      record.kernel(ins, outs, sample.attrs);
      expect(ins.map(({ data }) => [...data])).toEqual(before);
      const tensors = apply(
        op,
        ins.map(({ data, shape, dtype }) => tensor([...data], { dtype }).reshape(shape)),
        sample.attrs,
      );
      expect(tensors.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
        outs.map(({ shape, dtype }) => ({ shape, dtype })),
      );
    }
  });
});

describe.each(sampled.filter(([, { inplace }]) => inplace))('%s over its input', (op, record) => {
  it('gives the same as beside it', () => {
    for (const sample of samplesOf(op)) {
      const ins = inputsOf(op, sample);
      const outs = outputsOf(record, ins, sample.attrs);
      record.kernel(ins, outs, sample.attrs);
      const [first] = ins;
      const [out] = outs;
      if (first.dtype !== out.dtype || first.shape.join() !== out.shape.join()) continue;
      record.kernel(ins, [first, ...outs.slice(1)], sample.attrs);
      expect(first.data).toEqual(out.data);
    }
  });
});

const smooth = sampled.filter(([, record]) => record.vjp !== undefined);

describe.each(smooth)('the gradient of %s', (op) => {
  const cases = samplesOf(op).filter(({ name, ins }) => {
    const kink = atKinks.some((text) => name === text || name.endsWith(`, ${text}`));
    return !kink && ins.some(({ dtype, shape }) => isFloating(dtype) && numelOf(shape) > 0);
  });
  it.each(cases.map((sample) => [sample.name, sample] as const))('%s', (_, sample) => {
    const ins = asFloat64(inputsOf(op, sample));
    const fixed = fixedInputs[op] ?? fixedInputs[`${op}/${sample.name}`];
    if (fixed !== undefined) ins[fixed.input].requires_grad_(false);
    const attrs =
      'dtype' in sample.attrs && isFloating(sample.attrs.dtype as DType)
        ? { ...sample.attrs, dtype: 'float64' }
        : sample.attrs;
    const fn = (...xs: Tensor[]): Tensor[] => apply(op, xs, attrs);
    if (!fn(...ins).some((out) => out.requires_grad)) return;
    const small = ins.reduce((n, x) => n + x.numel(), 0) <= 40;
    gradcheck(fn, ins, { fast: !small });
    gradgradcheck(fn, ins);
  });
});
