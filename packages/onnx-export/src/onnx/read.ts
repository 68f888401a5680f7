import { badArgument } from '@reidgrad/core/graph';
import { onnxItemSize } from './model.js';
import type {
  OnnxAttribute,
  OnnxDim,
  OnnxExternalData,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from './model.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The value of one field as its wire type holds it. */
type Field =
  { number: number; varint: bigint } | { number: number; bytes: Uint8Array } | { number: number; fixed: DataView };

function fail(what: string): never {
  throw new Error(`readModel: bytes: got no ONNX file (${what}), expected one`);
}

/** Walks the fields of one message; every step moves forward and stays inside `bytes`. */
function* fieldsOf(bytes: Uint8Array, message: string): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) fail(`${message} ends within a number`);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return fail(`${message} has a number of more than 10 bytes`);
  };
  const take = (length: bigint | number): Uint8Array => {
    const end = at + Number(length);
    if (end > bytes.length) fail(`${message} ends within a field of ${length} bytes`);
    const part = bytes.subarray(at, end);
    at = end;
    return part;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (number === 0) fail(`${message} has a field numbered 0`);
    if (wire === 0) yield { number, varint: varint() };
    else if (wire === 2) yield { number, bytes: take(varint()) };
    else if (wire === 1 || wire === 5) {
      const part = take(wire === 1 ? 8 : 4);
      yield { number, fixed: new DataView(part.buffer, part.byteOffset, part.length) };
    } else fail(`${message} has wire type ${wire}`);
  }
}

function bytesOf(field: Field, what: string): Uint8Array {
  return 'bytes' in field ? field.bytes : fail(`${what} is not length-delimited`);
}

function textOf(field: Field, what: string): string {
  const bytes = bytesOf(field, what);
  try {
    return decoder.decode(bytes);
  } catch {
    return fail(`${what} is not UTF-8`);
  }
}

function exact(value: bigint, what: string): number {
  const number = Number(BigInt.asIntN(64, value));
  return Number.isSafeInteger(number) ? number : fail(`${what} is ${number}, beyond 2^53`);
}

function intOf(field: Field, what: string): number {
  return 'varint' in field ? exact(field.varint, what) : fail(`${what} is not an integer`);
}

/** A repeated integer, packed or not. */
function intsOf(field: Field, what: string): number[] {
  if ('varint' in field) return [exact(field.varint, what)];
  const values: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytesOf(field, what)) {
    if (shift >= 70n) fail(`${what} has a number of more than 10 bytes`);
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    values.push(exact(value, what));
    value = 0n;
    shift = 0n;
  }
  return shift === 0n ? values : fail(`${what} ends within a number`);
}

