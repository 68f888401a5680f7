/** Rewritings that spare work and change no value. */
import { describe, expect, it } from 'vitest';
import { lowerGraph } from './lower-graph.js';
import { GraphWriter, runOnCpu, sequence } from './lower.testing.js';
import { OnnxType } from '../onnx/model.js';
import type { Target } from './types.js';

const cpu: Target = { providers: ['cpu'], opset: 21 };
const portable: Target = { providers: ['cpu', 'webgpu'], opset: 21 };
const opTypes = (g: GraphWriter, target = cpu): string[] =>
  lowerGraph(g.graph(), target).model.graph.nodes.map((node) => node.opType);

describe('a transposition of a transposition', () => {
  it('is one, or none', async () => {
    const g = new GraphWriter();
    const x = g.input('x', [2, 3, 4]);
    const first = g.op('permute', [x], { dims: [1, 2, 0] }, [3, 4, 2]);
    g.output('back', g.op('exp', [g.op('permute', [first], { dims: [2, 0, 1] }, [2, 3, 4])], {}, [2, 3, 4]));
    expect(opTypes(g)).toEqual(['Exp']);
    g.output('twice', g.op('permute', [first], { dims: [0, 2, 1] }, [3, 2, 4]));
    expect(opTypes(g)).toEqual(['Exp', 'Transpose']);
    const data = sequence(24);
    const { twice } = await runOnCpu(lowerGraph(g.graph(), cpu), { x: { shape: [2, 3, 4], data } });
    // twice[j][i][k] is x[i][j][k].
    const wanted = Array.from({ length: 24 }, (_, at) => data[((at >> 2) % 2) * 12 + (at >> 3) * 4 + (at % 4)]);
    expect(Array.from(twice.data)).toEqual(wanted);
  });
});

describe('chains that cancel', () => {
  it('not of not is what it was, and a shape between shapes is left out', () => {
    const g = new GraphWriter();
    const flag = g.input('f', [6], 'bool');
    const not = (x: number): number => g.op('logical_not', [x], {}, [6], 'bool');
    g.output('number', g.op('cast', [not(not(flag))], { dtype: 'float32' }, [6]));
    expect(opTypes(g)).toEqual(['Cast']);
    const reshaped = (x: number, ...shape: number[]): number => g.op('reshape', [x], { shape }, shape);
    const x = g.input('x', [6]);
    const row = reshaped(reshaped(x, 2, 3), 1, 6);
    g.output('row', row);
    expect(opTypes(g)).toEqual(['Cast', 'Reshape']);
    g.output('same', g.op('exp', [reshaped(row, 6)], {}, [6]));
    expect(opTypes(g)).toEqual(['Cast', 'Reshape', 'Exp']);
  });
});

describe('an output that is only another shape', () => {
  it('comes in the shape that it was computed in, where the caller says so', async () => {
    const g = new GraphWriter();
    const y = g.op('exp', [g.input('x', [2, 3])], {}, [2, 3]);
    g.output('row', g.op('reshape', [y], { shape: [6] }, [6]));
    expect(opTypes(g)).toEqual(['Exp', 'Reshape']);
    const lowered = lowerGraph(g.graph(), cpu, { unshapedOutputs: true });
    expect(lowered.model.graph.nodes.map(({ opType }) => opType)).toEqual(['Exp']);
    expect(lowered.model.graph.outputs).toMatchObject([{ name: 'row', dims: [2, 3] }]);
    const out = await runOnCpu(lowered, { x: { shape: [2, 3], data: new Float32Array(6) } });
    expect(out.row).toEqual({ shape: [2, 3], data: new Float32Array(6).fill(1) });
  });
});

describe('a slice written into zeros', () => {
  const written = (value: number, step: number): GraphWriter => {
    const g = new GraphWriter();
    const base = g.op('full', [], { shape: [5], value, dtype: 'float32' }, [5]);
    const attrs = { starts: [1], ends: [1 + 2 * step], steps: [step] };
    g.output('y', g.op('slice_scatter', [base, g.input('x', [2])], attrs, [5]));
    return g;
  };

  it('is padded; not where gaps are left, nor into other numbers', async () => {
    expect(opTypes(written(0, 1))).toEqual(['Pad']);
    const data = Float32Array.of(7, 8);
    for (const [value, step, wanted] of [
      [0, 1, [0, 7, 8, 0, 0]],
      [0, 2, [0, 7, 0, 8, 0]],
      [3, 1, [3, 7, 8, 3, 3]],
    ] as const) {
      const out = await runOnCpu(lowerGraph(written(value, step).graph(), cpu), { x: { shape: [2], data } });
      expect(Array.from(out.y.data)).toEqual(wanted);
    }
  });
});

