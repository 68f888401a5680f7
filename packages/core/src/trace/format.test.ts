import { describe, expect, it } from 'vitest';
import * as torch from '../index.js';
import { formatGraph } from './format.js';
import { hostScalar } from './host.js';
import { interpret } from './interpret.js';
import { originText } from './origin.js';
import { trace } from './trace.js';

class Net extends torch.nn.Module<[torch.Tensor], torch.Tensor> {
  layer1 = new torch.nn.Linear(2, 1, { bias: false });
  override forward(x: torch.Tensor): torch.Tensor {
    return this.layer1.forward(x).relu();
  }
}

/** Lines of this file move; the snapshot must not. */
const withoutLines = (text: string): string => text.replace(/:\d+$/gm, ':LINE');

describe('formatGraph', () => {
  it('prints sources, nodes with module path and line, outputs, states and checks', () => {
    const net = new Net();
    const count = torch.zeros(1);
    const lr = hostScalarOf('lr', 0.1);
    const { graph } = trace(
      function step(x: torch.Tensor) {
        const y = net.forward(x).mul(lr());
        torch.check(y.ge(0), 'negative');
        count.add_(torch.rand(1));
        return { y: y.sum(1), z: y.add(torch.tensor([1, 2, 3, 4, 5, 6]).sum()) };
      },
      [torch.ones(3, 2)],
    );
    expect(withoutLines(formatGraph(graph))).toMatchInlineSnapshot(`
      "graph step
      %0: float32[3, 2] = input input_0
      %1: float32[1, 2] = capture layer1.weight
      %5: float32[] = host lr
      %9: float32[1] = random uniform
      %10: float32[1] = capture state_10
      %13: float32[6] = constant [1, 2, 3, 4, …]
      %2: float32[2, 1] = permute(%1, dims=[1, 0])  # layer1  format.test.ts:LINE
      %3: float32[3, 1] = matmul(%0, %2)  # layer1  format.test.ts:LINE
      %4: float32[3, 1] = relu(%3)  # format.test.ts:LINE
      %6: float32[3, 1] = mul(%4, %5)  # format.test.ts:LINE
      %7: float32[] = full(shape=[], dtype='float32', value=0)  # format.test.ts:LINE
      %8: bool[3, 1] = ge(%6, %7)  # format.test.ts:LINE
      %11: float32[1] = add(%10, %9)  # format.test.ts:LINE
      %12: float32[3] = sum(%6, dims=[1], keepdim=false)  # format.test.ts:LINE
      %14: float32[] = sum(%13, dims=[0], keepdim=false)  # format.test.ts:LINE
      %15: float32[3, 1] = add(%6, %14)  # format.test.ts:LINE
      output y = %12
      output z = %15
      state state_10 = %11
      check %8"
    `);
  });

  it('names the line of user code in which a node arose', () => {
    const { graph } = trace((x: torch.Tensor) => x.mul(2), [torch.ones(1)]);
    const node = graph.nodes.find(({ op }) => op === 'mul');
    expect(originText(node?.origin ?? null)).toMatch(/format\.test\.ts:\d+$/);
    expect(originText(null)).toBe('unknown place');
    // Callbacks of Array.from inside the library have a frame without a place.
    const [slice] = trace((x: torch.Tensor) => x.unbind(0), [torch.ones(2)]).graph.nodes;
    expect(originText(slice.origin)).toMatch(/format\.test\.ts:\d+$/);
  });
});

function hostScalarOf(name: string, value: number): () => torch.Tensor {
  return () => hostScalar({ name, dtype: 'float32', read: () => value });
}

describe('interpret', () => {
  const x = torch.tensor([1, 2]);

  it('computes every value and commits nothing', () => {
    const count = torch.zeros(1);
    const { graph } = trace((a: torch.Tensor) => (count.add_(1), a.mul(3)), [x]);
    const values = interpret(graph, new Map([['input_0', x.read()]]));
    const { storage } = values.get(graph.outputs[0].value) ?? x.read();
    expect(storage.kind === 'host' && [...storage.data]).toEqual([3, 6]);
    expect(count.tolist()).toEqual([0]);
  });

  it('names a missing input and one of another shape', () => {
    const { graph } = trace(
      function f(a: torch.Tensor) {
        return a.mul(3);
      },
      [x],
    );
    expect(() => interpret(graph, new Map())).toThrow('f: input input_0 is missing');
    expect(() => interpret(graph, new Map([['input_0', torch.ones(3).read()]]))).toThrow(
      'f: input input_0 is float32[3], expected float32[2]',
    );
  });
});

describe('results', () => {
  const { graph, outputTree } = trace(
    (a: { left: torch.Tensor; right: [torch.Tensor, number] }) => ({
      sum: a.left.add(a.right[0]),
      pair: [a.left.mul(2), a.right[1]],
      count: a.left.shape[0],
      nothing: null,
    }),
    [{ left: torch.ones(2), right: [torch.ones(2), 5] }],
  );

  it('and arguments keep their structure, with named tensors', () => {
    const inputs = [...graph.sources.values()].flatMap((source) => (source.kind === 'input' ? [source.name] : []));
    expect(inputs).toEqual(['input_0.left', 'input_0.right.0']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['sum', 'pair.0']);
    expect(outputTree).toMatchObject({
      kind: 'object',
      entries: [
        ['sum', { kind: 'tensor', index: 0 }],
        ['pair', {}],
        ['count', { value: 2 }],
        ['nothing', { value: null }],
      ],
    });
  });

  it('refuse what cannot be rebuilt', () => {
    const f = (result: unknown) => (): unknown =>
      trace(function f() {
        return result;
      }, []);
    expect(f(new Map())).toThrow(
      'f: result: got an instance of Map, expected tensors, numbers, strings, arrays and plain objects',
    );
    expect(f({ a: [() => 1] })).toThrow(
      'f: result.a.0: got a function, expected tensors, numbers, strings, arrays and plain objects',
    );
  });
});
