/** The names that a user can reach: functions and classes of every package, and the methods of the classes that matter most. */
import * as torch from '@reidgrad/core';
import * as serialization from '@reidgrad/core/serialization';
import * as losses from '@reidgrad/losses';
import * as onnx from '@reidgrad/onnx-export';
import * as compile from '@reidgrad/onnx-export/compile';
import * as runtime from '@reidgrad/onnx-export/runtime';
import * as reid from '@reidgrad/reid';

const isNamespace = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Object.prototype.toString.call(value) === '[object Module]' || Object.getPrototypeOf(value) === Object.prototype);

/** Functions and classes of a namespace and of those in it, by dotted name. */
export function functionsIn(prefix: string, namespace: object): [name: string, value: object][] {
  return Object.entries(namespace).flatMap(([name, value]: [string, unknown]): [string, object][] => {
    const path = `${prefix}.${name}`;
    if (typeof value === 'function') return [[path, value]];
    return isNamespace(value) ? functionsIn(path, value) : [];
  });
}

const isModule = (value: object): boolean => 'prototype' in value && value.prototype instanceof torch.nn.Module;

/** Methods of a class and of what it extends, but those that TypeScript keeps private or protected. */
function methodsOf(prefix: string, constructor: { prototype: object }, hidden: string): string[] {
  const names = new Set<string>();
  for (let at: object = constructor.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
    }
  }
  return [...names].filter((name) => !hidden.split(' ').includes(name)).map((name) => `${prefix}.${name}`);
}

const functions = [
  ...functionsIn('torch', torch),
  ...functionsIn('serialization', serialization),
  ...functionsIn('losses', losses),
  ...functionsIn('onnx', onnx),
  ...functionsIn('onnx.compile', compile),
  ...functionsIn('onnx.runtime', runtime),
  ...functionsIn('reid', reid),
];

/** Names by what they name: PyTorch has several names for some functions. */
export const byFunction: ReadonlyMap<object, readonly string[]> = namesByFunction();

function namesByFunction(): Map<object, string[]> {
  const names = new Map<object, string[]>();
  const isUnderscored = ([name]: readonly [string, object]): boolean => /\._\w+$/.test(name);
  for (const [name, value] of [...functions.filter((one) => !isUnderscored(one)), ...functions.filter(isUnderscored)]) {
    names.set(value, [...(names.get(value) ?? []), name]);
  }
  return names;
}

const methods = [
  ...methodsOf('Tensor', torch.Tensor, 'draw read meta followBase requireGrad hostData typedArray detachCopy'),
  ...methodsOf('Module', torch.nn.Module, 'optional_keys childLines syncTensors'),
  ...methodsOf(
    'Optimizer',
    torch.optim.SGD,
    'checkGroup stateNames update isFirst saveState savedStep allParams stateOf syncTensors cohorts guard describeCohort scalar stackScalars',
  ),
  ...methodsOf('Generator', torch.Generator, ''),
  ...methodsOf('OnnxProgram', onnx.OnnxProgram, 'firstState'),
  ...methodsOf('SummaryWriter', reid.SummaryWriter, ''),
];

/** Every function, class and method, each as all of its names. One of them must have a bad call or a reason. */
export const publicNames: readonly (readonly string[])[] = [
  ...byFunction.values(),
  ...[...byFunction].flatMap(([value, names]) => (isModule(value) ? [names.map((name) => `${name}.forward`)] : [])),
  ...methods.map((name) => [name]),
];
