import { describe, expect, it } from 'vitest';
import { attributeKey, dimKey, divide, evaluate, formatInt, plus, symbol, times, constantInt } from './dynamic-dims.js';
import type { SymbolicInt } from './dynamic-dims.js';
import { lowerGraph } from './lower-graph.js';
import { GraphWriter, runOnCpu, sequence } from './lower.testing.js';
import type { Target } from './types.js';

const n = symbol('n');
const portable: Target = { providers: ['cpu', 'webgpu', 'cuda'], opset: 21 };
/** The traced size: no other dimension equals it. */
const example = 11;

/** A graph over n, with the side table filled by marking every dimension that equals the example size. */
class DynamicGraph extends GraphWriter {
  readonly attributes = new Map<string, SymbolicInt>();

  lower(extra: ReadonlyMap<string, SymbolicInt> = new Map()) {
    const dims = new Map<string, SymbolicInt>(extra);
    for (const { id, shape } of this.values) {
      shape.forEach((size, i) => {
        if (size === example) dims.set(dimKey(id, i), n);
        if (size === example * example) dims.set(dimKey(id, i), times(n, n));
      });
    }
    return lowerGraph(this.graph(), portable, { dynamic: { dims, attributes: this.attributes } });
  }
}

describe('SymbolicInt', () => {
  it('collects terms, so that equal polynomials have equal text', () => {
    const a = plus(times(n, n), times(n, constantInt(-1)));
    const b = times(n, plus(n, constantInt(-1)));
    expect(formatInt(a)).toBe(formatInt(b));
    expect(evaluate(a, { n: 5 })).toBe(20);
    expect(formatInt(plus(n, times(n, constantInt(-1))))).toBe('0');
  });

  it('divides by a single term only', () => {
    expect(divide(times(n, constantInt(6)), constantInt(3))).toEqual(times(n, constantInt(2)));
    expect(divide(n, symbol('m'))).toBeUndefined();
    expect(divide(n, plus(n, constantInt(1)))).toBeUndefined();
  });
});

describe('a graph with a dynamic axis', () => {
  it('names the axis in the signature and runs at other sizes, 1 included', async () => {
    const g = new DynamicGraph();
    const x = g.input('x', [example, 3]);
    const mean = g.op('sum', [x], { dims: [0], keepdim: false }, [3]);
    const count = g.op('full', [], { shape: [], dtype: 'float32', value: example }, []);
    g.attributes.set(attributeKey(1, 'value'), n);
    g.output('mean', g.op('div', [mean, count], {}, [3]));
    g.output(
      'rows',
      g.op('expand', [g.op('reshape', [mean], { shape: [1, 3] }, [1, 3])], { shape: [example, 3] }, [example, 3]),
    );
    const lowered = g.lower();
    expect(lowered.model.graph.inputs[0].dims).toEqual(['n', 3]);
    for (const size of [1, 2, 7]) {
      const data = sequence(3 * size);
      const out = await runOnCpu(lowered, { x: { shape: [size, 3], data } });
      const sums = [0, 1, 2].map((j) => data.filter((_, i) => i % 3 === j).reduce((a, b) => a + b, 0));
      expect(out.rows.shape).toEqual([size, 3]);
      sums.forEach((sum, j) => expect(out.mean.data[j]).toBeCloseTo(sum / size, 5));
    }
  });

  it('builds arange, a matrix and its diagonal mask from an integer input alone', async () => {
    const g = new DynamicGraph();
    const labels = g.input('labels', [example], 'int64');
    const steps = g.op('arange', [], { n: example, dtype: 'int64' }, [example], 'int64');
    const column = g.op('reshape', [steps], { shape: [example, 1] }, [example, 1], 'int64');
    const eye = g.op('eq', [column, steps], {}, [example, example], 'bool');
    const rows = g.op('reshape', [labels], { shape: [example, 1] }, [example, 1], 'int64');
    const same = g.op('eq', [rows, labels], {}, [example, example], 'bool');
    const off = g.op(
      'logical_and',
      [same, g.op('logical_not', [eye], {}, [example, example], 'bool')],
      {},
      [example, example],
      'bool',
    );
    g.output('pairs', g.op('cast', [off], { dtype: 'float32' }, [example, example]));
    g.output(
      'zeros',
      g.op('full', [], { shape: [example, example], dtype: 'float32', value: 0.5 }, [example, example]),
    );
    g.output('flat', g.op('reshape', [off], { shape: [example * example] }, [example * example], 'bool'));
    const lowered = g.lower();
    const out = await runOnCpu(lowered, { labels: { shape: [3], data: Int32Array.of(4, 7, 4) } });
    expect(Array.from(out.pairs.data)).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0]);
    expect(out.zeros).toEqual({ shape: [3, 3], data: new Float32Array(9).fill(0.5) });
    expect(out.flat.shape).toEqual([9]);
  });

  it('splits a batch into groups, slices to the end and picks the best index', async () => {
    const g = new DynamicGraph();
    const x = g.input('x', [example, 4]);
    g.output('flat', g.op('reshape', [x], { shape: [example, 2, 2] }, [example, 2, 2]));
    g.output('tail', g.op('slice', [x], { starts: [0, 1], ends: [Infinity, 3], steps: [1, 1] }, [example, 2]));
    g.output('best', g.op('argmax', [x], { dim: 0, keepdim: false }, [4], 'int64'));
    g.output('gram', g.op('matmul', [x, g.op('permute', [x], { dims: [1, 0] }, [4, example])], {}, [example, example]));
    const out = await runOnCpu(g.lower(), { x: { shape: [2, 4], data: Float32Array.of(1, 5, 3, 4, 2, 0, 3, 9) } });
    expect(out.flat.shape).toEqual([2, 2, 2]);
    expect(Array.from(out.tail.data)).toEqual([5, 3, 0, 3]);
    expect(Array.from(out.best.data)).toEqual([1, 0, 0, 1]);
    expect(Array.from(out.gram.data)).toEqual([51, 47, 47, 94]);
  });

  it('keeps no Shape arithmetic: only Shape of a tensor, feeding Expand or Reshape', () => {
    const g = new DynamicGraph();
    const x = g.input('x', [example, 3]);
    const total = g.op('sum', [x], { dims: [0, 1], keepdim: false }, []);
    g.output('y', g.op('expand', [total], { shape: [example, 3] }, [example, 3]));
    const { nodes } = g.lower().model.graph;
    const shapes = nodes.filter((node) => node.opType === 'Shape').flatMap((node) => node.outputs);
    expect(shapes).toHaveLength(1);
    const users = nodes.filter((node) => node.inputs.some((name) => shapes.includes(name)));
    expect(users.map((node) => node.opType)).toEqual(['Expand']);
  });

  it('rejects a fixed dimension of the example size', () => {
    const g = new DynamicGraph();
    const x = g.input('x', [example, 3]);
    const w = g.input('w', [3, example]);
    g.output('y', g.op('matmul', [x, w], {}, [example, example]));
    const dims = new Map([
      [dimKey(x, 0), n],
      [dimKey(2, 0), n],
    ]);
    expect(() => lowerGraph(g.graph(), portable, { dynamic: { dims, attributes: new Map() } })).toThrow(
      /matmul has a fixed dimension of 11/,
    );
  });
});
