import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerGraph } from './lower-graph.js';
import { GraphWriter, runOnCpu } from './lower.testing.js';
import type { Fed } from './lower.testing.js';
import type { Target } from './types.js';

const cpu: Target = { providers: ['cpu'], opset: 21 };

const opTypes = (g: GraphWriter): string[] => lowerGraph(g.graph(), cpu).model.graph.nodes.map((node) => node.opType);

/** Matrices of small integers, whose sums and products are exact in float32 in any order. */
const values: Readonly<Record<string, { shape: [number, number]; at: (i: number, j: number) => number }>> = {
  x: { shape: [3, 4], at: (i, j) => i - 2 * j + 1 },
  y: { shape: [3, 4], at: (i, j) => i * j - 1 },
  g: { shape: [3, 3], at: (i, j) => 2 * i - j },
  h: { shape: [3, 3], at: (i, j) => i + 3 * j - 4 },
  u: { shape: [3, 1], at: (i) => i - 1 },
  v: { shape: [3, 1], at: (i) => 2 - 3 * i },
};
const fedOf = ({ shape, at }: (typeof values)[string]): Fed => ({
  shape,
  data: Float32Array.from({ length: shape[0] * shape[1] }, (_, k) => at(Math.floor(k / shape[1]), k % shape[1])),
});

/** Builds sums over the inputs above. */
class Sums extends GraphWriter {
  private inputs = new Map<string, number>();
  private sets = 0;

  constructor() {
    super();
    this.startSet();
  }

  /** Makes the inputs anew, so that nothing is shared with what came before. */
  startSet(): void {
    const suffix = this.sets++;
    this.inputs = new Map(Object.entries(values).map(([name, { shape }]) => [name, this.input(name + suffix, shape)]));
  }

  named(name: string): number {
    return this.inputs.get(name) ?? NaN;
  }

  feeds(): Record<string, Fed> {
    const ofSet = (suffix: number): [string, Fed][] =>
      Object.entries(values).map(([name, value]) => [name + suffix, fedOf(value)]);
    return Object.fromEntries(Array.from({ length: this.sets }, (_, suffix) => ofSet(suffix)).flat());
  }

  turned(value: number): number {
    const [rows, columns] = this.values[value].shape;
    return this.op('permute', [value], { dims: [1, 0] }, [columns, rows]);
  }

  matmul(a: number, b: number): number {
    return this.op('matmul', [a, b], {}, [this.values[a].shape[0], this.values[b].shape[1]]);
  }

  large(op: 'add' | 'sub' | 'mul', a: number, b: number): number {
    return this.op(op, [a, b], {}, [3, 4]);
  }

  /** The product of a matrix with another, written in one of the ways that autograd comes to. */
  product(matrix: string, transposed: boolean, of: string): number {
    const own = transposed ? this.turned(this.named(matrix)) : this.named(matrix);
    if (!transposed) return this.matmul(own, this.named(of));
    // (xᵀ g)ᵀ = gᵀ x, as the gradient of a transposed factor is.
    return this.turned(this.matmul(this.turned(this.named(of)), this.named(matrix)));
  }
}

