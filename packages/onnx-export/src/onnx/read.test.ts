import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OnnxType } from './model.js';
import type { OnnxModel } from './model.js';
import { readModel } from './read.js';
import { checkModel } from './rules.js';
import { writeModel } from './write.js';

const model: OnnxModel = {
  irVersion: 10,
  producerName: 'reidgrad',
  opsets: { '': 21 },
  metadata: { key: 'value' },
  graph: {
    name: 'g',
    nodes: [{ name: 'n', opType: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['y'], attributes: { keepdims: 0 } }],
    initializers: [{ name: 'axes', dataType: OnnxType.int64, dims: [1], data: new Uint8Array(8) }],
    inputs: [{ name: 'x', elemType: OnnxType.float32, dims: [3, 'n'] }],
    outputs: [{ name: 'y', elemType: OnnxType.float32, dims: ['n'] }],
  },
};
const bytes = writeModel(model);

/** Every failure is one of our own errors, never a range error or a hang. */
function readsOrExplains(input: Uint8Array): void {
  try {
    checkModel(readModel(input));
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('readModel: bytes: got no ONNX file (')) throw error;
  }
}

describe('readModel', () => {
  it.each([
    ['nothing', new Uint8Array(), 'the model has no graph'],
    ['an endless number', new Uint8Array(12).fill(255), 'more than 10 bytes'],
    ['a field longer than the file', Uint8Array.of(58, 127), 'ends within a field of 127 bytes'],
    ['a group', Uint8Array.of(11), 'wire type 3'],
    ['field number 0', Uint8Array.of(0, 0), 'numbered 0'],
    ['a string that is not UTF-8', Uint8Array.of(18, 1, 255), 'not UTF-8'],
    ['a graph that is a number', Uint8Array.of(56, 1), 'graph is not length-delimited'],
  ])('explains %s', (_name, input, message) => {
    expect(() => readModel(input)).toThrow(message);
  });

  it('rejects every truncation of a file', () => {
    // Cutting between two fields of the model leaves a valid, shorter message only after the graph.
    const withoutTail = writeModel({ ...model, metadata: {}, opsets: {} }).length;
    for (let length = 0; length < withoutTail; length++)
      expect(() => readModel(bytes.subarray(0, length))).toThrow('readModel');
  });

  it('survives any change of any byte', () => {
    for (let i = 0; i < bytes.length; i++) {
      for (const value of [0, 1, 7, 127, 128, 255, bytes[i] ^ 1]) {
        const changed = bytes.slice();
        changed[i] = value;
        readsOrExplains(changed);
      }
    }
  });

  it('survives arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readsOrExplains), { seed: 7, numRuns: 2000 });
  });

  it('gives views of the file, not copies', () => {
    expect(readModel(bytes).graph.initializers[0].data.buffer).toBe(bytes.buffer);
  });
});
