import { MessageWriter } from '../protobuf.js';
import { onnxItemSize } from './model.js';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.js';

/** The largest message that protobuf readers accept. */
const maximumBytes = 2 ** 31 - 1;

/** `AttributeProto.AttributeType`. */
const AttributeType = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/**
 * Serialises a model to the bytes of an `.onnx` file.
 *
 * @throws if a tensor's bytes do not fit its dims, an integer is not exact, or the file would reach 2^31 bytes, which
 * no protobuf reader takes: large initializers then belong into external data.
 */
export function writeModel(model: OnnxModel): Uint8Array {
  const writer = new MessageWriter();
  writer.int(1, model.irVersion);
  writer.string(2, model.producerName);
  if (model.producerVersion !== undefined) writer.string(3, model.producerVersion);
  if (model.docString !== undefined) writer.string(6, model.docString);
  writer.message(7, (graph) => writeGraph(graph, model.graph));
  for (const [domain, version] of Object.entries(model.opsets)) {
    writer.message(8, (opset) => {
      opset.string(1, domain);
      opset.int(2, version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata)) writePair(writer, 14, key, value);
  if (writer.length > maximumBytes) {
    throw new Error(
      `writeModel: the file would take ${writer.length} bytes, expected at most ${maximumBytes}: put large initializers into external data`,
    );
  }
  return writer.toBytes();
}

function writePair(writer: MessageWriter, field: number, key: string, value: string): void {
  writer.message(field, (entry) => {
    entry.string(1, key);
    entry.string(2, value);
  });
}

function writeGraph(writer: MessageWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, (child) => writeNode(child, node));
  writer.string(2, graph.name);
  for (const tensor of graph.initializers) writer.message(5, (child) => writeTensor(child, tensor));
  if (graph.docString !== undefined) writer.string(10, graph.docString);
  for (const input of graph.inputs) writer.message(11, (child) => writeValueInfo(child, input));
  for (const output of graph.outputs) writer.message(12, (child) => writeValueInfo(child, output));
}

function writeNode(writer: MessageWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  if (node.name !== '') writer.string(3, node.name);
  writer.string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, (child) => writeAttribute(child, node, name, value));
  }
  if (node.docString !== undefined) writer.string(6, node.docString);
  if (node.domain !== undefined && node.domain !== '') writer.string(7, node.domain);
}

function writeAttribute(writer: MessageWriter, node: OnnxNode, name: string, value: OnnxAttribute): void {
  const integer = (number: number): number => {
    if (Number.isSafeInteger(number)) return number;
    throw new Error(
      `writeModel: attribute ${name} of ${node.opType} is ${number}, expected an integer; tag floats as { float }`,
    );
  };
  writer.string(1, name);
  let type: number;
  if (typeof value === 'number') {
    writer.int(3, integer(value));
    type = AttributeType.int;
  } else if (typeof value === 'string') {
    writer.string(4, value);
    type = AttributeType.string;
  } else if ('float' in value) {
    writer.float(2, value.float);
    type = AttributeType.float;
  } else if ('floats' in value) {
    for (const number of value.floats) writer.float(7, number);
    type = AttributeType.floats;
  } else if ('strings' in value) {
    for (const text of value.strings) writer.string(9, text);
    type = AttributeType.strings;
  } else if ('tensor' in value) {
    writer.message(5, (child) => writeTensor(child, value.tensor));
    type = AttributeType.tensor;
  } else {
    for (const number of value) writer.int(8, integer(number));
    type = AttributeType.ints;
  }
  writer.int(20, type);
}

function writeTensor(writer: MessageWriter, tensor: OnnxTensor): void {
  const size = onnxItemSize[tensor.dataType];
  if (size === undefined)
    throw new Error(`writeModel: tensor ${tensor.name} has data type ${tensor.dataType}, which has no raw form`);
  const expected = tensor.dims.reduce((product, dim) => product * dim, size);
  const actual = tensor.external?.length ?? tensor.data.length;
  if (actual !== expected) {
    throw new Error(
      `writeModel: tensor ${tensor.name} of dims [${tensor.dims.join(', ')}] has ${actual} bytes, expected ${expected}`,
    );
  }
  for (const dim of tensor.dims) writer.int(1, dim);
  writer.int(2, tensor.dataType);
  if (tensor.name !== '') writer.string(8, tensor.name);
  if (tensor.external === undefined) {
    writer.bytes(9, tensor.data);
  } else {
    writePair(writer, 13, 'location', tensor.external.location);
    writePair(writer, 13, 'offset', String(tensor.external.offset));
    writePair(writer, 13, 'length', String(tensor.external.length));
    writer.int(14, 1);
  }
}

function writeValueInfo(writer: MessageWriter, info: OnnxValueInfo): void {
  writer.string(1, info.name);
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, info.elemType);
      if (info.dims === undefined) return;
      const { dims } = info;
      tensor.message(2, (shape) => {
        for (const dim of dims) {
          shape.message(1, (child) => (typeof dim === 'number' ? child.int(1, dim) : child.string(2, dim)));
        }
      });
    }),
  );
  if (info.docString !== undefined) writer.string(3, info.docString);
}