describe('sums of products', () => {
  it('with a shared matrix take one product: what the gradient of x·xᵀ adds up', async () => {
    const g = new Sums();
    g.output('sum', g.large('add', g.product('g', false, 'x'), g.product('g', true, 'x')));
    expect(opTypes(g)).toEqual(['Transpose', 'Add', 'Gemm']);
    const out = await runOnCpu(lowerGraph(g.graph(), cpu), g.feeds());
    expect(out.sum.data).toEqual(
      expected([
        { sign: 1, matrix: 'g', transposed: false, of: 'x' },
        { sign: 1, matrix: 'g', transposed: true, of: 'x' },
      ]),
    );
  });

  it('with a shared large factor go over it once, whichever side it stands on', () => {
    const g = new Sums();
    const [x, u, v] = ['x', 'u', 'v'].map((name) => g.named(name));
    const first = g.large('mul', u, x);
    g.output('sum', g.large('add', g.large('add', first, first), g.large('mul', x, v)));
    expect(opTypes(g).sort()).toEqual(['Add', 'Add', 'Mul']);
  });

  it.each(['outputs', 'read by another node'])('stay as they are where the products are %s too', (how) => {
    const g = new Sums();
    const products = ['g', 'h'].map((name) => g.product(name, false, 'x'));
    g.output('sum', g.large('add', products[0], products[1]));
    expect(opTypes(g)).toEqual(['Add', 'Gemm']);
    products.forEach((product, i) => {
      g.output(`product ${i}`, how === 'outputs' ? product : g.op('exp', [product], {}, [3, 4]));
    });
    expect(opTypes(g).filter((name) => name !== 'Exp')).toEqual(['MatMul', 'MatMul', 'Add']);
  });

  it('leave a part of the sum that is used elsewhere as it is', () => {
    const g = new Sums();
    const part = g.large('add', g.large('mul', g.named('u'), g.named('x')), g.named('y'));
    g.output('sum', g.large('add', part, g.large('mul', g.named('v'), g.named('x'))));
    g.output('part', part);
    expect(opTypes(g)).toEqual(['Mul', 'Add', 'Mul', 'Add']);
  });

  it('tell a matrix from its transpose', async () => {
    const g = new Sums();
    const [h, left] = [g.named('h'), g.named('g')];
    const product = (right: number): number => g.matmul(left, right);
    g.output('sum', g.op('add', [product(h), product(g.turned(h))], {}, [3, 3]));
    const { sum } = await runOnCpu(lowerGraph(g.graph(), cpu), g.feeds());
    const at = (i: number, j: number, m: number): number => values.g.at(i, m) * (values.h.at(m, j) + values.h.at(j, m));
    const wanted = Array.from({ length: 9 }, (_, k) => [0, 1, 2].reduce((s, m) => s + at((k / 3) | 0, k % 3, m), 0));
    expect(Array.from(sum.data)).toEqual(wanted);
  });

  const term = fc.record({
    sign: fc.constantFrom<1 | -1>(1, -1),
    matrix: fc.constantFrom('g', 'h', 'u', 'v', 'none'),
    transposed: fc.boolean(),
    of: fc.constantFrom('x', 'y'),
  });
  it('of any signs and in any order have the value of the plain sum', async () => {
    const anySum = fc.tuple(fc.array(term, { minLength: 2, maxLength: 6 }), fc.array(fc.nat({ max: 4 })));
    const sums = fc.sample(anySum, { numRuns: 150, seed: 5 });
    const g = new Sums();
    sums.forEach(([terms, joins], n) => {
      g.startSet();
      g.output(`sum ${n}`, treeOf(g, terms, joins));
    });
    const lowered = lowerGraph(g.graph(), cpu);
    const out = await runOnCpu(lowered, g.feeds());
    sums.forEach(([terms], n) => {
      const got = Array.from(out[`sum ${n}`].data, (value) => value + 0);
      expect(got, JSON.stringify(terms)).toEqual(Array.from(expected(terms)));
    });
    // The sums would take this many products without sharing.
    const products = sums.flatMap(([terms]) => terms).filter(({ matrix }) => matrix === 'g' || matrix === 'h').length;
    const left = lowered.model.graph.nodes.filter(({ opType }) => opType === 'Gemm' || opType === 'MatMul').length;
    expect(left).toBeLessThan(0.8 * products);
  });
});

/** The sum as some tree of additions and subtractions: partial sums on a stack, joined now and then. */
function treeOf(g: Sums, terms: readonly TermOf[], joins: readonly number[]): number {
  const parts: number[] = [];
  const join = (): void => {
    const [a, b] = [parts.pop() ?? NaN, parts.pop() ?? NaN];
    parts.push(g.large('add', b, a));
  };
  terms.forEach((one, i) => {
    const value = valueOf(g, one);
    const before = one.sign === -1 && i % 2 === 0 ? parts.pop() : undefined;
    if (before !== undefined) parts.push(g.large('sub', before, value));
    else parts.push(one.sign === 1 ? value : g.op('neg', [value], {}, [3, 4]));
    for (let k = joins[i] ?? 0; k > 0 && parts.length > 1; k--) join();
  });
  while (parts.length > 1) join();
  return parts[0];
}

type TermOf = { sign: 1 | -1; matrix: string; transposed: boolean; of: string };

function valueOf(g: Sums, { matrix, transposed, of }: TermOf): number {
  if (matrix === 'none') return g.named(of);
  if (matrix === 'g' || matrix === 'h') return g.product(matrix, transposed, of);
  return transposed ? g.large('mul', g.named(of), g.named(matrix)) : g.large('mul', g.named(matrix), g.named(of));
}

