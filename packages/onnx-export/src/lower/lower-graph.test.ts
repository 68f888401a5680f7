import { Cell, hostValue } from '@reidgrad/core/graph';
import type { HostScalar } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { Builder } from './builder.js';
import { lowerGraph } from './lower-graph.js';
import { GraphWriter, runOnCpu } from './lower.testing.js';
import type { Target } from './types.js';

const cpu: Target = { providers: ['cpu'], opset: 21 };
const portable: Target = { providers: ['cpu', 'webgpu', 'cuda'], opset: 21 };
const opTypes = (lowered: ReturnType<typeof lowerGraph>): string[] =>
  lowered.model.graph.nodes.map((node) => node.opType);

describe('Builder', () => {
  it('merges equal constants bit by bit: NaN with NaN, but not 0 with −0, nor an integer with its bytes as float', () => {
    const builder = new Builder();
    const name = (value: number): string => builder.constant('float32', [], [value]).name;
    expect(name(NaN)).toBe(name(NaN));
    expect(new Set([0, -0, NaN, Infinity, -Infinity].map(name)).size).toBe(5);
    expect(builder.constant('int32', [], [0]).name).not.toBe(name(0));
    expect(builder.constant('float32', [1], [0]).name).not.toBe(name(0));
  });

  it('merges nodes by their attributes, number by number', () => {
    const builder = new Builder();
    const x = builder.initializer('x', 'float32', [1], [0]);
    const spec = { dtype: 'float32', shape: [1], dims: [1] } as const;
    const name = (alpha: number): string => builder.emit('Elu', [x], [spec], { alpha: { float: alpha } })[0].name;
    expect(name(NaN)).toBe(name(NaN));
    expect(new Set([0, -0, NaN, Infinity, -Infinity].map(name)).size).toBe(5);
  });

  it('never merges private constants', () => {
    const builder = new Builder();
    expect(builder.constant('float32', [1], [0], true).name).not.toBe(builder.constant('float32', [1], [0], true).name);
  });

  it('rejects integers that int32 cannot hold', () => {
    expect(() => new Builder().constant('int64', [1], [2 ** 31])).toThrow(
      'constant: 2147483648 at 0, expected an integer that fits int32',
    );
  });
});