describe('a product with flags', () => {
  it('is not multiplied by them again, negated or not, but by others and by numbers', () => {
    const g = new GraphWriter();
    const x = g.input('x', [2, 2]);
    const number = g.input('n', [2, 2]);
    const flag = (name: string): number => g.op('cast', [g.input(name, [2, 2], 'bool')], { dtype: 'float32' }, [2, 2]);
    const times = (a: number, b: number): number => g.op('mul', [a, b], {}, [2, 2]);
    const [f, h] = [flag('f'), flag('h')];
    const masked = times(x, f);
    g.output('again', g.op('exp', [times(f, masked)], {}, [2, 2]));
    expect(opTypes(g)).toEqual(['Cast', 'Mul', 'Exp']);
    g.output('negated', times(g.op('neg', [masked], {}, [2, 2]), f));
    expect(opTypes(g)).toEqual(['Cast', 'Mul', 'Exp', 'Neg']);
    g.output('other', times(masked, h));
    g.output('number', times(times(x, number), number));
    expect(opTypes(g).filter((name) => name === 'Mul')).toHaveLength(4);
  });
});

describe('a product of many rows with themselves', () => {
  const gram = (rows: number): GraphWriter => {
    const g = new GraphWriter();
    const x = g.input('x', [rows, 3]);
    g.output('gram', g.op('matmul', [x, g.op('permute', [x], { dims: [1, 0] }, [3, rows])], {}, [rows, rows]));
    return g;
  };
  const products = (g: GraphWriter, target = cpu): number =>
    opTypes(g, target).filter((name) => name === 'Gemm').length;

  it('is computed above the diagonal and mirrored below it, on the CPU', async () => {
    const rows = 512;
    const data = Float32Array.from(sequence(rows * 3), (value) => Math.round(value * 8));
    const lowered = lowerGraph(gram(rows).graph(), cpu);
    const out = await runOnCpu(lowered, { x: { shape: [rows, 3], data } });
    const wanted = Float32Array.from({ length: rows * rows }, (_, at) => {
      const [i, j] = [Math.floor(at / rows), at % rows];
      return data[3 * i] * data[3 * j] + data[3 * i + 1] * data[3 * j + 1] + data[3 * i + 2] * data[3 * j + 2];
    });
    expect(out.gram.shape).toEqual([rows, rows]);
    expect(out.gram.data.findIndex((value, at) => value !== wanted[at])).toBe(-1);
    expect(products(gram(rows))).toBe(4);
  });

  it('is one product for few rows, for rows that cannot be cut evenly, for other matrices and on WebGPU', () => {
    expect(products(gram(256))).toBe(1);
    expect(products(gram(514))).toBe(1);
    expect(products(gram(512), portable)).toBe(1);
    const g = new GraphWriter();
    const [x, y] = ['x', 'y'].map((name) => g.input(name, [512, 3]));
    g.output('xy', g.op('matmul', [x, g.op('permute', [y], { dims: [1, 0] }, [3, 512])], {}, [512, 512]));
    expect(products(g)).toBe(1);
  });
});

describe('the first index of an extremum', () => {
  it.each([
    [5, OnnxType.float32],
    [2 ** 24, OnnxType.int32],
  ])('among %i positions is found in a type that tells them apart, without Where', (size, type) => {
    const g = new GraphWriter();
    g.output('at', g.op('argmax', [g.input('x', [size], 'int32')], { dim: 0, keepdim: false }, [], 'int64'));
    const { nodes } = lowerGraph(g.graph(), cpu).model.graph;
    expect(nodes.map(({ opType }) => opType)).not.toContain('Where');
    expect(nodes.find(({ opType }) => opType === 'Cast')?.attributes.to).toBe(type);
  });
});
