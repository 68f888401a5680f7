/**
 * The part of ONNX's ModelProto that reidgrad writes and reads, as plain data: one graph in the default domain, no
 * functions, no subgraphs, tensors as raw little-endian bytes.
 */

/** `TensorProto.DataType`. */
export const OnnxType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** Bytes of one element by data type code; strings have none and are not supported as tensors. */
export const onnxItemSize: Readonly<Record<number, number>> = {
  [OnnxType.float32]: 4,
  [OnnxType.uint8]: 1,
  [OnnxType.int8]: 1,
  [OnnxType.uint16]: 2,
  [OnnxType.int16]: 2,
  [OnnxType.int32]: 4,
  [OnnxType.int64]: 8,
  [OnnxType.bool]: 1,
  [OnnxType.float16]: 2,
  [OnnxType.float64]: 8,
  [OnnxType.uint32]: 4,
  [OnnxType.uint64]: 8,
  [OnnxType.bfloat16]: 2,
};

/** Where the bytes of a tensor in external data stand: a file beside the model, and a range of it. */
export interface OnnxExternalData {
  location: string;
  offset: number;
  length: number;
}

/** A tensor: an initializer of a graph or the value of an attribute. */
export interface OnnxTensor {
  name: string;
  /** A code of `OnnxType`. */
  dataType: number;
  dims: readonly number[];
  /** Little-endian bytes, row-major. Empty when `external` is set. */
  data: Uint8Array;
  external?: OnnxExternalData;
}

/**
 * An attribute of a node. Plain numbers are INT and plain arrays INTS, since nearly all are; floating ones are tagged,
 * because JavaScript cannot tell 1 from 1.0.
 */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] }
  | { strings: readonly string[] }
  | { tensor: OnnxTensor };

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

export interface OnnxNode {
  name: string;
  opType: string;
  /** Names of values; an empty name is an omitted optional input. */
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: OnnxAttributes;
  docString?: string;
  /** Empty or absent for the default domain. */
  domain?: string;
}

/** A dimension: its size, or the name of a symbolic one. */
export type OnnxDim = number | string;

/** Name, element type and shape of a graph's input or output. `dims` is absent where a file declares no shape. */
export interface OnnxValueInfo {
  name: string;
  /** A code of `OnnxType`; 0 where a file declares none. */
  elemType: number;
  dims?: readonly OnnxDim[];
  docString?: string;
}

export interface OnnxGraph {
  name: string;
  nodes: readonly OnnxNode[];
  initializers: readonly OnnxTensor[];
  inputs: readonly OnnxValueInfo[];
  outputs: readonly OnnxValueInfo[];
  docString?: string;
}

export interface OnnxModel {
  irVersion: number;
  producerName: string;
  producerVersion?: string;
  /** Opset version by domain; the default domain is `''`. */
  opsets: Readonly<Record<string, number>>;
  graph: OnnxGraph;
  metadata: Readonly<Record<string, string>>;
  docString?: string;
}