describe('lowerGraph', () => {
  it('merges equal nodes, drops dead ones and names outputs without Identity', () => {
    const g = new GraphWriter();
    const x = g.input('x', [2]);
    const a = g.op('exp', [x], {}, [2]);
    const b = g.op('exp', [x], {}, [2]);
    g.op('sin', [x], {}, [2]);
    g.output('y', g.op('add', [a, b], {}, [2]));
    const lowered = lowerGraph(g.graph(), cpu);
    expect(opTypes(lowered)).toEqual(['Exp', 'Add']);
    expect(lowered.model.graph.nodes[1].outputs).toEqual(['y']);
  });

  it('asks the pool of the forward pass for its indices too, and puts gradients of windows that do not meet in place', () => {
    const pool = (stride: 1 | 2): string[] => {
      const attrs = {
        kernel: [2, 2],
        stride: [stride, stride],
        padding: [0, 0],
        dilation: [1, 1],
        ceilMode: false,
      } as const;
      const size = stride === 1 ? 3 : 2;
      const g = new GraphWriter();
      const x = g.input('x', [1, 2, 4, 4]);
      g.output('y', g.op('max_pool2d', [x], attrs, [1, 2, size, size]));
      g.output('dx', g.op('max_pool2d_dx', [g.input('dy', [1, 2, size, size]), x], attrs, [1, 2, 4, 4]));
      return opTypes(lowerGraph(g.graph(), cpu));
    };
    expect(pool(2)).toEqual(['MaxPool', 'MaxUnpool']);
    expect(pool(1).filter((type) => /Pool|Scatter/.test(type))).toEqual(['MaxPool', 'ScatterElements']);
  });

  it('takes ConvTranspose for the gradient of a stride-1 convolution on CUDA, a turned kernel elsewhere', () => {
    const g = new GraphWriter();
    const attrs = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1, inputSize: [5, 5] } as const;
    g.output('dx', g.op('conv2d_dx', [g.input('dy', [2, 4, 5, 5]), g.input('w', [4, 3, 3, 3])], attrs, [2, 3, 5, 5]));
    const last = (providers: Target['providers']): string | undefined =>
      opTypes(lowerGraph(g.graph(), { providers, opset: 21 })).at(-1);
    expect(last(['cuda', 'cpu'])).toBe('ConvTranspose');
    expect(last(['cpu'])).toBe('Conv');
    expect(last(['cpu', 'webgpu', 'cuda'])).toBe('Conv');
  });

  it('gives nodes the path of their module', () => {
    const g = new GraphWriter();
    g.output('y', g.op('exp', [g.input('x', [2])], {}, [2], 'float32', 'layer1.0.conv1'));
    expect(lowerGraph(g.graph(), cpu).model.graph.nodes[0].name).toMatch(/^layer1\.0\.conv1\/Exp_\d+$/);
  });

  it('copies outputs that are inputs, constants or outputs already, on WebGPU even bools', async () => {
    const g = new GraphWriter();
    const x = g.input('x', [2]);
    const flags = g.input('flags', [2], 'bool');
    const y = g.op('exp', [x], {}, [2]);
    for (const [name, value] of [
      ['same', x],
      ['y', y],
      ['y2', y],
      ['flags2', flags],
    ] as const)
      g.output(name, value);
    g.output('constant', g.constant(Float32Array.of(3), [1]));
    const lowered = lowerGraph(g.graph(), portable);
    expect(opTypes(lowered)).toEqual(['Exp', 'Identity', 'Identity', 'And', 'Identity']);
    const out = await runOnCpu(lowered, {
      x: { shape: [2], data: Float32Array.of(0, 1) },
      flags: { shape: [2], data: Uint8Array.of(1, 0) },
    });
    expect(out.same.data).toEqual(Float32Array.of(0, 1));
    expect(out.y2).toEqual(out.y);
    expect(Array.from(out.flags2.data)).toEqual([1, 0]);
    expect(out.constant.data).toEqual(Float32Array.of(3));
  });

  it('drops an expand whose consumers broadcast anyway, and keeps one that gives the shape', async () => {
    const g = new GraphWriter();
    const x = g.input('x', [3]);
    const rows = g.op('expand', [x], { shape: [2, 3] }, [2, 3]);
    const matrix = g.input('m', [2, 3]);
    g.output('product', g.op('mul', [rows, matrix], {}, [2, 3]));
    expect(opTypes(lowerGraph(g.graph(), cpu))).toEqual(['Mul']);
    g.output('square', g.op('mul', [rows, rows], {}, [2, 3]));
    const lowered = lowerGraph(g.graph(), cpu);
    const out = await runOnCpu(lowered, {
      x: { shape: [3], data: Float32Array.of(1, 2, 3) },
      m: { shape: [2, 3], data: new Float32Array(6).fill(2) },
    });
    expect(out.square).toEqual({ shape: [2, 3], data: Float32Array.of(1, 4, 9, 1, 4, 9) });
    expect(out.product.data).toEqual(Float32Array.of(2, 4, 6, 2, 4, 6));
  });

  it('multiplies by a transposed matrix in one Gemm', async () => {
    const g = new GraphWriter();
    const x = g.input('x', [2, 3]);
    g.output('gram', g.op('matmul', [x, g.op('permute', [x], { dims: [1, 0] }, [3, 2])], {}, [2, 2]));
    const lowered = lowerGraph(g.graph(), portable);
    expect(opTypes(lowered)).toEqual(['Gemm']);
    const out = await runOnCpu(lowered, { x: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
    expect(out.gram.data).toEqual(Float32Array.of(14, 32, 32, 77));
  });

  describe('scatters into zeros without keeping a matrix of zeros', () => {
    /** `source` added at `index` along dim 1 to zeros of `shape`. */
    function scattered(shape: readonly number[], picked: readonly number[]): ReturnType<typeof lowerGraph> {
      const g = new GraphWriter();
      const zeros = g.op('full', [], { shape, dtype: 'float32', value: 0 }, shape);
      const [index, source] = [g.input('index', picked, 'int64'), g.input('source', picked)];
      g.output('y', g.op('scatter_add', [zeros, index, source], { dim: 1 }, shape));
      return lowerGraph(g.graph(), cpu);
    }

    it('one place per row: a choice', async () => {
      const lowered = scattered([3, 4], [3, 1]);
      expect(opTypes(lowered)).toEqual(['Equal', 'Where']);
      const out = await runOnCpu(lowered, {
        index: { shape: [3, 1], data: Int32Array.of(2, 0, 3) },
        source: { shape: [3, 1], data: Float32Array.of(5, NaN, -7) },
      });
      expect(Array.from(out.y.data)).toEqual([0, 0, 5, 0, NaN, 0, 0, 0, 0, 0, 0, -7]);
    });

    it('a place per element of a large matrix: zeros made from the index', async () => {
      const [rows, columns] = [256, 257];
      const lowered = scattered([rows, columns], [rows, columns]);
      expect(opTypes(lowered)).toEqual(['Less', 'Cast', 'ScatterElements']);
      const out = await runOnCpu(lowered, {
        index: { shape: [rows, columns], data: new Int32Array(rows * columns).fill(1) },
        source: { shape: [rows, columns], data: new Float32Array(rows * columns).fill(0.5) },
      });
      expect(Array.from(out.y.data.slice(0, 3))).toEqual([0, columns / 2, 0]);
    });

    it('small or partial: the constant', () => {
      expect(opTypes(scattered([3, 4], [3, 4]))).toEqual(['Expand', 'ScatterElements']);
      expect(opTypes(scattered([256, 257], [256, 2]))).toEqual(['Expand', 'ScatterElements']);
    });
  });

  const cell = (...values: number[]): Cell =>
    new Cell(hostValue('float32', [values.length], Float32Array.from(values)));
  const rate: HostScalar = { name: 'optimizer.lr', dtype: 'float32', read: () => 0.5 };

  it('turns captures, host scalars and random numbers into inputs, states and checks into outputs', async () => {
    const g = new GraphWriter();
    const x = g.input('x', [2]);
    const weight = cell(1, 2);
    const w = g.source({ kind: 'capture', cell: weight, name: 'weight' }, [2], 'float32');
    const lr = g.source({ kind: 'host', scalar: rate }, [], 'float32');
    const noise = g.source(
      { kind: 'random', attrs: { distribution: 'uniform', low: 0, high: 1, shape: [2], dtype: 'float32' } },
      [2],
      'float32',
    );
    const step = g.op('mul', [g.op('add', [x, noise], {}, [2]), lr], {}, [2]);
    const next = g.op('sub', [w, step], {}, [2]);
    const holds = g.op('lt', [x, w], {}, [2], 'bool');
    g.output('loss', g.op('sum', [step], { dims: [0], keepdim: false }, []));
    const lowered = lowerGraph(
      g.graph({
        states: [{ cell: weight, name: 'weight', current: w, next }],
        checks: [{ condition: holds, message: () => '' }],
      }),
      cpu,
    );
    expect(lowered.inputs.map(({ name, source, value }) => [name, source.kind, value])).toEqual([
      ['x', 'input', x],
      ['weight', 'capture', w],
      ['optimizer.lr', 'host', lr],
      ['random_uniform', 'random', noise],
    ]);
    expect(lowered.outputs.map(({ name, role, index, dtype }) => [name, role, index, dtype])).toEqual([
      ['loss', 'output', 0, 'float32'],
      ['weight.next', 'state', 0, 'float32'],
      ['check_0', 'check', 0, 'int32'],
    ]);
    const pair = (a: number, b: number) => ({ shape: [2], data: Float32Array.of(a, b) });
    const out = await runOnCpu(lowered, {
      x: pair(0, 3),
      weight: pair(1, 2),
      'optimizer.lr': { shape: [], data: Float32Array.of(0.5) },
      random_uniform: pair(1, 1),
    });
    expect(out.loss.data).toEqual(Float32Array.of(2.5));
    expect(out['weight.next'].data).toEqual(Float32Array.of(0.5, 0));
    expect(Array.from(out.check_0.data)).toEqual([1, 0]);
  });

  it('bakes captures as initializers on request, and keeps unused arguments only', async () => {
    const g = new GraphWriter();
    const x = g.input('x', [2]);
    g.input('unused', [2]);
    g.source({ kind: 'capture', cell: cell(9, 9), name: 'dead' }, [2], 'float32');
    const w = g.source({ kind: 'capture', cell: cell(1, 2), name: 'weight' }, [2], 'float32');
    g.output('y', g.op('add', [x, w], {}, [2]));
    const lowered = lowerGraph(g.graph(), cpu, { bakeCaptures: true, inputNames: ['pixels'], outputNames: ['sum'] });
    expect(lowered.inputs.map(({ name }) => name)).toEqual(['pixels', 'unused']);
    expect(lowered.model.graph.initializers.map(({ name }) => name)).toEqual(['weight']);
    const zeros = { shape: [2], data: new Float32Array(2) };
    const out = await runOnCpu(lowered, { pixels: zeros, unused: zeros });
    expect(out.sum.data).toEqual(Float32Array.of(1, 2));
  });

  it('gives batch normalisation nodes statistics buffers of their own on the CPU', () => {
    const g = new GraphWriter();
    const x = g.input('x', [4, 2]);
    const w = g.input('w', [2]);
    const metas = [[4, 2], [2], [2]].map((shape) => ({ shape, dtype: 'float32' as const }));
    const [y] = g.ops('batch_norm_train', [x, w, w], { eps: 1e-5 }, metas);
    const [z] = g.ops('batch_norm_train', [y, w, w], { eps: 1e-5 }, metas);
    g.output('z', z);
    const { nodes } = lowerGraph(g.graph(), cpu).model.graph;
    const buffers = nodes
      .filter((node) => node.opType === 'BatchNormalization')
      .flatMap((node) => node.inputs.slice(3));
    expect(new Set(buffers).size).toBe(4);
    const elsewhere = lowerGraph(g.graph(), portable).model.graph.nodes;
    expect(elsewhere.filter((node) => 'training_mode' in node.attributes)).toEqual([]);
  });
});
