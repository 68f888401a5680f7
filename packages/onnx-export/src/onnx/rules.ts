import { onnxItemSize } from './model.js';
import type { OnnxModel, OnnxTensor, OnnxValueInfo } from './model.js';
import { knownOps } from './known-ops.js';

/** One rule that a model breaks: a short rule name and a sentence naming the place. */
export interface Violation {
  rule: string;
  message: string;
}

/**
 * Checks a model against what the ONNX checker demands and what reidgrad promises of its files: opset 20 or 21, IR
 * version at most 10, default domain only, complete signatures, unique names, static single assignment, topological
 * order, known operators with known attributes. Returns all violations; an empty list means the model is in order.
 */
export function checkModel(model: OnnxModel): Violation[] {
  const violations: Violation[] = [];
  const report = (rule: string, message: string): void => {
    violations.push({ rule, message });
  };
  const { graph } = model;
  const opset = model.opsets[''];
  if (opset !== 20 && opset !== 21) report('opset', `opset of the default domain is ${opset}, expected 20 or 21`);
  if (model.irVersion < 3 || model.irVersion > 10)
    report('ir-version', `ir_version is ${model.irVersion}, expected 3 to 10`);
  for (const domain of Object.keys(model.opsets)) {
    if (domain !== '') report('domain', `opset_import names domain ${domain}, expected only the default one`);
  }
  if (graph.name === '') report('graph-name', 'the graph has no name');

  const defined = new Set<string>();
  const define = (name: string, what: string): void => {
    if (name === '') report('names', `${what} has an empty name`);
    else if (defined.has(name)) report('ssa', `${what} defines ${name}, which is defined before`);
    defined.add(name);
  };
  for (const input of graph.inputs) {
    define(input.name, 'a graph input');
    checkSignature(input, 'input', report);
  }
  const initializers = new Set<string>();
  for (const tensor of graph.initializers) {
    if (initializers.has(tensor.name)) report('initializer-names', `two initializers are named ${tensor.name}`);
    else if (!defined.has(tensor.name)) define(tensor.name, 'an initializer');
    initializers.add(tensor.name);
    checkTensor(tensor, report);
  }

  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    const where = `node ${node.name} (${node.opType})`;
    if (node.name === '') report('node-names', `a ${node.opType} node has no name`);
    else if (nodeNames.has(node.name)) report('node-names', `two nodes are named ${node.name}`);
    nodeNames.add(node.name);
    if (node.domain !== undefined && node.domain !== '') report('domain', `${where} is of domain ${node.domain}`);
    for (const input of node.inputs) {
      if (input === '' || defined.has(input)) continue;
      if (produced.has(input)) report('order', `${where} uses ${input} before it is computed`);
      else report('undefined', `${where} uses ${input}, which nothing defines`);
    }
    if (node.outputs.every((output) => output === '')) report('names', `${where} has no output`);
    for (const output of node.outputs) if (output !== '') define(output, where);
    const known = Object.hasOwn(knownOps, node.opType) ? knownOps[node.opType] : undefined;
    if (known === undefined) {
      report('unknown-op', `${where} is of an unknown operator`);
      continue;
    }
    if (opset !== undefined && known.since > opset) {
      report('since-version', `${where} needs opset ${known.since}, the model has ${opset}`);
    }
    for (const name of Object.keys(node.attributes)) {
      if (!known.attributes.includes(name)) report('unknown-attribute', `${where} has an unknown attribute ${name}`);
    }
  }

  if (graph.outputs.length === 0) report('outputs', 'the graph has no outputs');
  const outputs = new Set<string>();
  for (const output of graph.outputs) {
    if (outputs.has(output.name)) report('outputs', `two graph outputs are named ${output.name}`);
    outputs.add(output.name);
    if (!defined.has(output.name)) report('undefined', `graph output ${output.name} is not defined by anything`);
    checkSignature(output, 'output', report);
  }
  return violations;
}

function checkSignature(info: OnnxValueInfo, kind: string, report: (rule: string, message: string) => void): void {
  if (onnxItemSize[info.elemType] === undefined) {
    report('signature', `graph ${kind} ${info.name} has element type ${info.elemType}`);
  }
  if (info.dims === undefined) report('signature', `graph ${kind} ${info.name} has no shape`);
  for (const dim of info.dims ?? []) {
    if (typeof dim === 'string' ? dim === '' : !Number.isSafeInteger(dim) || dim < 0) {
      report('signature', `graph ${kind} ${info.name} has dimension ${JSON.stringify(dim)}`);
    }
  }
}

function checkTensor(tensor: OnnxTensor, report: (rule: string, message: string) => void): void {
  const size = onnxItemSize[tensor.dataType];
  if (size === undefined) {
    report('tensor', `initializer ${tensor.name} has data type ${tensor.dataType}`);
    return;
  }
  const expected = tensor.dims.reduce((product, dim) => product * dim, size);
  const actual = tensor.external?.length ?? tensor.data.length;
  if (actual !== expected) report('tensor', `initializer ${tensor.name} has ${actual} bytes, expected ${expected}`);
}
