import { describe, expect, it } from 'vitest';
import { block, indices, random, run, values } from './kernels.testing.js';
import { normKernels as kernels } from './norm.js';

const close = (actual: ArrayLike<number>, expected: readonly number[], digits = 12): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((e, i) => expect(actual[i]).toBeCloseTo(e, digits));
};

describe('batch normalisation', () => {
  it.each([[[5, 3]], [[4, 3, 7]], [[2, 3, 4, 5]], [[1, 3, 2, 2]]])('normalises %j per channel', (shape) => {
    const x = random('float64', shape, 1);
    const [weight, bias] = [random('float64', [3], 2), random('float64', [3], 3)];
    const channel = indices(shape).map((i) => i[1]);
    const of = (c: number) => Array.from(x.data).filter((_, i) => channel[i] === c);
    const average = (v: number[]) => v.reduce((a, b) => a + b, 0) / v.length;
    const mean = [0, 1, 2].map((c) => average(of(c)));
    const variance = [0, 1, 2].map((c) => average(of(c).map((v) => (v - mean[c]) ** 2)));
    const expected = Array.from(x.data, (v, i) => {
      const c = channel[i];
      return ((v - mean[c]) / Math.sqrt(variance[c] + 0.1)) * weight.data[c] + bias.data[c];
    });
    const metas = [shape, [3], [3]].map((s) => ({ dtype: 'float64', shape: s }) as const);
    const outs = run(kernels.batch_norm_train, [x, weight, bias], metas, { eps: 0.1 });
    close(outs[0].data, expected);
    close(outs[1].data, mean);
    close(outs[2].data, variance);
    const saved = [block('float64', [3], mean), block('float64', [3], variance)];
    close(values(kernels.batch_norm_eval, [x, weight, bias, ...saved], 'float64', shape, { eps: 0.1 }), expected);
  });

  it('gives the numbers of PyTorch', () => {
    const x = block(
      'float64',
      [2, 2, 3],
      Array.from({ length: 12 }, (_, i) => ((i * 7) % 11) - 5),
    );
    const [weight, bias] = [block('float64', [2], [2, -1]), block('float64', [2], [0.5, 1])];
    const metas = [[2, 2, 3], [2], [2]].map((shape) => ({ dtype: 'float64', shape }) as const);
    const [y, mean, variance] = run(kernels.batch_norm_train, [x, weight, bias], metas, { eps: 1e-5 });
    close(
      y.data,
      [
        -2.1171183223176935, 2.279640459176032, -0.2327931302489541, -0.4638494820588707, 0.7072301035882258,
        1.8783096892353224, 3.5358572538885245, 1.0234236644635388, -1.489009924961447, 0.12169031076467757,
        1.2927698964117742, 2.4638494820588708,
      ],
    );
    close(mean.data, [-0.8333333333333334, 0]);
    close(variance.data, [10.138888888888888, 11.666666666666666]);
    const running = [block('float64', [2], [1, 2]), block('float64', [2], [4, 0.25])];
    close(
      values(kernels.batch_norm_eval, [x, weight, bias, ...running], 'float64', [2, 2, 3], { eps: 1e-5 }),
      [
        -5.499992500014063, 1.4999987500023437, -2.4999962500070314, -4.99988000359988, 2.99996000119996,
        10.999800005999798, 3.4999962500070314, -0.49999875000234373, -4.499993750011718, -0.9999600011999599,
        6.99988000359988, 14.99972000839972,
      ],
    );
  });

  it('keeps the variance of values far from zero', () => {
    const x = block('float32', [4, 1], [4096, 4097, 4096, 4097]);
    const one = block('float32', [1], [1]);
    const metas = [[4, 1], [1], [1]].map((shape) => ({ dtype: 'float32', shape }) as const);
    const outs = run(kernels.batch_norm_train, [x, one, block('float32', [1], [0])], metas, { eps: 0 });
    expect(outs.map((o) => Array.from(o.data))).toEqual([[-1, 1, -1, 1], [4096.5], [0.25]]);
  });
});
