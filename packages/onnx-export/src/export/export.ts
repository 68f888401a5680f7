import { Tensor, autograd } from '@reidgrad/core';
import { Cell, allocate, badArgument, flattenTree, hostValue, originText, show, trace } from '@reidgrad/core/graph';
import type { DType, Program } from '@reidgrad/core/graph';
import { formatDim } from '../lower/dynamic-dims.js';
import type { DynamicDims } from '../lower/dynamic-dims.js';
import { bytesOf, onnxTypeOf } from '../lower/constants.js';
import { lowerGraph } from '../lower/lower-graph.js';
import type { LoweredGraph } from '../lower/lower-graph.js';
import type { OnnxModel, OnnxTensor } from '../onnx/model.js';
import { checkModel } from '../onnx/rules.js';
import { solveDynamicDims, tracePoints } from './dynamic-axes.js';
import type { Sizes } from './dynamic-axes.js';
import type { Manifest } from './manifest.js';
import type { ExportOptions } from './options.js';
import { stateModel } from './state-model.js';
import { insertedNodes, portableGraph } from './portable-graph.js';
import type { BoundInput, PortableGraph } from './portable-graph.js';

/** A model to be exported: a function of tensors, or a module. */
export type Exportable = ((...args: never[]) => unknown) | { forward(...args: never[]): unknown };

/** A named argument with the dynamic axes it has. */
interface Argument {
  name: string;
  tensor: Tensor;
  axes: Readonly<Record<number, string>>;
}

function nameArguments(args: readonly unknown[], options: ExportOptions): Argument[] {
  const { leaves } = flattenTree(args, 'export', 'args');
  const names = options.input_names ?? leaves.map(({ path }) => `input_${path.replaceAll('.', '_')}`);
  if (names.length !== leaves.length) {
    throw badArgument('export', 'input_names', names, `${leaves.length} of them, one per tensor in args`);
  }
  const unknown = Object.keys(options.dynamic_axes ?? {}).find((name) => !names.includes(name));
  if (unknown !== undefined && !(options.output_names ?? []).includes(unknown)) {
    throw badArgument('export', 'dynamic_axes', unknown, `names of inputs: ${names.join(', ')}`);
  }
  return leaves.map(({ tensor }, i) => {
    const axes = options.dynamic_axes?.[names[i]] ?? {};
    for (const axis of Object.keys(axes)) {
      if (Number(axis) >= tensor.ndim) {
        throw badArgument('export', `dynamic_axes.${names[i]}`, Number(axis), `dims of the example, ${show(tensor)}`);
      }
    }
    return { name: names[i], tensor, axes };
  });
}

/** The size of every dynamic axis in the examples. Throws where two examples disagree. */
function exampleSizes(named: readonly Argument[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, tensor, axes } of named) {
    for (const [dim, axis] of Object.entries(axes)) {
      const size = tensor.shape[Number(dim)];
      const before = sizes.get(axis) ?? size;
      if (before !== size) {
        throw badArgument('export', name, tensor, `size ${before} at dim ${dim}, as axis '${axis}' has elsewhere`);
      }
      sizes.set(axis, size);
    }
  }
  return sizes;
}

/** A tensor of the argument's dtype at other sizes; only its shape matters to a trace. */
function exampleAt({ tensor, axes }: Argument, sizes: Sizes): Tensor {
  const shape = tensor.shape.map((size, dim) => (axes[dim] === undefined ? size : sizes[axes[dim]]));
  return new Tensor(new Cell(hostValue(tensor.dtype, shape, allocate(tensor.dtype, 0))));
}

/** The function that is traced: results, and the gradients asked for, by name. */
function withGradients(
  call: (...args: unknown[]) => unknown,
  positions: readonly number[],
  names: readonly string[],
): (...args: Tensor[]) => Record<string, unknown> {
  return (...args) => {
    for (const at of positions) args[at].requires_grad = true;
    const result = call(...args);
    const [first] = flattenTree(result, 'export', 'result').leaves;
    if (positions.length === 0) return { result };
    if (first === undefined || first.tensor.numel() !== 1) {
      const got = first === undefined ? 'nothing' : show(first.tensor);
      throw badArgument('export', 'gradients', names, `a first result of one element, the loss; it is ${got}`);
    }
    const grads = autograd.grad(
      first.tensor,
      positions.map((at) => args[at]),
      { materialize_grads: true, retain_graph: true },
    );
    return { result, grads: Object.fromEntries(grads.map((grad, i) => [names[i], grad])) };
  };
}

