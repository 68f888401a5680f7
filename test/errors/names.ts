/** The names that a user can reach: functions and classes of every package, and the methods of the classes that matter most. */
import * as torch from '@reidgrad/core';
import * as losses from '@reidgrad/losses';
import * as onnx from '@reidgrad/onnx-export';
import * as compile from '@reidgrad/onnx-export/compile';
import * as runtime from '@reidgrad/onnx-export/runtime';
import * as reid from '@reidgrad/reid';

type Named = readonly [name: string, value: object];

const isNamespace = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Object.prototype.toString.call(value) === '[object Module]' || Object.getPrototypeOf(value) === Object.prototype);

/** Functions and classes of a namespace and of those in it, by dotted name. */
function walk(prefix: string, namespace: object): Named[] {
  return Object.entries(namespace).flatMap(([name, value]: [string, unknown]): Named[] => {
    const path = `${prefix}.${name}`;
    if (typeof value === 'function') return [[path, value]];
    return isNamespace(value) ? walk(path, value) : [];
  });
}

/** One name per function: other names of the same one are left out. */
function distinct(named: readonly Named[]): Named[] {
  const seen = new Set<object>();
  return named.filter(([, value]) => !seen.has(value) && seen.add(value));
}

const all = distinct([
  ...walk('torch', torch),
  ...walk('losses', losses),
  ...walk('onnx', onnx),
  ...walk('onnx.compile', compile),
  ...walk('onnx.runtime', runtime),
  ...walk('reid', reid),
]);

const isModule = (value: object): boolean => 'prototype' in value && value.prototype instanceof torch.nn.Module;

/** Methods of a class and of what it extends, but those that TypeScript keeps private or protected. */
function methodsOf(prefix: string, constructor: { prototype: object }, hidden: readonly string[]): string[] {
  const names = new Set<string>();
  for (let at: object = constructor.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
    }
  }
  return [...names].filter((name) => !hidden.includes(name)).map((name) => `${prefix}.${name}`);
}

/** Methods that the compiler hides from users. */
const hidden = {
  Tensor: 'draw read meta followBase requireGrad hostData detachCopy',
  Module: 'optional_keys childLines syncTensors',
  Optimizer:
    'checkGroup stateNames update isFirst saveState savedStep allParams stateOf syncTensors cohorts guard describeCohort scalar stackScalars',
};

const words = (text: string): string[] => text.split(' ');

/** Every name that must have a bad call or a reason. */
export const publicNames: readonly string[] = [
  ...all.map(([name]) => name),
  ...all.flatMap(([name, value]) => (isModule(value) ? [`${name}.forward`] : [])),
  ...methodsOf('Tensor', torch.Tensor, words(hidden.Tensor)),
  ...methodsOf('Module', torch.nn.Module, words(hidden.Module)),
  ...methodsOf('Optimizer', torch.optim.SGD, words(hidden.Optimizer)),
  ...methodsOf('Generator', torch.Generator, []),
];