/** A repeated float, packed or not. */
function floatsOf(field: Field, what: string): number[] {
  if ('fixed' in field) {
    return field.fixed.byteLength === 4 ? [field.fixed.getFloat32(0, true)] : fail(`${what} is not a 4-byte float`);
  }
  const bytes = bytesOf(field, what);
  if (bytes.length % 4 !== 0) fail(`${what} has ${bytes.length} bytes, not a multiple of 4`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/**
 * Decodes an `.onnx` file of the kind that `writeModel` writes. Unknown fields are skipped.
 *
 * Tensor data are views of `bytes`, not copies.
 * @throws one line saying what is wrong: truncated or malformed bytes, subgraphs, functions, tensors that are not raw
 * or whose bytes do not fit their dims.
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  if (!(bytes instanceof Uint8Array))
    throw badArgument('readModel', 'bytes', bytes, "the Uint8Array of a file's bytes");
  let irVersion = 0;
  let producerName = '';
  let producerVersion: string | undefined;
  let docString: string | undefined;
  let graph: OnnxGraph | undefined;
  const opsets: [string, number][] = [];
  const metadata: [string, string][] = [];
  for (const field of fieldsOf(bytes, 'the model')) {
    if (field.number === 1) irVersion = intOf(field, 'ir_version');
    else if (field.number === 2) producerName = textOf(field, 'producer_name');
    else if (field.number === 3) producerVersion = textOf(field, 'producer_version');
    else if (field.number === 6) docString = textOf(field, 'doc_string');
    else if (field.number === 7) graph = readGraph(bytesOf(field, 'graph'));
    else if (field.number === 8) opsets.push(readOpset(bytesOf(field, 'opset_import')));
    else if (field.number === 14) metadata.push(readPair(bytesOf(field, 'metadata_props'), 'metadata_props'));
    else if (field.number === 25) fail('functions are not supported');
  }
  if (graph === undefined) fail('the model has no graph');
  return {
    irVersion,
    producerName,
    ...(producerVersion === undefined ? {} : { producerVersion }),
    opsets: Object.fromEntries(opsets),
    graph,
    metadata: Object.fromEntries(metadata),
    ...(docString === undefined ? {} : { docString }),
  };
}

function readOpset(bytes: Uint8Array): [string, number] {
  let domain = '';
  let version = 0;
  for (const field of fieldsOf(bytes, 'opset_import')) {
    if (field.number === 1) domain = textOf(field, 'opset domain');
    else if (field.number === 2) version = intOf(field, 'opset version');
  }
  return [domain, version];
}

function readPair(bytes: Uint8Array, what: string): [string, string] {
  let key = '';
  let value = '';
  for (const field of fieldsOf(bytes, what)) {
    if (field.number === 1) key = textOf(field, what);
    else if (field.number === 2) value = textOf(field, what);
  }
  return [key, value];
}

function readGraph(bytes: Uint8Array): OnnxGraph {
  let name = '';
  let docString: string | undefined;
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  for (const field of fieldsOf(bytes, 'the graph')) {
    if (field.number === 1) nodes.push(readNode(bytesOf(field, 'node')));
    else if (field.number === 2) name = textOf(field, 'graph name');
    else if (field.number === 5) initializers.push(readTensor(bytesOf(field, 'initializer')));
    else if (field.number === 10) docString = textOf(field, 'graph doc_string');
    else if (field.number === 11) inputs.push(readValueInfo(bytesOf(field, 'graph input')));
    else if (field.number === 12) outputs.push(readValueInfo(bytesOf(field, 'graph output')));
  }
  return { name, nodes, initializers, inputs, outputs, ...(docString === undefined ? {} : { docString }) };
}

function readNode(bytes: Uint8Array): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: [string, OnnxAttribute][] = [];
  let name = '';
  let opType = '';
  let domain = '';
  let docString: string | undefined;
  for (const field of fieldsOf(bytes, 'a node')) {
    if (field.number === 1) inputs.push(textOf(field, 'node input'));
    else if (field.number === 2) outputs.push(textOf(field, 'node output'));
    else if (field.number === 3) name = textOf(field, 'node name');
    else if (field.number === 4) opType = textOf(field, 'op_type');
    else if (field.number === 5) attributes.push(readAttribute(bytesOf(field, 'attribute')));
    else if (field.number === 6) docString = textOf(field, 'node doc_string');
    else if (field.number === 7) domain = textOf(field, 'node domain');
  }
  return {
    name,
    opType,
    inputs,
    outputs,
    attributes: Object.fromEntries(attributes),
    ...(docString === undefined ? {} : { docString }),
    ...(domain === '' ? {} : { domain }),
  };
}

function readAttribute(bytes: Uint8Array): [string, OnnxAttribute] {
  let name = '';
  let type = 0;
  let float = 0;
  let int = 0;
  let text = '';
  let tensor: OnnxTensor | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const strings: string[] = [];
  for (const field of fieldsOf(bytes, 'an attribute')) {
    if (field.number === 1) name = textOf(field, 'attribute name');
    else if (field.number === 2) float = floatsOf(field, `attribute ${name}`)[0] ?? fail(`attribute ${name} is empty`);
    else if (field.number === 3) int = intOf(field, `attribute ${name}`);
    else if (field.number === 4) text = textOf(field, `attribute ${name}`);
    else if (field.number === 5) tensor = readTensor(bytesOf(field, `attribute ${name}`));
    else if (field.number === 7) for (const value of floatsOf(field, `attribute ${name}`)) floats.push(value);
    else if (field.number === 8) for (const value of intsOf(field, `attribute ${name}`)) ints.push(value);
    else if (field.number === 9) strings.push(textOf(field, `attribute ${name}`));
    else if (field.number === 20) type = intOf(field, 'attribute type');
  }
  if (type === 1) return [name, { float }];
  if (type === 2) return [name, int];
  if (type === 3) return [name, text];
  if (type === 4) return [name, { tensor: tensor ?? fail(`attribute ${name} has no tensor`) }];
  if (type === 6) return [name, { floats }];
  if (type === 7) return [name, ints];
  if (type === 8) return [name, { strings }];
  return fail(`attribute ${name} has type ${type}, which is not supported`);
}

function readTensor(bytes: Uint8Array): OnnxTensor {
  const dims: number[] = [];
  let dataType = 0;
  let name = '';
  let raw: Uint8Array | undefined;
  let isExternal = false;
  const entries: [string, string][] = [];
  for (const field of fieldsOf(bytes, 'a tensor')) {
    if (field.number === 1) for (const dim of intsOf(field, 'tensor dim')) dims.push(dim);
    else if (field.number === 2) dataType = intOf(field, 'tensor data_type');
    else if (field.number === 8) name = textOf(field, 'tensor name');
    else if (field.number === 9) raw = bytesOf(field, 'raw_data');
    else if (field.number === 13) entries.push(readPair(bytesOf(field, 'external_data'), 'external_data'));
    else if (field.number === 14) isExternal = intOf(field, 'data_location') === 1;
  }
  const size = onnxItemSize[dataType] ?? fail(`tensor ${name} has data type ${dataType}`);
  if (dims.some((dim) => dim < 0)) fail(`tensor ${name} has dims [${dims.join(', ')}]`);
  const expected = dims.reduce((product, dim) => product * dim, size);
  const external = isExternal ? readExternal(name, expected, entries) : undefined;
  if (external !== undefined) return { name, dataType, dims, data: new Uint8Array(), external };
  // An empty tensor may leave raw_data out; any other without it holds typed fields, which we do not write.
  const data = raw ?? (expected === 0 ? new Uint8Array() : fail(`tensor ${name} has no raw_data`));
  if (data.length !== expected) fail(`tensor ${name} has ${data.length} bytes, expected ${expected}`);
  return { name, dataType, dims, data };
}

function readExternal(name: string, expected: number, pairs: readonly [string, string][]): OnnxExternalData {
  const entries = new Map(pairs);
  const location = entries.get('location') ?? fail(`external tensor ${name} has no location`);
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? expected);
  if (!Number.isSafeInteger(offset) || offset < 0) fail(`external tensor ${name} has offset ${entries.get('offset')}`);
  if (length !== expected) fail(`external tensor ${name} has length ${entries.get('length')}, expected ${expected}`);
  return { location, offset, length };
}

function readValueInfo(bytes: Uint8Array): OnnxValueInfo {
  let name = '';
  let elemType = 0;
  let dims: OnnxDim[] | undefined;
  let docString: string | undefined;
  for (const field of fieldsOf(bytes, 'a value_info')) {
    if (field.number === 1) name = textOf(field, 'value name');
    else if (field.number === 3) docString = textOf(field, 'value doc_string');
    else if (field.number === 2) {
      for (const type of fieldsOf(bytesOf(field, `type of ${name}`), `type of ${name}`)) {
        if (type.number !== 1) fail(`${name} is not a tensor`);
        for (const part of fieldsOf(bytesOf(type, `type of ${name}`), `type of ${name}`)) {
          if (part.number === 1) elemType = intOf(part, `elem_type of ${name}`);
          else if (part.number === 2) dims = readDims(bytesOf(part, `shape of ${name}`), name);
        }
      }
    }
  }
  return {
    name,
    elemType,
    ...(dims === undefined ? {} : { dims }),
    ...(docString === undefined ? {} : { docString }),
  };
}

function readDims(bytes: Uint8Array, name: string): OnnxDim[] {
  const dims: OnnxDim[] = [];
  for (const field of fieldsOf(bytes, `shape of ${name}`)) {
    if (field.number !== 1) continue;
    let dim: OnnxDim = '';
    for (const part of fieldsOf(bytesOf(field, `dim of ${name}`), `dim of ${name}`)) {
      if (part.number === 1) dim = intOf(part, `dim of ${name}`);
      else if (part.number === 2) dim = textOf(part, `dim of ${name}`);
    }
    dims.push(dim);
  }
  return dims;
}
