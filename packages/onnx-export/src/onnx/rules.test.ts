import { describe, expect, it } from 'vitest';
import { OnnxType } from './model.js';
import type { OnnxGraph, OnnxModel, OnnxNode } from './model.js';
import { checkModel } from './rules.js';

const relu: OnnxNode = { name: 'a', opType: 'Relu', inputs: ['x'], outputs: ['h'], attributes: {} };
const exp: OnnxNode = { name: 'b', opType: 'Exp', inputs: ['h'], outputs: ['y'], attributes: {} };
const one = { name: 'c', dataType: OnnxType.float32, dims: [1], data: new Uint8Array(4) };
const x = { name: 'x', elemType: OnnxType.float32, dims: ['n', 3] };
const y = { name: 'y', elemType: OnnxType.float32, dims: ['n', 3] };

function model(graph: Partial<OnnxGraph> = {}, rest: Partial<OnnxModel> = {}): OnnxModel {
  return {
    irVersion: 10,
    producerName: 'test',
    opsets: { '': 21 },
    metadata: {},
    graph: { name: 'g', nodes: [relu, exp], initializers: [one], inputs: [x], outputs: [y], ...graph },
    ...rest,
  };
}

const rulesOf = (broken: OnnxModel): string[] => [...new Set(checkModel(broken).map(({ rule }) => rule))];

describe('checkModel', () => {
  it('finds nothing in a good model', () => {
    expect(checkModel(model())).toEqual([]);
  });

  it.each<[string, OnnxModel]>([
    ['opset', model({}, { opsets: { '': 22 } })],
    ['opset', model({}, { opsets: {} })],
    ['ir-version', model({}, { irVersion: 11 })],
    ['domain', model({}, { opsets: { '': 21, 'com.microsoft': 1 } })],
    ['domain', model({ nodes: [relu, { ...exp, domain: 'com.microsoft' }] })],
    ['graph-name', model({ name: '' })],
    ['signature', model({ inputs: [{ ...x, dims: undefined }] })],
    ['signature', model({ inputs: [{ ...x, elemType: 0 }] })],
    ['signature', model({ outputs: [{ ...y, dims: ['', 3] }] })],
    ['signature', model({ outputs: [{ ...y, dims: [-1, 3] }] })],
    ['node-names', model({ nodes: [relu, { ...exp, name: 'a' }] })],
    ['node-names', model({ nodes: [relu, { ...exp, name: '' }] })],
    ['ssa', model({ nodes: [relu, exp, { ...exp, name: 'again' }] })],
    ['ssa', model({ inputs: [x, x] })],
    ['initializer-names', model({ initializers: [one, one] })],
    ['tensor', model({ initializers: [{ ...one, dims: [2] }] })],
    ['tensor', model({ initializers: [{ ...one, dataType: OnnxType.string }] })],
    ['order', model({ nodes: [exp, relu] })],
    ['undefined', model({ nodes: [relu, { ...exp, inputs: ['nowhere'] }] })],
    ['undefined', model({ outputs: [{ ...y, name: 'nowhere' }] })],
    ['unknown-op', model({ nodes: [relu, { ...exp, opType: 'Explode' }] })],
    ['unknown-op', model({ nodes: [relu, { ...exp, opType: 'constructor' }] })],
    ['unknown-attribute', model({ nodes: [relu, { ...exp, attributes: { axis: 1 } }] })],
    ['outputs', model({ outputs: [] })],
    ['outputs', model({ outputs: [y, y] })],
    ['names', model({ nodes: [relu, exp, { ...exp, name: 'none', outputs: [''] }] })],
  ])('reports %s', (rule, broken) => {
    expect(rulesOf(broken)).toEqual([rule]);
  });

  it('takes omitted inputs, and an initializer that gives an input its default', () => {
    const clip: OnnxNode = { name: 'clip', opType: 'Clip', inputs: ['h', '', 'x'], outputs: ['y'], attributes: {} };
    expect(checkModel(model({ nodes: [relu, clip], initializers: [{ ...one, name: 'x' }] }))).toEqual([]);
  });
});
