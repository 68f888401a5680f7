import type { DType } from '@reidgrad/core/graph';
import type { OnnxAttribute, OnnxAttributes, OnnxNode, OnnxTensor } from '../onnx/model.js';
import { bytesOf, onnxTypeOf, physical } from './constants.js';
import type { Dim } from './dynamic-dims.js';
import { applyPass } from './passes.js';
import type { Pass, PassContext, PassNode } from './passes.js';
import type { Producer, Ref } from './types.js';

/** Output of an emitted node, before its name is known to nobody else. */
export interface OutputSpec {
  dtype: DType;
  shape: readonly number[];
  dims: readonly Dim[];
}

interface PendingNode extends Producer {
  name: string;
  outs: Ref[];
  docString: string | undefined;
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
    const key = [opType, ...ins.map((ref) => ref?.name ?? ''), attributeKey(attributes)].join('\n');
    const merged = this.seen.get(key);
    if (merged !== undefined) {
      // One that gave fewer outputs gives the others too: MaxPool's values, and later its indices.
      specs.slice(merged.outs.length).forEach((spec) => {
        this.addOutput(merged, spec);
      });
      return merged.outs;
    }
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

  /** Gives outputs their names, and returns the nodes and initializers that they need, after the passes. */
  finish(
    outputs: readonly NamedOutput[],
    passes: readonly Pass[] = [],
  ): { nodes: OnnxNode[]; initializers: OnnxTensor[] } {
    this.scope = '';
    this.docString = undefined;
    const renamed = new Map<string, string>();
    for (const { name, ref } of outputs) {
      let result = ref;
      if (!this.producers.has(ref.name) || renamed.has(ref.name)) {
        // An output that is an input, a constant or an output already needs a node; Identity has no bool on WebGPU.
        const ins = ref.dtype === 'bool' ? [ref, ref] : [ref];
        result = this.append(ref.dtype === 'bool' ? 'And' : 'Identity', ins, [ref], {}).outs[0];
      }
      renamed.set(result.name, name);
    }
    const internal = new Set(renamed.keys());
    const make: PassContext['make'] = (opType, ins, out, attributes) => this.make(opType, ins, [out], attributes);
    const reshape: PassContext['reshape'] = (x, shape) =>
      make('Reshape', [x, this.int64s(shape)], { dtype: x.dtype, shape, dims: shape }, {});
    const kept = passes.reduce<readonly PassNode[]>(
      (nodes, pass) => reachable(applyPass(pass, nodes, internal, { reshape, make }), internal),
      reachable(this.nodes, internal),
    );
    const nameOf = (ref: Ref | null): string => (ref === null ? '' : (renamed.get(ref.name) ?? ref.name));
    const nodes = kept.map((node) => ({
      name: node.name,
      opType: node.opType,
      inputs: node.ins.map(nameOf),
      outputs: node.outs.map(nameOf),
      attributes: node.attributes,
      ...(node.docString === undefined ? {} : { docString: node.docString }),
    }));
    const used = new Set(nodes.flatMap(({ inputs }) => inputs));
    return { nodes, initializers: [...this.tensors.values()].filter((tensor) => used.has(tensor.name)) };
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
    const node = this.make(opType, ins, specs, attributes);
    this.nodes.push(node);
    return node;
  }

  private make(
    opType: string,
    ins: readonly (Ref | null)[],
    specs: readonly OutputSpec[],
    attributes: OnnxAttributes,
  ): PendingNode {
    const name = this.uniqueName(`${this.scope === '' ? '' : `${this.scope}/`}${opType}_${this.counter++}`);
    const node: PendingNode = { name, opType, ins, outs: [], attributes, docString: this.docString };
    for (const spec of specs) this.addOutput(node, spec);
    return node;
  }

  private addOutput(node: PendingNode, { dtype, shape, dims }: OutputSpec): void {
    const i = node.outs.length;
    const out: Ref = { name: i === 0 ? node.name : this.uniqueName(`${node.name}:${i}`), dtype, shape, dims };
    node.outs.push(out);
    this.producers.set(out.name, node);
  }
}

/** The nodes that these values depend on. */
function reachable(nodes: readonly PassNode[], values: ReadonlySet<string>): PassNode[] {
  const needed = new Set(values);
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outs.some((out) => needed.has(out.name))) return false;
    for (const ref of node.ins) if (ref !== null) needed.add(ref.name);
    return true;
  });
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