/** The sum of the terms, element by element. */
function expected(terms: readonly TermOf[]): Float32Array {
  return Float32Array.from({ length: 12 }, (_, k) => {
    const [i, j] = [Math.floor(k / 4), k % 4];
    return terms.reduce((sum, { sign, matrix, transposed, of }) => {
      const { at } = values[of];
      if (matrix === 'none') return sum + sign * at(i, j);
      const own = values[matrix].at;
      if (matrix === 'u' || matrix === 'v') return sum + sign * own(i, 0) * at(i, j);
      for (let m = 0; m < 3; m++) sum += sign * (transposed ? own(m, i) : own(i, m)) * at(m, j);
      return sum;
    }, 0);
  });
}

describe('sums of slices amid zeros', () => {
  interface Piece {
    sign: 1 | -1;
    start: number;
    end: number;
  }
  /** Columns `start` to `end` of x, put back in place of zeros, or as a sum of them. */
  function put(g: Sums, pieces: readonly Piece[], axis = 1): number {
    const [x, zeros] = [g.named('x'), g.op('full', [], { shape: [3, 4], value: 0, dtype: 'float32' }, [3, 4])];
    const attrsOf = ({ start, end }: Piece) => ({
      starts: [axis === 0 ? start : 0, axis === 1 ? start : 0],
      ends: [axis === 0 ? end : Infinity, axis === 1 ? end : Infinity],
      steps: [1, 1],
    });
    const parts = pieces.map((piece) => {
      const width = piece.end - piece.start;
      const slice = g.op('slice', [x], attrsOf(piece), axis === 0 ? [width, 4] : [3, width]);
      // Twice, so that it is not x.
      const doubled = g.op('add', [slice, slice], {}, axis === 0 ? [width, 4] : [3, width]);
      const back = g.op('slice_scatter', [zeros, doubled], attrsOf(piece), [3, 4]);
      return piece.sign === 1 ? back : g.op('neg', [back], {}, [3, 4]);
    });
    return parts.slice(1).reduce((sum, part) => g.large('add', sum, part), parts[0]);
  }
  const expectedOf = (pieces: readonly Piece[], extra: boolean): number[] =>
    Array.from({ length: 12 }, (_, k) => {
      const value = values.x.at((k / 4) | 0, k % 4);
      const covering = pieces.filter(({ start, end }) => start <= k % 4 && k % 4 < end);
      return covering.reduce((sum, { sign }) => sum + sign * 2 * value, extra ? value : 0);
    });

  it('that fill the whole are put one behind the other', () => {
    const g = new Sums();
    const halves = (end: number): Piece[] => [
      { sign: 1, start: 1, end },
      { sign: -1, start: 0, end: 1 },
    ];
    g.output('columns', put(g, halves(4)));
    const has = (name: string): boolean => opTypes(g).includes(name);
    expect([has('Concat'), has('Pad'), has('Where')]).toEqual([true, false, false]);
    g.startSet();
    g.output('rows', put(g, halves(3), 0));
    expect(has('Pad')).toBe(false);
    g.startSet();
    g.output('gap', put(g, halves(3)));
    expect(has('Pad')).toBe(true);
  });

  it('of any places and signs have the value of the plain sum', async () => {
    const places = [0, 1, 2, 3].flatMap((start) => [1, 2, 3, 4].map((end) => ({ start, end })));
    const piece = fc.record({
      sign: fc.constantFrom<1 | -1>(1, -1),
      place: fc.constantFrom(...places.filter(({ start, end }) => start < end)),
    });
    const samples = fc.sample(fc.tuple(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.boolean()), {
      numRuns: 200,
      seed: 11,
    });
    const g = new Sums();
    const cases = samples.map(([drawn, extra], n) => {
      g.startSet();
      const pieces = drawn.map(({ sign, place }) => ({ sign, ...place }));
      const sum = put(g, pieces);
      g.output(`sum ${n}`, extra ? g.large('add', sum, g.named('x')) : sum);
      return { pieces, extra };
    });
    const lowered = lowerGraph(g.graph(), cpu);
    const out = await runOnCpu(lowered, g.feeds());
    cases.forEach(({ pieces, extra }, n) => {
      const got = Array.from(out[`sum ${n}`].data, (value) => value + 0);
      expect(got, JSON.stringify(pieces)).toEqual(expectedOf(pieces, extra).map((value) => value + 0));
    });
    expect(opTypes(g).filter((name) => name === 'Concat').length).toBeGreaterThan(10);
  });
});
