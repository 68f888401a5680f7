import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
} from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { OnnxType } from './model.js';
import type { OnnxModel } from './model.js';
import { readModel } from './read.js';
import { writeModel } from './write.js';

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);

/** A model that uses every feature of the subset. */
function sample(): OnnxModel {
  return {
    irVersion: 10,
    producerName: 'reidgrad',
    producerVersion: '0.1.0',
    docString: 'ein Modell, größer',
    opsets: { '': 21 },
    metadata: { manifest: '{"a":1}', empty: '' },
    graph: {
      name: 'main',
      docString: 'graph',
      nodes: [
        {
          name: 'layer1.0/Conv_1',
          opType: 'Conv',
          inputs: ['x', '', 'w'],
          outputs: ['y'],
          attributes: {
            group: 2,
            negative: -3,
            huge: 2 ** 40,
            pads: [0, -1, 2 ** 35],
            none: [],
            epsilon: { float: 1e-5 },
            scales: { floats: [0.5, -2] },
            mode: 'constant',
            names: { strings: ['a', 'ß'] },
            value: { tensor: { name: 't', dataType: OnnxType.int32, dims: [], data: Uint8Array.of(7, 0, 0, 0) } },
          },
          docString: 'at model.ts:3',
        },
      ],
      initializers: [
        { name: 'w', dataType: OnnxType.float32, dims: [2, 50], data: bytesOf(new Float32Array(100).fill(1.25)) },
        { name: 'empty', dataType: OnnxType.float32, dims: [0, 3], data: new Uint8Array() },
        {
          name: 'outside',
          dataType: OnnxType.float32,
          dims: [2],
          data: new Uint8Array(),
          external: { location: 'model.data', offset: 4096, length: 8 },
        },
      ],
      inputs: [{ name: 'x', elemType: OnnxType.float32, dims: ['n', 3, 0], docString: 'pixels' }],
      outputs: [{ name: 'y', elemType: OnnxType.bool, dims: [] }],
    },
  };
}

describe('writeModel', () => {
  it('is read back by readModel as it was', () => {
    const model = sample();
    const again = readModel(writeModel(model));
    const [node] = again.graph.nodes;
    expect(node.attributes.epsilon).toEqual({ float: Math.fround(1e-5) });
    const expected = sample();
    expect({ ...again, graph: { ...again.graph, nodes: [] } }).toEqual({
      ...expected,
      graph: { ...expected.graph, nodes: [] },
    });
    const { epsilon: _rounded, ...attributes } = node.attributes;
    const { epsilon: _exact, ...wanted } = expected.graph.nodes[0].attributes;
    expect({ ...node, attributes }).toEqual({ ...expected.graph.nodes[0], attributes: wanted });
  });

  it('is decoded by an independent implementation', () => {
    const proto = fromBinary(ModelProtoSchema, writeModel(sample()));
    expect(proto.irVersion).toBe(10n);
    expect(proto.docString).toBe('ein Modell, größer');
    expect(proto.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 21n]]);
    expect(proto.metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ['manifest', '{"a":1}'],
      ['empty', ''],
    ]);
    const [node] = proto.graph?.node ?? [];
    expect([node.name, node.opType, node.input, node.output]).toEqual([
      'layer1.0/Conv_1',
      'Conv',
      ['x', '', 'w'],
      ['y'],
    ]);
    const byName = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
    expect(byName.get('negative')?.i).toBe(-3n);
    expect(byName.get('huge')?.i).toBe(2n ** 40n);
    expect(byName.get('pads')?.ints).toEqual([0n, -1n, 2n ** 35n]);
    expect(byName.get('none')?.type).toBe(AttributeProto_AttributeType.INTS);
    expect(byName.get('epsilon')?.f).toBe(Math.fround(1e-5));
    expect(byName.get('scales')?.floats).toEqual([0.5, -2]);
    expect(new TextDecoder().decode(byName.get('mode')?.s)).toBe('constant');
    expect(byName.get('value')?.t?.rawData).toEqual(Uint8Array.of(7, 0, 0, 0));
    const weight = proto.graph?.initializer[0];
    expect(weight?.dims).toEqual([2n, 50n]);
    expect(weight?.rawData).toEqual(bytesOf(new Float32Array(100).fill(1.25)));
    const outside = proto.graph?.initializer[2];
    expect(outside?.externalData.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'location=model.data',
      'offset=4096',
      'length=8',
    ]);
    const type = proto.graph?.input[0].type?.value;
    const dims = type?.case === 'tensorType' ? type.value.shape?.dim.map((dim) => dim.value.value) : undefined;
    expect(dims).toEqual(['n', 3n, 0n]);
  });

  it('reads what an independent implementation wrote', () => {
    const ints = create(AttributeProtoSchema, {
      name: 'axes',
      type: AttributeProto_AttributeType.INTS,
      ints: [1n, -1n],
    });
    const proto = create(ModelProtoSchema, {
      irVersion: 9n,
      producerName: 'other',
      opsetImport: [create(OperatorSetIdProtoSchema, { version: 20n })],
      graph: create(GraphProtoSchema, {
        name: 'g',
        node: [create(NodeProtoSchema, { opType: 'Neg', input: ['x'], output: ['y'], attribute: [ints] })],
        initializer: [create(TensorProtoSchema, { name: 'c', dataType: 1, dims: [1n], rawData: new Uint8Array(4) })],
      }),
    });
    const model = readModel(toBinary(ModelProtoSchema, proto));
    expect(model.opsets).toEqual({ '': 20 });
    expect(model.graph.nodes[0].attributes).toEqual({ axes: [1, -1] });
    expect(model.graph.initializers[0].dims).toEqual([1]);
  });

  it('rejects tensors whose bytes do not fit and untagged floats', () => {
    const model = sample();
    const short = { name: 'w', dataType: OnnxType.float32, dims: [3], data: new Uint8Array(8) };
    expect(() => writeModel({ ...model, graph: { ...model.graph, initializers: [short] } })).toThrow(
      'writeModel: tensor w of dims [3] has 8 bytes, expected 12',
    );
    const node = { name: 'n', opType: 'Elu', inputs: [], outputs: ['y'], attributes: { alpha: 0.5 } };
    expect(() => writeModel({ ...model, graph: { ...model.graph, nodes: [node] } })).toThrow(
      /alpha of Elu is 0.5.*\{ float \}/,
    );
  });

  it('refuses to reach 2^31 bytes and names external data', () => {
    // The same 64 MB over and over: only their lengths are added up before the limit is checked.
    const data = new Uint8Array(2 ** 26);
    const initializers = Array.from({ length: 32 }, (_, i) => ({
      name: `w${i}`,
      dataType: OnnxType.uint8,
      dims: [data.length],
      data,
    }));
    const model = sample();
    expect(() => writeModel({ ...model, graph: { ...model.graph, initializers } })).toThrow(/external data/);
  });
});
