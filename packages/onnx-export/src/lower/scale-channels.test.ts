import { describe, expect, it } from 'vitest';
import { lowerGraph } from './lower-graph.js';
import { GraphWriter, runOnCpu, sequence } from './lower.testing.js';
import type { Provider } from './types.js';

const map = [1, 2, 32, 16] as const;

/** x * s + k over maps of some size. */
function scaled(shape: readonly number[] = map, scale: readonly number[] = [1, 2, 1, 1]): GraphWriter {
  const g = new GraphWriter();
  const product = g.op('mul', [g.input('x', shape), g.input('s', scale)], {}, shape);
  g.output('y', g.op('add', [product, g.input('k', [1, 2, 1, 1])], {}, shape));
  return g;
}

const opTypes = (g: GraphWriter, providers: readonly Provider[] = ['cpu']): string[] =>
  lowerGraph(g.graph(), { providers, opset: 21 }).model.graph.nodes.map(({ opType }) => opType);

describe('scaleChannels', () => {
  it('makes a convolution that computes the same', async () => {
    const g = scaled();
    expect(opTypes(g)).toEqual(['Reshape', 'Reshape', 'Conv']);
    const x = sequence(2 * 512);
    const out = await runOnCpu(lowerGraph(g.graph(), { providers: ['cpu'], opset: 21 }), {
      x: { shape: map, data: x },
      s: { shape: [1, 2, 1, 1], data: Float32Array.of(3, -5) },
      k: { shape: [1, 2, 1, 1], data: Float32Array.of(0.5, 0.25) },
    });
    const expected = x.map((value, i) => (i < 512 ? value * 3 + 0.5 : value * -5 + 0.25));
    out.y.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5);
    });
  });

  it('leaves GPU graphs, small maps and other shapes alone', () => {
    expect(opTypes(scaled(), ['webgpu', 'cpu'])).toEqual(['Mul', 'Add']);
    expect(opTypes(scaled([4, 2, 16, 16]))).toEqual(['Mul', 'Add']);
    expect(opTypes(scaled([1024, 2], [1, 2]))).not.toContain('Conv');
    expect(opTypes(scaled(map, [1, 1, 32, 16]))).toEqual(['Mul', 'Add']);
  });

  it('leaves a product alone that is read elsewhere', () => {
    const g = new GraphWriter();
    const product = g.op('mul', [g.input('x', map), g.input('s', [1, 2, 1, 1])], {}, map);
    g.output('y', g.op('add', [product, g.input('k', [1, 2, 1, 1])], {}, map));
    g.output('product', product);
    expect(opTypes(g)).toEqual(['Mul', 'Add']);
  });
});
