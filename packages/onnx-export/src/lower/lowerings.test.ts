import { records, samples } from '@reidgrad/core/graph';
import type { Attrs, ConvAttrs, OpName, PoolAttrs, SampleInput, Shape } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { lowerGraph } from './lower-graph.js';
import { GraphWriter, runOnCpu } from './lower.testing.js';
import { differences } from './samples.testing.js';
import type { OpCase } from './samples.testing.js';
import type { Target } from './types.js';

const targets: Readonly<Record<string, Target>> = {
  cpu: { providers: ['cpu'], opset: 21 },
  portable: { providers: ['cpu', 'webgpu', 'cuda'], opset: 20 },
};

const float = (shape: Shape, rest: Partial<SampleInput> = {}): SampleInput => ({ shape, dtype: 'float32', ...rest });
const literal = (values: readonly number[], dtype: SampleInput['dtype'] = 'float32'): SampleInput => ({
  shape: [values.length],
  dtype,
  values,
});

/** `random` is no node of a graph but one of its sources. */
const ops = (Object.keys(records) as OpName[]).filter((op) => op !== 'random');

describe.each(Object.entries(targets))('every op, lowered for %s', (_name, target) => {
  it.each(ops)('%s equals its kernel on all samples', async (op) => {
    const cases: readonly OpCase<OpName>['sample'][] = samples[op];
    expect(cases.length).toBeGreaterThan(0);
    expect(
      await differences(
        cases.map((sample) => ({ op, sample, tolerance: 5e-5 })),
        target,
      ),
    ).toEqual([]);
  });
});

interface Convolution {
  x: Shape;
  outputs: number;
  kernel: readonly [number, number];
  stride?: number;
  padding?: number;
  dilation?: number;
  groups?: number;
}

/** One per formulation and edge: odd, 2 mod 4 and 0 mod 4 channels; sizes that the stride does not divide. */
const convolutions: Readonly<Record<string, Convolution>> = {
  'stem 7x7 / 2': { x: [2, 3, 9, 8], outputs: 4, kernel: [7, 7], stride: 2, padding: 3 },
  'stem 3x3, dilated stride': { x: [2, 1, 8, 8], outputs: 3, kernel: [3, 3], stride: 2, dilation: 2 },
  '3x3': { x: [2, 6, 9, 8], outputs: 4, kernel: [3, 3], padding: 1 },
  '3x3 on a large map': { x: [2, 5, 48, 48], outputs: 3, kernel: [3, 3], padding: 1 },
  '3x3 / 2': { x: [2, 5, 9, 8], outputs: 7, kernel: [3, 3], stride: 2, padding: 1 },
  '5x5 / 2, too many channels for one-hot kernels': {
    x: [1, 1700, 6, 6],
    outputs: 2,
    kernel: [5, 5],
    stride: 2,
    padding: 2,
  },
  '3x3 dilated': { x: [2, 6, 9, 9], outputs: 4, kernel: [3, 3], padding: 2, dilation: 2 },
  '3x3 / 2 dilated': { x: [2, 6, 10, 7], outputs: 6, kernel: [3, 3], stride: 2, padding: 1, dilation: 2 },
  '2x3 without padding': { x: [2, 5, 7, 9], outputs: 3, kernel: [2, 3] },
  '1x1': { x: [2, 8, 8, 8], outputs: 6, kernel: [1, 1] },
  '1x1 on a large map': { x: [1, 8, 46, 46], outputs: 5, kernel: [1, 1] },
  '1x1 / 2': { x: [2, 8, 9, 8], outputs: 6, kernel: [1, 1], stride: 2 },
  '1x1 padded': { x: [1, 5, 7, 7], outputs: 2, kernel: [1, 1], padding: 1 },
  depthwise: { x: [2, 6, 9, 9], outputs: 6, kernel: [3, 3], padding: 1, groups: 6 },
  'grouped / 2': { x: [2, 6, 9, 9], outputs: 8, kernel: [3, 3], stride: 2, padding: 1, groups: 2 },
};

