import type { DType } from '@reidgrad/core/graph';
import type { OnnxAttribute, OnnxAttributes, OnnxNode, OnnxTensor } from '../onnx/model.js';
import { bytesOf, onnxTypeOf, physical } from './constants.js';
import type { Dim } from './dynamic-dims.js';
import { rewriteSums } from './sums.js';
import type { Producer, Ref } from './types.js';

/** Output of an emitted node, before its name is known to nobody else. */
export interface OutputSpec {
  dtype: DType;
  shape: readonly number[];
  dims: readonly Dim[];
}

/** Where a node comes from: the prefix of its name, and a text. */
export interface Place {
  scope: string;
  docString: string | undefined;
}

/** A node that is not yet in a model. */
export interface PendingNode extends Producer, Place {
  name: string;
  outs: readonly Ref[];
}

/** A name that the caller wants for a value. */
export interface NamedOutput {
  name: string;
  ref: Ref;
}

/** Constants above this many bytes are not compared with others. */
const mergeLimit = 4096;

/** Collects nodes and constants: unique names, equal nodes and constants merged, dead ones dropped at the end. */
export class Builder {
  /** Prefix of node names and doc string of the op being lowered. */
  scope = '';
  docString: string | undefined;
  private readonly nodes: PendingNode[] = [];
  private readonly producers = new Map<string, PendingNode>();
  private readonly seen = new Map<string, PendingNode>();
  private readonly constants = new Map<string, Ref>();
  private readonly tensors = new Map<string, OnnxTensor>();
  private readonly names = new Set<string>();
  private counter = 0;