function outputNames(program: Program, gradients: readonly string[], options: ExportOptions): string[] {
  const { outputs } = program.graph;
  const results = outputs.length - gradients.length;
  const given = options.output_names;
  if (given !== undefined && given.length !== results) {
    throw badArgument('export', 'output_names', given, `${results} of them, one per result`);
  }
  return outputs.map(({ name }, i) => {
    if (i >= results) return `${gradients[i - results]}_grad`;
    if (given !== undefined) return given[i];
    const key = name.replace(/^result\.?/, '').replaceAll('.', '_');
    return key === '' ? 'output' : /^\d/.test(key) ? `output_${key}` : key;
  });
}

/** `dynamic` with attribute tables counted from the portable graph's first node. */
function shifted(dynamic: DynamicDims | undefined, by: number): DynamicDims | undefined {
  if (dynamic === undefined || by === 0) return dynamic;
  const attributes = new Map(
    [...dynamic.attributes].map(([key, value]) => {
      const [node, ...path] = key.split(':');
      return [`${Number(node) + by}:${path.join(':')}`, value] as const;
    }),
  );
  return { dims: dynamic.dims, attributes };
}

function tensorOf({ name, initial }: BoundInput, dtype: DType, shape: readonly number[]): OnnxTensor {
  const data = typeof initial === 'number' ? [initial] : initial.data;
  return { name, dataType: onnxTypeOf[dtype], dims: [...shape], data: bytesOf(dtype, data, name) };
}

interface Assembled {
  model: OnnxModel;
  manifest: Manifest;
  /** The model that gives the first state, where there is state. */
  state: OnnxModel | null;
}

function assemble(
  lowered: LoweredGraph,
  portable: PortableGraph,
  gradients: Manifest['gradients'],
  name: string,
  options: ExportOptions,
): Assembled {
  const dims = (list: readonly Parameters<typeof formatDim>[0][]): (number | string)[] =>
    list.map((dim) => (typeof dim === 'number' ? dim : formatDim(dim)));
  const inputOf = new Map(lowered.inputs.map((input) => [input.value, input]));
  const outputs = lowered.outputs.filter(({ role }) => role === 'output');
  const boundNames = new Set<string>();
  const first: OnnxTensor[] = [];
  const bind = (bound: BoundInput, shape: readonly number[]): string | null => {
    const input = inputOf.get(bound.value);
    if (input === undefined) return null;
    boundNames.add(input.name);
    first.push({ ...tensorOf(bound, input.dtype, shape), name: input.name });
    return input.name;
  };
  const results = outputs.length - portable.states.length;
  const states = portable.states.flatMap(({ input, shape }, i) => {
    const output = outputs[results + i];
    const bound = bind(input, shape);
    return bound === null ? [] : [{ input: bound, output: output.name, dtype: output.dtype, shape: [...shape] }];
  });
  const scalars = portable.scalars.flatMap((scalar) => {
    const bound = bind(scalar, []);
    return bound === null ? [] : [{ input: bound, value: Number(scalar.initial) }];
  });
  const random = portable.random.flatMap(({ value, distribution }) => {
    const input = inputOf.get(value);
    if (input === undefined) return [];
    boundNames.add(input.name);
    return [{ input: input.name, distribution, shape: dims(input.dims) }];
  });
  const manifest: Manifest = {
    version: 1,
    kind: portable.states.length > 0 ? 'training-step' : 'function',
    name,
    inputs: lowered.inputs
      .filter((input) => !boundNames.has(input.name))
      .map((input) => ({ name: input.name, dtype: input.dtype, shape: dims(input.dims) })),
    outputs: outputs
      .slice(0, results)
      .map((output) => ({ name: output.name, dtype: output.dtype, shape: dims(output.dims) })),
    gradients,
    states,
    scalars,
    random,
    checks: lowered.outputs
      .filter(({ role }) => role === 'check')
      .map((output) => ({ output: output.name, message: checkText(portable, output.index) })),
  };
  const model: OnnxModel = {
    ...lowered.model,
    metadata: { ...options.metadata, reidgrad: JSON.stringify(manifest) },
  };
  return { model, manifest, state: first.length === 0 ? null : stateModel(name, model, first) };
}

/** A check's text without a position: in a file nobody knows it yet. */
function checkText(portable: PortableGraph, index: number): string {
  try {
    return portable.graph.checks[index].message([0]);
  } catch {
    return 'a check of the input failed';
  }
}