function convolutionCases({
  x,
  outputs,
  kernel,
  stride = 1,
  padding = 0,
  dilation = 1,
  groups = 1,
}: Convolution): OpCase<OpName>[] {
  const attrs: ConvAttrs = {
    stride: [stride, stride],
    padding: [padding, padding],
    dilation: [dilation, dilation],
    groups,
  };
  const [n, channels, height, width] = x;
  const size = (length: number, taps: number): number =>
    Math.floor((length + 2 * padding - dilation * (taps - 1) - 1) / stride) + 1;
  const w = float([outputs, channels / groups, ...kernel]);
  const dy = float([n, outputs, size(height, kernel[0]), size(width, kernel[1])]);
  const caseOf = <N extends OpName>(op: N, ins: SampleInput[], rest: Attrs<N>) => ({
    op,
    sample: { name: op, ins, attrs: rest },
    tolerance: 2e-4,
  });
  return [
    caseOf('conv2d', [float(x), w], attrs),
    caseOf('conv2d_dx', [dy, w], { ...attrs, inputSize: [height, width] }),
    caseOf('conv2d_dw', [float(x), dy], { ...attrs, kernelSize: kernel }),
  ];
}

const pools: Readonly<Record<string, { x: Shape; attrs: PoolAttrs }>> = {
  '3x3 / 2 padded': {
    x: [2, 3, 9, 8],
    attrs: { kernel: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [1, 1], ceilMode: false },
  },
  'without overlap': {
    x: [2, 4, 8, 6],
    attrs: { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceilMode: false },
  },
  'gaps between windows': {
    x: [1, 6, 7, 8],
    attrs: { kernel: [2, 2], stride: [3, 3], padding: [0, 0], dilation: [1, 1], ceilMode: false },
  },
  dilated: {
    x: [1, 3, 10, 9],
    attrs: { kernel: [3, 3], stride: [1, 2], padding: [1, 1], dilation: [2, 2], ceilMode: false },
  },
  'ceil mode': {
    x: [1, 5, 8, 9],
    attrs: { kernel: [3, 3], stride: [2, 2], padding: [0, 0], dilation: [1, 1], ceilMode: true },
  },
  'ceil mode without a window in the padding': {
    x: [1, 2, 8, 8],
    attrs: { kernel: [2, 2], stride: [3, 3], padding: [1, 1], dilation: [1, 1], ceilMode: true },
  },
};

describe.each(Object.entries(targets))('convolutions and pools, lowered for %s', (_name, target) => {
  it.each(Object.entries(convolutions))('convolves and differentiates: %s', async (_what, convolution) => {
    expect(await differences(convolutionCases(convolution), target)).toEqual([]);
  });

  it.each(Object.entries(pools))('pools and differentiates with ties: %s', async (_what, { x, attrs }) => {
    const ties = float(x, { step: 0.5 });
    const [out] = records.max_pool2d.infer([{ shape: x, dtype: 'float32' }], attrs);
    const cases: OpCase<OpName>[] = [
      { op: 'max_pool2d', sample: { name: 'ties', ins: [ties], attrs } },
      { op: 'max_pool2d_dx', sample: { name: 'ties', ins: [float(out.shape), ties], attrs } },
      { op: 'max_pool2d_pick', sample: { name: 'ties', ins: [float(x), ties], attrs } },
    ];
    expect(await differences(cases, target)).toEqual([]);
  });

  it('normalises at every rank and kind of channel count', async () => {
    const cases: OpCase<OpName>[] = [];
    for (const channels of [3, 4, 6]) {
      for (const map of [[], [5], [4, 3], [2, 3, 2]]) {
        const x = float([6, channels, ...map]);
        const [weight, bias, mean] = [float([channels]), float([channels]), float([channels])];
        const variance = float([channels], { low: 0.3 });
        cases.push({
          op: 'batch_norm_train',
          sample: { name: 'train', ins: [x, weight, bias], attrs: { eps: 1e-5 } },
          tolerance: 1e-4,
        });
        cases.push({
          op: 'batch_norm_eval',
          sample: { name: 'eval', ins: [x, weight, bias, mean, variance], attrs: { eps: 1e-5 } },
          tolerance: 1e-4,
        });
      }
    }
    expect(await differences(cases, target)).toEqual([]);
  });

  it('refuses float64 convolutions in words', () => {
    const g = new GraphWriter();
    const attrs: ConvAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };
    g.output(
      'y',
      g.op(
        'conv2d',
        [g.input('x', [1, 1, 3, 3], 'float64'), g.input('w', [1, 1, 1, 1], 'float64')],
        attrs,
        [1, 1, 3, 3],
        'float64',
      ),
    );
    expect(() => lowerGraph(g.graph(), target)).toThrow(/conv2d: x is float64, expected float32/);
  });
});