  /** `wanted` itself, or with a suffix if it is taken; taken from now on. */
  uniqueName(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.names.has(name) || name === ''; i++) name = `${wanted}_${i}`;
    this.names.add(name);
    return name;
  }

  emit(
    opType: string,
    ins: readonly (Ref | null)[],
    specs: readonly OutputSpec[],
    attributes: OnnxAttributes,
  ): readonly Ref[] {
    const key = [
      opType,
      ...ins.map((ref) => ref?.name ?? ''),
      attributeKey(attributes),
      ...specs.map((spec) => spec.dtype),
    ].join('\n');
    const merged = this.seen.get(key);
    if (merged !== undefined) return merged.outs;
    const node = this.append(opType, ins, specs, attributes);
    this.seen.set(key, node);
    return node.outs;
  }

  producer(ref: Ref): Producer | undefined {
    return this.producers.get(ref.name);
  }

  /** A constant; equal ones (bit by bit) are one, unless `isPrivate`. */
  constant(dtype: DType, shape: readonly number[], data: ArrayLike<number>, isPrivate = false): Ref {
    const type = physical(dtype);
    return this.tensor(type, shape, bytesOf(type, data, 'constant'), data, isPrivate);
  }

  /** A constant of real ONNX int64. */
  int64s(values: readonly number[]): Ref {
    return this.tensor('int64', [values.length], bytesOf('int64', values, 'constant'), values, false);
  }

  /** An initializer with a name of its own. */
  initializer(name: string, dtype: DType, shape: readonly number[], data: ArrayLike<number>): Ref {
    const type = physical(dtype);
    this.tensors.set(name, { name, dataType: onnxTypeOf[type], dims: shape, data: bytesOf(type, data, name) });
    return { name, dtype: type, shape, dims: shape };
  }

  /** Gives outputs their names, and returns the nodes and initializers that they need. */
  finish(outputs: readonly NamedOutput[]): { nodes: OnnxNode[]; initializers: OnnxTensor[] } {
    this.scope = '';
    this.docString = undefined;
    const renamed = new Map<string, string>();
    const results: string[] = [];
    for (const { name, ref } of outputs) {
      let result = ref;
      if (!this.producers.has(ref.name) || renamed.has(ref.name)) {
        // An output that is an input, a constant or an output already needs a node; Identity has no bool on WebGPU.
        const ins = ref.dtype === 'bool' ? [ref, ref] : [ref];
        result = this.append(ref.dtype === 'bool' ? 'And' : 'Identity', ins, [ref], {}).outs[0];
      }
      renamed.set(result.name, name);
      results.push(result.name);
    }
    const rewritten = rewriteSums(alive(this.nodes, results), new Set(results), (...parts) => this.make(...parts));
    const kept = alive(rewritten, results);
    const needed = new Set(kept.flatMap(({ ins }) => ins.map((ref) => ref?.name ?? '')));
    const nameOf = (ref: Ref | null): string => (ref === null ? '' : (renamed.get(ref.name) ?? ref.name));
    const nodes = kept.map((node) => ({
      name: node.name,
      opType: node.opType,
      inputs: node.ins.map(nameOf),
      outputs: node.outs.map(nameOf),
      attributes: node.attributes,
      ...(node.docString === undefined ? {} : { docString: node.docString }),
    }));
    return { nodes, initializers: [...this.tensors.values()].filter((tensor) => needed.has(tensor.name)) };
  }

  private tensor(
    dtype: DType,
    shape: readonly number[],
    bytes: Uint8Array,
    data: ArrayLike<number>,
    isPrivate: boolean,
  ): Ref {
    const merge = !isPrivate && bytes.length <= mergeLimit;
    const key = merge ? `${dtype}[${shape.join(',')}]${String.fromCharCode(...bytes)}` : '';
    const before = merge ? this.constants.get(key) : undefined;
    if (before !== undefined) return before;
    const name = this.uniqueName(`const_${this.counter++}`);
    this.tensors.set(name, { name, dataType: onnxTypeOf[dtype], dims: shape, data: bytes });
    const ref: Ref = { name, dtype, shape, dims: shape, constant: data };
    if (merge) this.constants.set(key, ref);
    return ref;
  }

  private append(
    opType: string,
    ins: readonly (Ref | null)[],
    specs: readonly OutputSpec[],
    attributes: OnnxAttributes,
  ): PendingNode {
    const node = this.make(opType, ins, specs, attributes, this);
    this.nodes.push(node);
    for (const out of node.outs) this.producers.set(out.name, node);
    return node;
  }

  private make(
    opType: string,
    ins: readonly (Ref | null)[],
    specs: readonly OutputSpec[],
    attributes: OnnxAttributes,
    { scope, docString }: Place,
  ): PendingNode {
    const name = this.uniqueName(`${scope === '' ? '' : `${scope}/`}${opType}_${this.counter++}`);
    const outs = specs.map(({ dtype, shape, dims }, i) => ({
      name: specs.length === 1 ? name : this.uniqueName(`${name}:${i}`),
      dtype,
      shape,
      dims,
    }));
    return { name, opType, ins, outs, attributes, scope, docString };
  }
}

/** The nodes that lead to `results`, in their order. */
function alive(nodes: readonly PendingNode[], results: readonly string[]): PendingNode[] {
  const needed = new Set(results);
  const kept: PendingNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outs.some((out) => needed.has(out.name))) continue;
    for (const ref of node.ins) if (ref !== null) needed.add(ref.name);
    kept.push(node);
  }
  return kept.reverse();
}

/** Text that differs for different attributes; tells NaN, −0 and the infinities apart. */
function attributeKey(attributes: OnnxAttributes): string {
  const number = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
  const text = (value: OnnxAttribute): string => {
    if (typeof value === 'number') return number(value);
    if (typeof value === 'string') return JSON.stringify(value);
    if ('float' in value) return `f${number(value.float)}`;
    if ('floats' in value) return `fs${value.floats.map(number).join()}`;
    if ('strings' in value) return JSON.stringify(value.strings);
    if ('tensor' in value) return `t${value.tensor.dataType}[${value.tensor.dims.join()}]${value.tensor.data.join()}`;
    return `[${value.map(number).join()}]`;
  };
  return Object.keys(attributes)
    .sort()
    .map((name) => `${name}=${text(attributes[name])}`)
    .join(';');
}
