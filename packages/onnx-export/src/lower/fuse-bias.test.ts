import { describe, expect, it } from 'vitest';
import { lowerGraph } from './lower-graph.js';
import { GraphWriter, runOnCpu, sequence } from './lower.testing.js';

const unit = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 } as const;

/** A convolution [1, 2, 2, 2] of x [1, 3, 2, 2], and the reshaped bias beside it. */
function convolution(): { g: GraphWriter; product: number; bias: number } {
  const g = new GraphWriter();
  const product = g.op('conv2d', [g.input('x', [1, 3, 2, 2]), g.input('w', [2, 3, 1, 1])], unit, [1, 2, 2, 2]);
  const bias = g.op('reshape', [g.input('b', [2])], { shape: [1, 2, 1, 1] }, [1, 2, 1, 1]);
  return { g, product, bias };
}

const opTypes = (g: GraphWriter): string[] =>
  lowerGraph(g.graph(), { providers: ['cpu'], opset: 21 }).model.graph.nodes.map(({ opType }) => opType);

describe('fuseBias', () => {
  it.each(['product first', 'bias first'])('gives a convolution its bias, %s, and drops the Reshape', async (order) => {
    const { g, product, bias } = convolution();
    g.output('y', g.op('add', order === 'bias first' ? [bias, product] : [product, bias], {}, [1, 2, 2, 2]));
    expect(opTypes(g)).toEqual(['Conv']);
    const [x, w] = [sequence(12), sequence(6, 2)];
    const out = await runOnCpu(lowerGraph(g.graph(), { providers: ['cpu'], opset: 21 }), {
      x: { shape: [1, 3, 2, 2], data: x },
      w: { shape: [2, 3, 1, 1], data: w },
      b: { shape: [2], data: Float32Array.of(10, 20) },
    });
    out.y.data.forEach((value, i) => {
      const [channel, at] = [i >> 2, i % 4];
      const sum = [0, 1, 2].reduce((total, c) => total + x[c * 4 + at] * w[channel * 3 + c], 10 * (channel + 1));
      expect(value).toBeCloseTo(sum, 5);
    });
  });

  it('leaves a convolution alone whose own output is read elsewhere, or is an output', () => {
    const read = convolution();
    read.g.output('y', read.g.op('add', [read.product, read.bias], {}, [1, 2, 2, 2]));
    read.g.output('z', read.g.op('exp', [read.product], {}, [1, 2, 2, 2]));
    expect(opTypes(read.g)).toEqual(['Conv', 'Reshape', 'Add', 'Exp']);
    const shown = convolution();
    shown.g.output('y', shown.g.op('add', [shown.product, shown.bias], {}, [1, 2, 2, 2]));
    shown.g.output('product', shown.product);
    expect(opTypes(shown.g)).toEqual(['Conv', 'Reshape', 'Add']);
  });

  it('leaves other additions alone: a residual, a number per column', () => {
    for (const shape of [
      [1, 2, 2, 2],
      [1, 1, 1, 2],
      [1, 1, 1, 1],
    ]) {
      const { g, product } = convolution();
      g.output('y', g.op('add', [product, g.input('other', shape)], {}, [1, 2, 2, 2]));
      expect(opTypes(g)).toEqual(['Conv', 'Add']);
    }
  });

  it.each([
    ['a vector', [4], [2, 4], ['Gemm']],
    ['a row', [1, 4], [2, 4], ['Gemm']],
    ['a column', [2, 1], [2, 4], ['MatMul', 'Add']],
    ['a larger shape', [3, 2, 4], [3, 2, 4], ['MatMul', 'Add']],
  ] as const)('adds %s to a product of matrices: %j', (_what, shape, result, expected) => {
    const g = new GraphWriter();
    const product = g.op('matmul', [g.input('x', [2, 3]), g.input('w', [3, 4])], {}, [2, 4]);
    g.output('y', g.op('add', [product, g.input('b', shape)], {}, result));
    expect(opTypes(g)).toEqual(expected);
  });

  it('leaves a product of stacked matrices alone', () => {
    const g = new GraphWriter();
    const product = g.op('matmul', [g.input('x', [5, 2, 3]), g.input('w', [3, 4])], {}, [5, 2, 4]);
    g.output('y', g.op('add', [product, g.input('b', [4])], {}, [5, 2, 4]));
    expect(opTypes(g)).toEqual(['MatMul', 'Add']);
  });
});