/** All that `export` knows of the model it made. */
export interface BuiltModel {
  model: OnnxModel;
  manifest: Manifest;
  /** Gives the first state of a training step; `null` for functions without state. */
  state: OnnxModel | null;
  arguments: readonly { name: string; tensor: Tensor; axes: Readonly<Record<number, string>> }[];
  /** Traces the function, gradients included, at the sizes of `args`. */
  traceAt: (args: readonly Tensor[]) => Program;
}

/** Traces, solves dynamic axes, lowers and describes. Nothing is written and no state changes. */
export function buildModel(target: Exportable, args: readonly unknown[], options: ExportOptions): BuiltModel {
  if (typeof target !== 'function' && typeof (target as Partial<typeof target> | null)?.forward !== 'function') {
    throw badArgument('export', 'model', target, 'a function, or a module with forward');
  }
  if (!Array.isArray(args)) throw badArgument('export', 'args', args, 'a list of example arguments, as [x]');
  // Exportable is the widest callable; the arguments are the user's own examples of it.
  const forward = typeof target === 'function' ? target : target.forward.bind(target);
  const name = options.name ?? (typeof target === 'function' ? target.name || 'function' : target.constructor.name);
  const named = nameArguments(args, options);
  const gradients = options.gradients ?? [];
  const positions = gradients.map((input) => {
    const at = named.findIndex((argument) => argument.name === input);
    if (at < 0)
      throw badArgument('export', 'gradients', input, `names of inputs: ${named.map((a) => a.name).join(', ')}`);
    return at;
  });
  const call = withGradients(
    (...tensors) => (forward as (...list: unknown[]) => unknown)(...rebuild(args, tensors as Tensor[])),
    positions,
    gradients,
  );
  const isDynamic = named.some((argument) => Object.keys(argument.axes).length > 0);
  const traceAt = (tensors: readonly Tensor[]): Program => trace(call, [...tensors], { name, madeAt: `\`${name}\`` });
  let program: Program;
  let dynamic: DynamicDims | undefined;
  if (!isDynamic) program = traceAt(named.map(({ tensor }) => tensor));
  else {
    const fixed = new Set(
      named.flatMap(({ tensor, axes: own }) => tensor.shape.filter((_, dim) => own[dim] === undefined)),
    );
    const points = tracePoints(exampleSizes(named), fixed);
    const programs = points.map((sizes) => traceAt(named.map((argument) => exampleAt(argument, sizes))));
    dynamic = solveDynamicDims(programs, points);
    [program] = programs;
  }
  const portable = portableGraph(program.graph);
  const names = outputNames(program, gradients, options);
  const lowered = lowerGraph(
    portable.graph,
    { providers: ['cpu', 'wasm', 'webgpu', 'cuda'], opset: options.opset_version ?? 21 },
    {
      bakeCaptures: true,
      inputNames: inputNamesFor(portable, named),
      outputNames: [...names, ...portable.states.map(({ output }) => output)],
      int64Inputs: options.integerInputs === 'int64',
      describeOrigin: originText,
      ...(dynamic === undefined ? {} : { dynamic: shifted(dynamic, insertedNodes(program.graph, portable)) }),
      ...(options.doc === undefined ? {} : { docString: options.doc }),
    },
  );
  const { model, manifest, state } = assemble(
    lowered,
    portable,
    gradients.map((input) => ({ input, output: `${input}_grad` })),
    name,
    options,
  );
  const [violation] = checkModel(model);
  if (violation !== undefined) throw new Error(`export: the model breaks a rule of ONNX: ${JSON.stringify(violation)}`);
  return { model, manifest, state, arguments: named, traceAt };
}

/** Names of all inputs in the order of the portable graph's sources. */
function inputNamesFor(portable: PortableGraph, named: readonly Argument[]): string[] {
  let argument = 0;
  return [...portable.graph.sources.values()].flatMap((source) => {
    if (source.kind !== 'input') return [];
    return [/^input_\d+$/.test(source.name) && argument < named.length ? named[argument++].name : source.name];
  });
}

/** `args` with its tensors, in order, replaced. */
function rebuild(args: readonly unknown[], tensors: readonly Tensor[]): unknown[] {
  let at = 0;
  const visit = (value: unknown): unknown => {
    if (value instanceof Tensor) return tensors[at++];
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item)]));
    }
    return value;
  };
  return args.map(visit);
}