describe.each(Object.entries(targets))('hard values, lowered for %s', (_name, target) => {
  const special = [
    0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    3.5,
    1e-5,
    -1e-5,
    1e-7,
    30,
    -30,
    0.49999997,
    Infinity,
    -Infinity,
    NaN,
  ];
  const unary: OpName[] = ['sign', 'expm1', 'round', 'trunc', 'isnan', 'relu', 'sigmoid', 'abs'];

  it.each(unary)('%s', async (op) => {
    expect(
      await differences([{ op, sample: { name: 'special', ins: [literal(special)], attrs: {} } }], target),
    ).toEqual([]);
  });

  it('log1p keeps small arguments and infinity', async () => {
    const values = [0, 1e-7, -1e-7, 1e-3, -0.999, -1, 5, 1e12, Infinity, NaN];
    const sample = { name: 'special', ins: [literal(values)], attrs: {} };
    expect(await differences([{ op: 'log1p', sample }], target)).toEqual([]);
    const g = new GraphWriter();
    g.output('y', g.op('log1p', [g.input('x', [1])], {}, [1]));
    const out = await runOnCpu(lowerGraph(g.graph(), target), { x: { shape: [1], data: Float32Array.of(1e-7) } });
    expect(Math.abs(out.y.data[0] / Math.fround(1e-7) - 1)).toBeLessThan(1e-6);
  });

  it('integer division rounds down for every combination of signs', async () => {
    const ins = [literal([7, -7, 7, -7, 6, -6, 0], 'int64'), literal([2, 2, -2, -2, 3, 3, 5], 'int64')];
    const cases: OpCase<OpName>[] = (['floor_divide', 'remainder'] as const).map((op) => ({
      op,
      sample: { name: 'signs', ins, attrs: {} },
    }));
    expect(await differences(cases, target)).toEqual([]);
  });

  it('clamp leaves infinities alone where it has no bound, and integers', async () => {
    const ins = [literal([-Infinity, -1, 0, 1, Infinity])];
    const whole = [literal([-5, 0, 5], 'int64')];
    const cases: OpCase<OpName>[] = [
      { op: 'clamp', sample: { name: 'min', ins, attrs: { min: 0 } } },
      { op: 'clamp', sample: { name: 'max', ins, attrs: { max: 0.5 } } },
      { op: 'clamp', sample: { name: 'integers', ins: whole, attrs: { min: -2, max: 3 } } },
    ];
    expect(await differences(cases, target)).toEqual([]);
  });

  it.each([2, 3, 0.5, 1, -1, -0.5, 4, 0])('pow with the constant exponent %d', async (exponent) => {
    const g = new GraphWriter();
    const x = g.input('x', [3]);
    g.output('y', g.op('pow', [x, g.constant(Float32Array.of(exponent), [])], {}, [3]));
    const data = Float32Array.of(0.25, 1, 3);
    const out = await runOnCpu(lowerGraph(g.graph(), target), { x: { shape: [3], data } });
    data.forEach((value, i) => expect(out.y.data[i]).toBeCloseTo(value ** exponent, 4));
  });
});
