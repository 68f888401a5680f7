/** Arguments and results of traced functions: tensors in arrays and plain objects, other values as constants. */
import { badArgument } from '../errors.js';
import { Tensor } from '../tensor.js';

/** A structure with numbered places for tensors. */
export type Tree =
  | { kind: 'tensor'; index: number }
  | { kind: 'array'; items: readonly Tree[] }
  | { kind: 'object'; entries: readonly (readonly [string, Tree])[] }
  | { kind: 'constant'; value: unknown };

/** A tensor of a structure with its path, as `loss` or `0.weight`. */
export interface Leaf {
  path: string;
  tensor: Tensor;
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Splits a structure into its shape and its tensors. Throws for class instances and functions, which cannot be rebuilt.
 * @param fn for errors, the function whose `argument` it is.
 */
export function flattenTree(value: unknown, fn: string, argument: string): { tree: Tree; leaves: Leaf[] } {
  const leaves: Leaf[] = [];
  const refuse = (path: string, item: unknown): Error => {
    const hint = item instanceof Promise ? '; a traced function cannot be async' : '';
    const expected = `tensors, numbers, strings, arrays and plain objects${hint}`;
    return badArgument(fn, path === '' ? argument : `${argument}.${path}`, item, expected);
  };
  const visit = (item: unknown, path: string): Tree => {
    if (item instanceof Tensor) {
      leaves.push({ path, tensor: item });
      return { kind: 'tensor', index: leaves.length - 1 };
    }
    const join = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`);
    if (Array.isArray(item)) {
      const items: readonly unknown[] = item;
      return { kind: 'array', items: items.map((entry, i) => visit(entry, join(i))) };
    }
    if (typeof item === 'object' && item !== null) {
      if (!isPlainObject(item)) throw refuse(path, item);
      return {
        kind: 'object',
        entries: Object.entries(item).map(([key, entry]) => [key, visit(entry, join(key))] as const),
      };
    }
    if (typeof item === 'function' || typeof item === 'symbol') throw refuse(path, item);
    return { kind: 'constant', value: item };
  };
  return { tree: visit(value, ''), leaves };
}

/** Puts tensors into the places of a structure. */
export function buildTree(tree: Tree, tensors: readonly Tensor[]): unknown {
  switch (tree.kind) {
    case 'tensor':
      return tensors[tree.index];
    case 'array':
      return tree.items.map((item) => buildTree(item, tensors));
    case 'object':
      return Object.fromEntries(tree.entries.map(([key, item]) => [key, buildTree(item, tensors)]));
    case 'constant':
      return tree.value;
  }
}

/** A text that differs where structures or their constants differ. */
export function treeKey(tree: Tree): string {
  switch (tree.kind) {
    case 'tensor':
      return '#';
    case 'array':
      return `[${tree.items.map(treeKey).join()}]`;
    case 'object':
      return `{${tree.entries.map(([key, item]) => `${JSON.stringify(key)}:${treeKey(item)}`).join()}}`;
    case 'constant': {
      const { value } = tree;
      if (typeof value === 'string') return JSON.stringify(value);
      return `${typeof value}:${Object.is(value, -0) ? '-0' : String(value)}`;
    }
  }
}
